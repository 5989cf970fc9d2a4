"""A payment's message in two round trips: what changes between reading what it is about and writing what follows."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.ledger.accounts import ensure_accounts
from cardmesh.money.models import PLATFORM_OWNER, AccountKind
from cardmesh.money.payments import inbox
from cardmesh.trade import payments as collecting
from tests.fixtures.market import Market, StripeDesk, signed

from .deal import COMPLETED, SOLD, Deal, expire, unheard
from .interleave import Race, between

DECIDED = "payment.express.decided"


@pytest.fixture
def deal(market: Market, stripe_desk: StripeDesk) -> Deal:
    """Paid and not heard of, in a market whose accounts are there: else the first sale goes the plain way."""
    platform = [(PLATFORM_OWNER, kind) for kind in (AccountKind.GATEWAY, AccountKind.CLEARING, AccountKind.REVENUE)]
    parties = [(owner, AccountKind.PENDING) for owner in (market.tenant_id, market.suppliers[0].id)]
    with transaction(tenancy.platform()) as session:
        ensure_accounts(session, {(owner, kind, "CNY") for owner, kind in platform + parties})
    return unheard(market, stripe_desk)


def plain(deal: Deal) -> Callable[[], str]:
    """The same message by the plain version alone."""

    def tell() -> str:
        event = inbox.verify("stripe", *signed(deal.event))
        inbox.keep("stripe", event)
        return inbox.apply("stripe", event.ref, collecting.EFFECTS).outcome

    return tell


@between(
    ("pay", DECIDED, "cancel"),
    ("cancel", "order.released", "pay"),
)
def test_pay_and_cancel(race: Race, market: Market, deal: Deal) -> None:
    """Canceled before anything is written: the plain version takes the stock again."""
    ends = race.run(pay=deal.pay, cancel=deal.cancel)
    assert ends == {"pay": "applied", "cancel": "canceled"} and race.waited == (race.first == "cancel")
    deal.close()
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(
    ("pay", DECIDED, "expire"),
    ("expire", "order.released", "pay"),
)
def test_pay_and_expire(race: Race, market: Market, deal: Deal) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=True):
        ends = race.run(pay=deal.pay, expire=expire)
    assert ends == {"pay": "applied", "expire": 1} and race.waited == (race.first == "expire")
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(
    ("pay", DECIDED, "again"),
    ("pay", DECIDED, "plain"),
    ("plain", "payment.event.stored", "pay"),
    ("plain", "payment.booked", "pay"),
    ("plain", "payment.event.applied", "pay"),
)
def test_one_message_twice(race: Race, market: Market, deal: Deal) -> None:
    ends = race.run(pay=deal.pay, again=deal.pay, plain=plain(deal))
    assert set(ends.values()) == {"applied"}
    assert race.waited == (race.point in ("payment.booked", "payment.event.applied"))
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(
    ("pay", DECIDED, "sweep"),
    ("sweep", "payment.sweep.fetched", "pay"),
)
def test_the_sweep_finds_what_is_being_told(race: Race, market: Market, deal: Deal) -> None:
    ends = race.run(pay=deal.pay, sweep=lambda: collecting.sweep_missed().failed)
    assert ends == {"pay": "applied", "sweep": 0}
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(("pay", DECIDED, "refund"))
def test_the_whole_way_while_a_message_is_decided(race: Race, market: Market, deal: Deal) -> None:
    """Booked, delivered and refunded by the plain version meanwhile: nothing is delivered a second time."""

    def sell_and_refund() -> None:
        assert plain(deal)() == "applied"
        deal.refund()

    assert race.run(pay=deal.pay, refund=sell_and_refund)["pay"] == "applied"
    assert deal.end().order == "refunded" and not race.waited
    deal.execute()
    assert market.books() == {}
