"""However often and in whatever order a gateway tells us: one payment, one booking, one delivery."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

from flask import Flask
from sqlalchemy import select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import JournalEntry, Payment
from cardmesh.trade.models import OrderStatus
from cardmesh.trade.refunds import service as refunds
from tests.fixtures.market import Market, StripeDesk, deliver


def entries() -> list[str]:
    with transaction(tenancy.platform()) as session:
        return sorted(session.scalars(select(JournalEntry.kind)))


def test_one_event_fifty_times_over_sixteen_connections(app: Flask, market: Market, stripe_desk: StripeDesk) -> None:
    sku_id = market.sell(keys=5)
    placed = market.order((sku_id, 2))
    stripe_desk.pay(market.checkout(placed))
    event = stripe_desk.events("checkout.session.completed")[0]

    def once(_: int) -> str:
        with app.app_context():
            return deliver(event)

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(once, range(50)))
    assert outcomes == ["applied"] * 50
    assert entries() == ["payment.order", "sale"]
    assert market.stock(sku_id) == 3 and market.books()["platform gateway"] == -21_600
    assert len(market.jobs("mail.order_delivered")) == 1
    _, units = market.state(placed.order.id)
    assert {unit.status for unit in units} == {"delivered"} and len({unit.stock_unit_id for unit in units}) == 2


def test_session_and_intent_at_the_same_moment(app: Flask, market: Market, stripe_desk: StripeDesk) -> None:
    """Different events of one payment race for it; the payment's own lock decides."""
    placed = [market.order((market.sell(keys=1), 1), contact=f"b{n}@example.test") for n in range(4)]
    for one in placed:
        stripe_desk.pay(market.checkout(one))
    events = stripe_desk.events("checkout.session.completed", "payment_intent.succeeded")

    def tell(event: dict[str, object]) -> str:
        with app.app_context():
            return deliver(event)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(tell, events)) == {"applied"}
    assert entries() == ["payment.order"] * 4 + ["sale"] * 4


def test_every_order_of_a_payments_events_ends_alike(market: Market, stripe_desk: StripeDesk) -> None:
    types = ("checkout.session.completed", "payment_intent.succeeded", "charge.succeeded")
    ends = set()
    for number, order in enumerate(permutations(types)):
        placed = market.order((market.sell(), 1), contact=f"p{number}@example.test")
        seen = {event["id"] for event in stripe_desk.events()}
        stripe_desk.pay(market.checkout(placed))
        fresh = {event["type"]: event for event in stripe_desk.events() if event["id"] not in seen}
        for name in order:
            deliver(fresh[name])
        state, units = market.state(placed.order.id)
        ends.add((state.status, tuple(unit.status for unit in units)))
    assert ends == {(OrderStatus.COMPLETED, ("delivered",))}
    assert entries() == ["payment.order"] * 6 + ["sale"] * 6


def test_every_order_of_payment_and_refund_ends_alike(market: Market, stripe_desk: StripeDesk) -> None:
    """24 orders of {session completed, intent succeeded, charge refunded, refund created}, each from the same start."""
    ends = set()
    for number, order in enumerate(permutations(range(4))):
        placed = market.order((market.sell(keys=1), 1), contact=f"p{number}@example.test")
        before = market.books()
        seen = {event["id"] for event in stripe_desk.events()}
        stripe_desk.pay(market.checkout(placed))
        fresh = {event["type"]: event for event in stripe_desk.events() if event["id"] not in seen}
        first = "checkout.session.completed" if order.index(0) < order.index(1) else "payment_intent.succeeded"
        deliver(fresh[first])  # a refund of ours needs a payment that we know of
        _, units = market.state(placed.order.id)
        with transaction(tenancy.trade(market.tenant_id)) as session:
            refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=units[0].id, reason="test")
        market.run_refunds()
        fresh |= {event["type"]: event for event in stripe_desk.events() if event["id"] not in seen}
        types = ("checkout.session.completed", "payment_intent.succeeded", "charge.refunded", "refund.created")
        for place in order:
            deliver(fresh[types[place]])
        state, units = market.state(placed.order.id)
        after = market.books()
        moved = {name: after.get(name, 0) - before.get(name, 0) for name in after | before}
        with transaction(tenancy.platform()) as session:
            payment = session.scalars(select(Payment).where(Payment.order_id == placed.order.id)).one()
        ends.add((state.status, payment.status, tuple(unit.status for unit in units), tuple(moved.values())))
    assert {end[:3] for end in ends} == {("refunded", "paid", ("refunded",))}
    assert {minor for end in ends for minor in end[3]} <= {0}
