"""A buyer's order from the basket to the key, and the money behind it."""

from datetime import timedelta

import pytest

from cardmesh.goods.inventory.errors import OutOfStock
from cardmesh.identity.audit.service import trail
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.money import Money
from cardmesh.trade.delivery import service as delivery
from cardmesh.trade.errors import PriceChanged
from cardmesh.trade.models import OrderStatus
from cardmesh.trade.settlement import service as settlement
from tests.fixtures.market import Market, StripeDesk


def test_a_sale_from_order_to_settlement(market: Market, stripe_desk: StripeDesk) -> None:
    sku_id = market.sell(keys=3, retail=10_800, price=9_500)
    placed = market.order((sku_id, 2), expected_total=Money(21_600, "CNY"))
    assert placed.order.status == OrderStatus.PENDING_PAYMENT and market.stock(sku_id) == 1
    assert market.books() == {}

    assert stripe_desk.pay(market.checkout(placed)) == 303
    assert set(stripe_desk.tell("checkout.session.completed")) == {"applied"}

    order, units = market.state(placed.order.id)
    assert order.status == OrderStatus.COMPLETED and {unit.status for unit in units} == {"delivered"}
    cost, commission = 19_000, 950
    assert market.books() == {
        "platform gateway": -21_600,
        "platform revenue": commission,
        "supplier pending": cost - commission,
        "tenant pending": 21_600 - cost,
    }
    with transaction(tenancy.trade(market.tenant_id)) as session:
        codes = delivery.reveal(session, order=order)
    assert len({code.credentials[0].value for code in codes}) == 2
    with transaction(tenancy.platform()) as session:
        reveals = [row for row in trail(session, party_id=market.tenant_id) if row.action == "unit.revealed"]
    assert {row.subject_id for row in reveals} == {unit.id for unit in units}

    hold_ends = max(unit.hold_until for unit in units if unit.hold_until)
    assert hold_ends - (order.paid_at or hold_ends) >= timedelta(hours=72)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        early = settlement.settle_tenant(session, tenant_id=market.tenant_id, at=hold_ends - timedelta(hours=1))
        assert early.units == 0
        assert settlement.settle_tenant(session, tenant_id=market.tenant_id, at=hold_ends).units == 2
        assert settlement.settle_tenant(session, tenant_id=market.tenant_id, at=hold_ends).units == 0
    assert market.books() == {
        "platform gateway": -21_600,
        "platform revenue": commission,
        "supplier available": cost - commission,
        "tenant available": 21_600 - cost,
    }


def test_another_price_than_the_buyer_saw_changes_nothing(market: Market) -> None:
    sku_id = market.sell(keys=3, retail=10_800)
    with pytest.raises(PriceChanged) as refused:
        market.order((sku_id, 1), expected_total=Money(10_700, "CNY"))
    assert refused.value.extra == {"total": {"amount": 10_800, "currency": "CNY"}}
    assert market.stock(sku_id) == 3


def test_too_few_in_stock_changes_nothing(market: Market) -> None:
    plenty, scarce = market.sell(keys=3), market.sell(keys=1)
    with pytest.raises(OutOfStock) as refused:
        market.order((plenty, 1), (scarce, 2))
    assert [fault.pointer for fault in refused.value.errors] == ["/items/1"]
    assert (market.stock(plenty), market.stock(scarce)) == (3, 1)
