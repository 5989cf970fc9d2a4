"""Money back through the gateway: once, whatever happens on the way."""

import uuid

import pytest
from sqlalchemy import select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import Refund
from cardmesh.money.payments import refunds as gateway_refunds
from cardmesh.money.payments.errors import GatewayUnavailable
from cardmesh.trade import payments as collecting
from cardmesh.trade.refunds import service as refunds
from tests.fixtures.market import Market, StripeDesk, deliver
from tests.sims.desk import control

REFUND_PENDING, REFUND_FAILS = "4000000000007726", "4000000000005126"


def buy_and_refund(market: Market, desk: StripeDesk, number: str = "4242424242424242") -> uuid.UUID:
    """A delivered order of one unit whose refund is promised and not yet asked for."""
    placed = market.order((market.sell(keys=1), 1))
    assert desk.pay(market.checkout(placed), number) == 303
    desk.tell("checkout.session.completed")
    _, units = market.state(placed.order.id)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refund = refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=units[0].id, reason="broken")
    assert market.books() == {"platform gateway": -10_800, "platform clearing": 10_800}
    return refund.id


def refund(refund_id: uuid.UUID) -> Refund:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Refund).where(Refund.id == refund_id)).one()


def test_a_refund_empties_clearing_and_gateway(market: Market, stripe_desk: StripeDesk) -> None:
    refund_id = buy_and_refund(market, stripe_desk)
    market.run_refunds()
    market.run_refunds()
    stripe_desk.tell("refund.created", "charge.refunded")
    assert refund(refund_id).status == "succeeded" and market.books() == {}
    assert len(stripe_desk.get("/v1/refunds")["data"]) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_answer_is_asked_again_and_refunds_once(market: Market, stripe_desk: StripeDesk, when: str) -> None:
    """`after`: Stripe has done it, only the answer was lost."""
    refund_id = buy_and_refund(market, stripe_desk)
    control(stripe_desk.url, "/faults", {"match": "POST /v1/refunds", "times": 3, "when": when, "how": "cut"})
    with pytest.raises(GatewayUnavailable):
        market.run_refunds()
    assert refund(refund_id).status == "requested"
    market.run_refunds()
    assert refund(refund_id).status == "succeeded" and market.books() == {}
    assert len(stripe_desk.get("/v1/refunds")["data"]) == 1


def test_a_refund_whose_answer_was_lost_is_found_days_later(market: Market, stripe_desk: StripeDesk) -> None:
    """The job gave up, and a person let it run again: by then the gateway has forgotten the idempotency key."""
    placed = market.order((market.sell(keys=2), 2))
    assert stripe_desk.pay(market.checkout(placed)) == 303
    stripe_desk.tell("checkout.session.completed")
    _, units = market.state(placed.order.id)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=units[0].id, reason="broken")
    control(stripe_desk.url, "/faults", {"match": "POST /v1/refunds", "times": 3, "when": "after", "how": "cut"})
    with pytest.raises(GatewayUnavailable):
        market.run_refunds()
    control(stripe_desk.url, "/clock", {"advance_seconds": 3 * 86_400})
    market.run_refunds()
    assert [one["amount"] for one in stripe_desk.get("/v1/refunds")["data"]] == [10_800]


def test_a_refund_that_fails_later_leaves_the_money_in_clearing(market: Market, stripe_desk: StripeDesk) -> None:
    refund_id = buy_and_refund(market, stripe_desk, REFUND_FAILS)
    market.run_refunds()
    control(stripe_desk.url, "/clock", {"advance_seconds": 5})
    control(stripe_desk.url, "/settle")
    assert stripe_desk.events("refund.failed")
    stripe_desk.tell("refund.failed", "refund.created")
    assert refund(refund_id).status == "failed"
    assert market.books() == {"platform gateway": -10_800, "platform clearing": 10_800}


def test_a_pending_refund_is_asked_after(market: Market, stripe_desk: StripeDesk) -> None:
    """Its webhook never arrives: the sweep asks."""
    refund_id = buy_and_refund(market, stripe_desk, REFUND_PENDING)
    market.run_refunds()
    assert refund(refund_id).status == "requested"
    control(stripe_desk.url, "/clock", {"advance_seconds": 5})
    control(stripe_desk.url, "/settle")
    collecting.sweep_missed()
    assert refund(refund_id).status == "succeeded" and market.books() == {}


def test_a_refund_made_past_the_platform_is_refused_and_shown(market: Market, stripe_desk: StripeDesk) -> None:
    refund_id = buy_and_refund(market, stripe_desk)
    market.run_refunds()
    event = stripe_desk.events("refund.created")[0]
    event["id"], event["data"]["object"]["id"] = "evt_else", "re_else"
    event["data"]["object"]["metadata"] = {}
    assert deliver(event) == "refused" and refund(refund_id).status == "succeeded" and market.books() == {}


def test_a_refused_refund_is_final(market: Market, stripe_desk: StripeDesk) -> None:
    refund_id = buy_and_refund(market, stripe_desk)
    charge = stripe_desk.get("/v1/charges")["data"][0]["id"]
    control(stripe_desk.url, "/disputes", {"charge": charge})
    gateway_refunds.execute(tenant_id=market.tenant_id, refund_id=refund_id)
    assert refund(refund_id).status == "failed" and refund(refund_id).failure == "charge_disputed"
    assert market.books()["platform clearing"] == 10_800
