"""A refund while the same unit is delivered, shown, settled or refunded by somebody else."""

import uuid
from datetime import timedelta
from typing import Any

from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.trade.refunds import service as refunds
from cardmesh.trade.settlement import service as settlement
from tests.fixtures.market import Market, StripeDesk, deliver

from .deal import GIVEN_BACK, SOLD, End, sold, unheard
from .interleave import UNCOMMITTED, Race, between

PROMISED = End("refunded", "refunded", 0, "paid", ((10_800, "requested"),))
PAID_BACK = PROMISED._replace(refunds=((10_800, "succeeded"),))


@between(
    ("pay", "delivery.handed", "refund"),
    ("pay", "delivery.split", "refund"),
    ("pay", "payment.event.applied", "refund"),
)
def test_a_refund_of_what_is_being_delivered(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """It waits, and reverses the shares that were posted."""
    deal = unheard(market, stripe_desk)
    ends = race.run(pay=deal.pay, refund=deal.refund)
    [refund] = deal.refunds()
    assert ends == {"pay": "applied", "refund": refund.id} and race.waited
    assert deal.end() == PROMISED and market.books() == GIVEN_BACK


@between(
    ("refund", "refund.locked", "deliver"),
    ("refund", "refund.reversed", "deliver"),
    ("deliver", UNCOMMITTED, "refund"),
)
def test_a_delivery_that_comes_again(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    deal = sold(market, stripe_desk)
    ends = race.run(refund=deal.refund, deliver=deal.deliver)
    assert ends["deliver"] == ("refunded" if race.first == "refund" else "completed") and race.waited
    assert deal.end() == PROMISED and market.books() == GIVEN_BACK


@between(
    ("pay", "delivery.handed", "deliver"),
    ("pay", "delivery.concluded", "deliver"),
    ("deliver", UNCOMMITTED, "again"),
)
def test_two_deliveries(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    deal = unheard(market, stripe_desk)
    if race.first == "deliver":
        deal.pay()
    ends = race.run(pay=deal.pay, deliver=deal.deliver, again=deal.deliver)
    assert ends[race.second] == "completed" and race.waited
    assert deal.end() == End("completed", "delivered", 0, "paid") and market.books() == SOLD


@between(
    ("refund", "refund.locked", "again"),
    ("refund", "refund.reversed", "again"),
    ("refund", "refund.recorded", "again"),
)
def test_one_refund_twice(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """The second is told of the first."""
    deal = sold(market, stripe_desk)
    ends = race.run(refund=deal.refund, again=deal.refund)
    assert ends["refund"] == ends["again"] and race.waited
    assert deal.end() == PROMISED and market.books() == GIVEN_BACK
    assert len(market.jobs("refunds.execute")) == 1


@between(
    ("refund", "refund.locked", "settle"),
    ("refund", "refund.reversed", "settle"),
    ("refund", "refund.recorded", "settle"),
    ("settle", "settlement.picked", "refund"),
    ("settle", "settlement.posted", "refund"),
    ("settle", "settlement.marked", "refund"),
)
def test_refund_and_settle(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """The settlement leaves alone what is being refunded; the refund takes back from where the settlement put it."""
    deal = sold(market, stripe_desk)
    ends = race.run(refund=deal.refund, settle=deal.settle)
    assert (ends["settle"], race.waited) == ((0, False) if race.first == "refund" else (1, True))
    assert deal.settle() == 0
    assert deal.end() == PROMISED and market.books() == GIVEN_BACK


@between(
    ("settle", "settlement.picked", "again"),
    ("settle", "settlement.posted", "again"),
    ("settle", "settlement.marked", "again"),
)
def test_one_settlement_twice(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    deal = sold(market, stripe_desk)
    assert race.run(settle=deal.settle, again=deal.settle) == {"settle": 1, "again": 0}
    assert not race.waited
    assert market.books() == {
        "platform gateway": -10_800,
        "platform revenue": 475,
        "supplier available": 9_025,
        "tenant available": 1_300,
    }


@between(
    ("execute", "refund.asking", "again"),
    ("execute", "refund.asked", "again"),
    ("execute", "refund.booked", "again"),
)
def test_one_refund_is_asked_for_twice(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """The gateway gives the money back once, and so do the books."""
    deal = sold(market, stripe_desk)
    deal.refund()
    race.run(execute=deal.execute, again=deal.execute)
    assert race.waited == (race.point == "refund.booked")
    assert deal.end() == PAID_BACK and market.books() == {}
    assert [row["amount"] for row in stripe_desk.get("/v1/refunds")["data"]] == [10_800]


@between(
    ("execute", "refund.asked", "tell"),
    ("execute", "refund.booked", "tell"),
)
def test_the_gateway_tells_of_a_refund_before_its_answer_is_booked(
    race: Race, market: Market, stripe_desk: StripeDesk
) -> None:
    deal = sold(market, stripe_desk)
    deal.refund()

    def tell() -> list[str]:
        return [deliver(event) for event in told(stripe_desk)]

    ends = race.run(execute=deal.execute, tell=tell)
    assert ends["tell"] == ["applied"] * len(told(stripe_desk)) != []
    assert race.waited == (race.point == "refund.booked")
    assert deal.end() == PAID_BACK and market.books() == {}


def told(desk: StripeDesk) -> list[dict[str, Any]]:
    return desk.events("refund.created", "refund.updated")


@between(
    ("refund", "refund.locked", "reveal"),
    ("refund", "refund.reversed", "reveal"),
    ("refund", "refund.recorded", "reveal"),
    ("reveal", "delivery.revealed", "refund"),
)
def test_refund_and_reveal(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """Who is shown the code has it on the trail before the refund; after it, nobody is shown anything."""
    deal = sold(market, stripe_desk)
    ends = race.run(refund=deal.refund, reveal=deal.reveal)
    seen = int(race.first == "reveal")
    assert ends["reveal"] == seen and race.waited
    assert len(deal.trail("unit.revealed")) == seen
    assert deal.end() == PROMISED and market.books() == GIVEN_BACK


@between(("reveal", "delivery.revealed", "again"))
def test_two_readers(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """Both are on the trail, and one of them was the first."""
    deal = sold(market, stripe_desk)
    assert race.run(reveal=deal.reveal, again=deal.reveal) == {"reveal": 1, "again": 1}
    assert [row["first"] for row in deal.trail("unit.revealed")] == [True, False]


@between(("refund", "refund.recorded", "other"))
def test_two_orders_of_the_same_two_suppliers(race: Race, market: Market) -> None:
    """Both are settled: what is taken out of several wallets is taken in one order, and nobody waits in a circle."""
    market.fund(50_000)
    one, two = market.sell(keys=2), market.sell(keys=2, supplier=1)
    orders = [market.wallet_order((one, 1), (two, 1)).id, market.wallet_order((two, 1), (one, 1)).id]
    with transaction(tenancy.trade(market.tenant_id)) as session:
        at = clock.now() + timedelta(days=30)
        assert settlement.settle_tenant(session, tenant_id=market.tenant_id, at=at).units == 4

    def give_back(order_id: uuid.UUID) -> int:
        with transaction(tenancy.trade(market.tenant_id)) as session:
            found = refunds.refund_order(session, tenant_id=market.tenant_id, order_id=order_id, reason="race")
            return len(found)

    ends = race.run(refund=lambda: give_back(orders[0]), other=lambda: give_back(orders[1]))
    assert ends == {"refund": 2, "other": 2} and race.waited
    assert market.books() == {"tenant available": 50_000, "platform adjustment": -50_000}
