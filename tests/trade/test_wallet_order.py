"""A distributor's order: one transaction that answers with the goods, or leaves everything as it was."""

from decimal import Decimal

import pytest
from sqlalchemy import event, func, select

from cardmesh.goods.inventory.errors import OutOfStock
from cardmesh.goods.pricing.errors import OfferNotActive, QuantityOutOfRange
from cardmesh.identity.errors import TenantSuspended
from cardmesh.identity.tenants.service import change_tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.errors import MeshError, ValidationFailed
from cardmesh.kit.ids import new_id
from cardmesh.kit.money import Money
from cardmesh.money.commission import service as commission
from cardmesh.money.ledger.errors import InsufficientFunds
from cardmesh.money.models import RuleBasis
from cardmesh.trade.delivery import service as delivery
from cardmesh.trade.errors import BackorderUnavailable, DuplicateExternalRef, PriceChanged
from cardmesh.trade.models import Order, OrderUnit
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Item
from tests.fixtures.market import Market


def counts() -> tuple[int, int]:
    with transaction(tenancy.platform()) as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Order, OrderUnit))  # pyright: ignore[reportReturnType] - two tables, two counts


def refused(market: Market, error: type[MeshError], *items: object, **more: object) -> MeshError:
    """The order is refused and nothing has changed."""
    before = (market.books(), counts(), len(market.jobs("webhooks.deliver")))
    with pytest.raises(error) as raised:
        market.wallet_order(*items, **more)  # pyright: ignore[reportArgumentType] - as the test wrote them
    assert (market.books(), counts(), len(market.jobs("webhooks.deliver"))) == before
    return raised.value


def test_the_goods_for_the_money(market: Market) -> None:
    market.fund(30_000)
    sku_id = market.sell(keys=3, price=9_500)
    order = market.wallet_order((sku_id, 2))
    assert (order.status, order.total_minor, order.collected_by) == ("completed", 19_000, "distributor")
    with transaction(tenancy.trade(market.tenant_id)) as session:
        view = orders.view(session, order)
        assert [(line.status, line.line.quantity, len(line.units)) for line in view.lines] == [("delivered", 2, 2)]
        codes = delivery.reveal(session, order=order)
    assert [code.unit for code in codes] == [1, 2] and len({code.credentials[0].value for code in codes}) == 2
    assert market.stock(sku_id) == 1
    assert market.books() == {
        "platform adjustment": -30_000,
        "platform revenue": 950,
        "supplier pending": 18_050,
        "tenant available": 11_000,
    }


def test_a_fee_is_paid_on_top_of_the_cost(market: Market) -> None:
    with transaction(tenancy.platform()) as session:
        commission.create_rule(
            session,
            basis=RuleBasis.COST,
            rate=Decimal("0.1"),
            fee_rate=Decimal("0.013"),
            tenant_id=market.tenant_id,
        )
    market.fund(10_000)
    order = market.wallet_order((market.sell(price=999), 3))
    fee = 39  # 2997 × 0.013 = 38.961
    assert order.total_minor == 2_997 + fee
    assert market.books()["platform revenue"] == 300 + fee and market.books()["supplier pending"] == 2_697


def test_the_same_reference_is_the_same_order(market: Market) -> None:
    market.fund(50_000)
    sku_id = market.sell(keys=3)
    first = market.wallet_order((sku_id, 1), ref="A-1")
    books = market.books()
    assert market.wallet_order((sku_id, 1), ref="A-1").id == first.id
    refused(market, DuplicateExternalRef, (sku_id, 2), ref="A-1")
    refused(market, DuplicateExternalRef, Item(sku_id, 1, Money(99_999, "CNY")), ref="A-1")
    refused(market, DuplicateExternalRef, (sku_id, 1), ref="A-1", on_shortage="partial")
    assert market.books() == books and market.stock(sku_id) == 2


def test_without_funds_nothing_is_kept_and_the_reference_stays_free(market: Market) -> None:
    market.fund(9_499)
    sku_id = market.sell(keys=1, price=9_500)
    error = refused(market, InsufficientFunds, (sku_id, 1), ref="A-1")
    assert error.status == 402 and error.extra["required"] == {"amount": 9_500, "currency": "CNY"}
    assert market.stock(sku_id) == 1
    market.fund(1)
    assert market.wallet_order((sku_id, 1), ref="A-1").status == "completed"


def test_a_price_above_the_limit_names_the_new_one(market: Market) -> None:
    market.fund(50_000)
    sku_id = market.sell(keys=1, price=9_500)
    error = refused(market, PriceChanged, Item(sku_id, 1, Money(9_499, "CNY")))
    assert error.extra == {"unit_cost": {"amount": 9_500, "currency": "CNY"}}
    assert [fault.pointer for fault in error.errors] == ["/items/0"]
    assert market.wallet_order(Item(sku_id, 1, Money(9_500, "CNY"))).total_minor == 9_500  # pyright: ignore[reportArgumentType] - an Item is fine


def test_a_dearer_offer_helps_out_within_the_limit(market: Market) -> None:
    market.fund(50_000)
    sku_id = market.sku()
    market.offer(sku_id, keys=1, price=9_000)
    market.offer(sku_id, keys=5, price=9_400, supplier=1)
    assert market.wallet_order((sku_id, 2)).total_minor == 18_800
    refused(market, PriceChanged, Item(sku_id, 2, Money(9_100, "CNY")))
    assert market.wallet_order((sku_id, 1)).total_minor == 9_000
    assert market.books()["supplier2 pending"] == 18_800 - 940


def test_shortage_cancels_all_unless_told_otherwise(market: Market) -> None:
    market.fund(90_000)
    scarce, plenty = market.sell(keys=2, price=1_000), market.sell(keys=5, price=1_000)
    error = refused(market, OutOfStock, (plenty, 1), (scarce, 3))
    assert [fault.pointer for fault in error.errors] == ["/items/1"]
    assert (market.stock(plenty), market.stock(scarce)) == (5, 2)


def test_a_partial_order_is_paid_for_what_it_got(market: Market) -> None:
    market.fund(90_000)
    scarce, plenty, gone = (market.sell(keys=keys, price=1_000) for keys in (2, 5, 1))
    market.wallet_order((gone, 1))
    order = market.wallet_order((plenty, 1), (scarce, 3), (gone, 2), on_shortage="partial")
    assert (order.status, order.total_minor) == ("partially_completed", 3_000)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        lines = orders.view(session, order).lines
    assert [(line.status, len(line.units), line.line.total_minor) for line in lines] == [
        ("delivered", 1, 1_000),
        ("partially_completed", 2, 2_000),
        ("failed", 0, 0),
    ]
    refused(market, OutOfStock, (gone, 1), on_shortage="partial")


def test_what_cannot_be_ordered_says_why(market: Market) -> None:
    market.fund(90_000)
    sku_id = market.sell(keys=5, price=1_000, min_quantity=2, max_quantity=3)
    refused(market, QuantityOutOfRange, (sku_id, 1))
    refused(market, OfferNotActive, (new_id(), 1))
    refused(market, BackorderUnavailable, (sku_id, 2), on_shortage="backorder")
    refused(market, ValidationFailed, (sku_id, 2), on_shortage="whatever")
    refused(market, ValidationFailed, (sku_id, 2), ref="x" * 129)
    refused(market, ValidationFailed, (sku_id, 2), ref="line\nbreak")
    refused(market, ValidationFailed)
    with transaction(tenancy.platform()) as session:
        change_tenant(session, tenant_id=market.tenant_id, status="suspended", reason="test")
    refused(market, TenantSuspended, (sku_id, 2))


def test_an_unlisted_sku_may_be_bought(market: Market) -> None:
    market.fund(9_500)
    sku_id = market.sku()
    market.offer(sku_id, keys=1)
    assert market.wallet_order((sku_id, 1)).total_minor == 9_500


def test_few_round_trips(market: Market) -> None:
    """The order path pays for each: a hundred units cost as many statements as one."""
    market.fund(2_000_000)
    sku_id = market.sell(keys=110, price=9_500)
    market.wallet_order((sku_id, 1))
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    market.wallet_order((sku_id, 100))
    assert len(statements) <= 16, "\n".join(statements)
