"""Stock that was set aside and not paid for goes back, once; money that comes too late finds goods or its way home."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine

from cardmesh.goods.offers import service as offers
from cardmesh.identity.suppliers.service import change_supplier
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id
from cardmesh.trade import payments as collecting
from cardmesh.trade.errors import OrderNotFound, OrderStateConflict
from cardmesh.trade.models import OrderStatus
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Placed
from tests.fixtures.market import Market, StripeDesk


def expire(minutes: int = 16) -> int:
    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        return orders.expire_due()


def cancel(market: Market, placed: Placed) -> None:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=placed.order.id)


def test_the_hold_lasts_a_quarter_of_an_hour(market: Market) -> None:
    sku_id = market.sell(keys=3)
    placed = market.order((sku_id, 2))
    assert expire(minutes=14) == 0 and market.stock(sku_id) == 1
    assert expire() == 1 and expire() == 0
    order, units = market.state(placed.order.id)
    assert order.status == OrderStatus.CANCELED and market.stock(sku_id) == 3
    assert {(unit.status, unit.stock_unit_id) for unit in units} == {("released", None)}
    assert len(market.jobs("payments.close")) == 1 and market.books() == {}


def test_canceling_twice_gives_back_once(market: Market) -> None:
    sku_id = market.sell(keys=2)
    placed = market.order((sku_id, 1))
    cancel(market, placed)
    cancel(market, placed)
    assert market.stock(sku_id) == 2 and expire() == 0
    assert market.state(placed.order.id)[0].status == OrderStatus.CANCELED


def test_a_paid_order_is_neither_canceled_nor_expired(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(placed))
    stripe_desk.tell()
    with pytest.raises(OrderStateConflict) as refused:
        cancel(market, placed)
    assert refused.value.extra["allowed"] == ["pending_payment"]
    assert expire() == 0 and market.state(placed.order.id)[0].status == OrderStatus.COMPLETED


def test_a_strangers_order_is_not_there(market: Market) -> None:
    placed = market.order((market.sell(), 1))
    with pytest.raises(OrderNotFound), transaction(tenancy.trade(new_id())) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=placed.order.id)
    assert market.state(placed.order.id)[0].status == OrderStatus.PENDING_PAYMENT


def paid_too_late(market: Market, desk: StripeDesk, placed: Placed) -> None:
    """The buyer pays at the last moment; we hear of it after the stock went back."""
    desk.pay(market.checkout(placed))
    assert expire() == 1


def test_late_money_gets_the_goods_while_there_are_any(market: Market, stripe_desk: StripeDesk) -> None:
    sku_id = market.sell(keys=1)
    placed = market.order((sku_id, 1))
    paid_too_late(market, stripe_desk, placed)
    assert market.stock(sku_id) == 1
    stripe_desk.tell()
    order, units = market.state(placed.order.id)
    assert order.status == OrderStatus.COMPLETED and units[0].status == "delivered" and market.stock(sku_id) == 0
    assert market.books()["tenant pending"] == 1_300 and market.jobs("mail.order_delivered")


def test_late_money_goes_home_when_the_goods_are_gone(market: Market, stripe_desk: StripeDesk) -> None:
    sku_id = market.sell(keys=1)
    placed = market.order((sku_id, 1))
    paid_too_late(market, stripe_desk, placed)
    other = market.order((sku_id, 1), contact="faster@example.test")
    stripe_desk.tell()
    stripe_desk.tell()
    order, units = market.state(placed.order.id)
    assert order.status == OrderStatus.REFUNDED and units[0].status == "refunded"
    assert market.state(other.order.id)[0].status == OrderStatus.PENDING_PAYMENT
    assert market.books() == {"platform gateway": -10_800, "platform clearing": 10_800}
    market.run_refunds()
    assert market.books() == {} and len(stripe_desk.get("/v1/refunds")["data"]) == 1
    assert len(market.jobs("mail.order_paid_late")) == 1 and not market.jobs("mail.order_delivered")


def test_late_money_is_divided_by_what_is_left(market: Market, stripe_desk: StripeDesk) -> None:
    gone, left = market.sell(keys=1), market.sell(keys=2)
    placed = market.order((gone, 1), (left, 1))
    paid_too_late(market, stripe_desk, placed)
    market.order((gone, 1), contact="faster@example.test")
    stripe_desk.tell()
    market.run_refunds()
    order, units = market.state(placed.order.id)
    assert order.status == OrderStatus.PARTIALLY_REFUNDED
    assert sorted(unit.status for unit in units) == ["delivered", "refunded"]
    assert market.books()["platform gateway"] == -10_800 and "platform clearing" not in market.books()


@pytest.mark.parametrize("gone", ["offer", "supplier"])
def test_what_was_withdrawn_sells_nothing_late(market: Market, stripe_desk: StripeDesk, gone: str) -> None:
    sku_id = market.sku()
    offer = market.offer(sku_id, keys=1)
    market.put_on_sale(sku_id, 10_800)
    placed = market.order((sku_id, 1))
    paid_too_late(market, stripe_desk, placed)
    if gone == "offer":
        with transaction(tenancy.supplier(offer.supplier_id)) as session:
            offers.pause(session, offer_id=offer.id, reason="recalled")
    else:
        with transaction(tenancy.platform()) as session:
            change_supplier(session, supplier_id=offer.supplier_id, status="suspended")
    stripe_desk.tell()
    assert market.state(placed.order.id)[0].status == OrderStatus.REFUNDED and market.stock(sku_id) == 1


def test_the_page_of_a_released_order_is_closed(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    url = market.checkout(placed)
    expire()
    for args in market.jobs("payments.close"):
        collecting.close(tenant_id=market.tenant_id, payment_id=UUID(args["payment_id"]))
    assert stripe_desk.pay(url) != 303 and market.books() == {}


def test_capped_goods_come_back_too(market: Market) -> None:
    sku_id = market.sell(kind="file", stock_cap=2)
    market.order((sku_id, 2))
    assert market.stock(sku_id) == 0
    expire()
    assert market.stock(sku_id) == 2
