"""An event that contradicts our payment is kept, refused and shown, and changes nothing."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from cardmesh.identity.audit.service import trail
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id
from cardmesh.money.models import PLATFORM_OWNER, GatewayEvent, Payment
from cardmesh.money.payments.errors import SignatureRefused
from cardmesh.trade import payments as collecting
from cardmesh.trade.models import OrderStatus
from cardmesh.trade.orders.service import Placed
from tests.fixtures.market import Market, StripeDesk, deliver, signed

Change = Callable[[dict[str, Any]], object]


def bend(event: dict[str, Any], change: Change) -> dict[str, Any]:
    bent = copy.deepcopy(event)
    change(bent)
    return bent


@pytest.fixture
def placed(market: Market) -> Placed:
    return market.order((market.sell(), 1))


@pytest.fixture
def completed(market: Market, stripe_desk: StripeDesk, placed: Placed) -> dict[str, Any]:
    stripe_desk.pay(market.checkout(placed))
    return stripe_desk.events("checkout.session.completed")[0]


def stored(event: dict[str, Any]) -> GatewayEvent:
    with transaction(tenancy.platform()) as session:
        return session.get_one(GatewayEvent, ("stripe", event["id"]))


def session_of(event: dict[str, Any]) -> dict[str, Any]:
    return event["data"]["object"]


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("amount_mismatch", lambda e: session_of(e).update(amount_total=1)),
        ("currency_mismatch", lambda e: session_of(e).update(currency="usd")),
        ("livemode_mismatch", lambda e: session_of(e).update(livemode=True)),
        ("account_mismatch", lambda e: e.update(account="acct_other")),
        ("tenant_mismatch", lambda e: session_of(e)["metadata"].update(tenant=str(new_id()))),
        ("tenant_mismatch", lambda e: session_of(e)["metadata"].pop("tenant")),
        ("order_mismatch", lambda e: session_of(e)["metadata"].update(order=str(new_id()))),
        ("session_mismatch", lambda e: session_of(e).update(id="cs_test_other")),
        ("unknown_payment", lambda e: session_of(e).update(client_reference_id=str(new_id()))),
        ("unknown_payment", lambda e: session_of(e).update(client_reference_id=None)),
        ("unknown_payment", lambda e: session_of(e).update(client_reference_id="' or 1=1")),
    ],
)
def test_a_mismatch_is_refused_and_shown(
    market: Market, placed: Placed, completed: dict[str, Any], reason: str, change: Change
) -> None:
    event = bend(completed, change)
    assert deliver(event) == "refused"
    assert stored(event).reason == reason and stored(event).payload == event
    order, _ = market.state(placed.order.id)
    assert order.status == OrderStatus.PENDING_PAYMENT and market.books() == {}
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(Payment.status)).all() == ["open"]
        newest = trail(session, party_id=PLATFORM_OWNER)[0]
        assert (newest.action, newest.reason) == ("payment.refused", reason)


def test_a_refused_event_stays_refused_and_the_true_one_still_counts(
    market: Market, placed: Placed, completed: dict[str, Any]
) -> None:
    false = bend(completed, lambda e: (e.update(id="evt_false"), session_of(e).update(amount_total=1)))
    assert [deliver(false), deliver(false), deliver(completed)] == ["refused", "refused", "applied"]
    assert market.state(placed.order.id)[0].status == OrderStatus.COMPLETED


def test_what_says_nothing_to_us_is_kept_and_ignored(completed: dict[str, Any]) -> None:
    assert deliver(bend(completed, lambda e: e.update(id="evt_x", type="customer.created"))) == "ignored"
    unpaid = bend(completed, lambda e: (e.update(id="evt_y"), session_of(e).update(payment_status="unpaid")))
    assert deliver(unpaid) == "ignored"


def test_an_unsigned_event_is_not_even_stored(completed: dict[str, Any]) -> None:
    headers, body = signed(completed, secret="whsec_of_another")
    with pytest.raises(SignatureRefused):
        collecting.receive("stripe", headers, body)
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(GatewayEvent)).all() == []
