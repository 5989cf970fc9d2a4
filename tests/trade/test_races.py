"""Two things at the same moment, over real connections: whoever comes first, the end is one of those that may be."""

import threading
from collections.abc import Callable
from datetime import timedelta

import time_machine
from flask import Flask

from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError
from cardmesh.trade.delivery import service as delivery
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Placed
from cardmesh.trade.refunds import service as refunds
from cardmesh.trade.settlement import service as settlement
from tests.fixtures.market import Market, StripeDesk, deliver

ROUNDS = 6


def at_once(app: Flask, *deeds: Callable[[], object]) -> list[object]:
    """Run the deeds in threads that start together; what each returned, or the refusal it met."""
    gate = threading.Barrier(len(deeds))
    results: list[object] = [None] * len(deeds)

    def run(place: int, deed: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                results[place] = deed()
            except MeshError as error:
                results[place] = error
            except Exception as error:
                results[place] = error
                raise

    threads = [threading.Thread(target=run, args=(place, deed)) for place, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        assert not isinstance(result, Exception) or isinstance(result, MeshError), result
    return results


def paid(market: Market, desk: StripeDesk, number: int) -> tuple[Placed, Callable[[], object]]:
    """An order whose payment we have yet to hear of, and the hearing."""
    placed = market.order((market.sell(keys=1), 1), contact=f"b{number}@example.test")
    seen = {event["id"] for event in desk.events()}
    desk.pay(market.checkout(placed))
    [event] = [one for one in desk.events("checkout.session.completed") if one["id"] not in seen]
    return placed, lambda: deliver(event)


def whole(market: Market, placed: Placed) -> str:
    """The order's end, after checking that its one key is in exactly one place."""
    order, [unit] = market.state(placed.order.id)
    in_stock = market.stock(unit.sku_id)
    assert in_stock + (unit.stock_unit_id is not None) == 1
    return order.status


def test_pay_and_expire(app: Flask, market: Market, stripe_desk: StripeDesk) -> None:
    ends = set()
    with time_machine.travel(clock.now(), tick=True) as traveller:
        for number in range(ROUNDS):
            placed, pay = paid(market, stripe_desk, number)
            traveller.shift(timedelta(minutes=16))
            at_once(app, pay, orders.expire_due, orders.expire_due)
            ends.add(whole(market, placed))
    assert ends == {"completed"}
    assert market.books()["platform gateway"] == -10_800 * ROUNDS and "platform clearing" not in market.books()


def test_pay_and_cancel(app: Flask, market: Market, stripe_desk: StripeDesk) -> None:
    for number in range(ROUNDS):
        placed, pay = paid(market, stripe_desk, number)

        def cancel(placed: Placed = placed) -> None:
            with transaction(tenancy.trade(market.tenant_id)) as session:
                orders.cancel(session, tenant_id=market.tenant_id, order_id=placed.order.id)

        at_once(app, pay, cancel)
        assert whole(market, placed) == "completed"


def test_deliver_and_refund(app: Flask, market: Market, stripe_desk: StripeDesk) -> None:
    """A refund never reverses shares that were not posted, nor leaves posted ones standing."""
    for number in range(ROUNDS):
        placed, pay = paid(market, stripe_desk, number)
        pay()
        _, [unit] = market.state(placed.order.id)

        def refund(unit=unit) -> object:
            with transaction(tenancy.trade(market.tenant_id)) as session:
                return refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=unit.id, reason="race").id

        def hand_over(placed: Placed = placed) -> None:
            with transaction(tenancy.trade(market.tenant_id)) as session:
                delivery.deliver(session, tenant_id=market.tenant_id, order_id=placed.order.id)

        results = at_once(app, refund, hand_over, refund)
        assert results[0] == results[2]
        assert market.state(placed.order.id)[0].status == "refunded"
    assert market.books() == {"platform gateway": -10_800 * ROUNDS, "platform clearing": 10_800 * ROUNDS}
    assert len(market.jobs("refunds.execute")) == ROUNDS


def test_refund_and_settle(app: Flask, market: Market) -> None:
    """Before or after the settlement: the supplier ends with exactly what was not refunded."""
    market.fund(10_000_000)
    later = clock.now() + timedelta(days=30)
    for _ in range(ROUNDS):
        order = market.wallet_order((market.sell(keys=4, price=1_001), 4))
        _, units = market.state(order.id)
        before = market.books().get("supplier available", 0)

        def refund(unit=units[1]) -> object:
            with transaction(tenancy.trade(market.tenant_id)) as session:
                return refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=unit.id, reason="race").id

        def settle() -> int:
            with transaction(tenancy.trade(market.tenant_id)) as session:
                return settlement.settle_tenant(session, tenant_id=market.tenant_id, at=later).units

        _, first, second = at_once(app, refund, settle, settle)
        assert isinstance(first, int) and isinstance(second, int) and first + second <= 4
        settle()
        books = market.books()
        assert "supplier pending" not in books
        assert books["supplier available"] - before == sum(u.supplier_minor for u in units) - units[1].supplier_minor


def test_one_reference_sent_by_many(app: Flask, market: Market) -> None:
    market.fund(100_000)
    sku_id = market.sell(keys=9, price=1_000)
    results = at_once(app, *[lambda: market.wallet_order((sku_id, 1), ref="A-1").id] * 12)
    assert len(set(results)) == 1 and market.stock(sku_id) == 8 and market.books()["tenant available"] == 99_000


def test_a_wallet_cannot_be_spent_twice(app: Flask, market: Market) -> None:
    market.fund(5_000)
    sku_id = market.sell(keys=20, price=1_000)
    results = at_once(app, *[lambda: market.wallet_order((sku_id, 1)).id] * 12)
    refused = [result for result in results if isinstance(result, MeshError)]
    assert [error.code for error in refused] == ["insufficient_funds"] * 7
    assert "tenant available" not in market.books() and market.stock(sku_id) == 15
