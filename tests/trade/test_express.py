"""The wallet order in two round trips writes what the plain version writes, or nothing at all."""

import json
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from cardmesh.goods.inventory.errors import OutOfStock
from cardmesh.goods.models import Audience, GoodsKind, Offer
from cardmesh.goods.offers import audience
from cardmesh.goods.offers import service as offers
from cardmesh.goods.pricing.fx import set_rate
from cardmesh.goods.pricing.rules import PriceRow
from cardmesh.identity.idempotency import service as idempotency
from cardmesh.identity.tenants.service import change_tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.events import service as events
from cardmesh.kit.failpoints import armed
from cardmesh.kit.money import Money
from cardmesh.money.commission import service as commission
from cardmesh.money.ledger import service as ledger
from cardmesh.money.models import RuleBasis, SalesVolume
from cardmesh.trade.delivery import shares
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Item, OrderView
from tests.fixtures.market import Market

ORDER = "(select id from orders where external_ref = :ref)"
ENTRY = f"(select id from journal_entries where reference_id = {ORDER})"  # noqa: S608 - constants
EVENT = "(select id from events where data->>'external_ref' = :ref)"
WRITTEN = {
    "orders": f"id = {ORDER}",
    "order_lines": f"order_id = {ORDER} order by sku_id",
    "order_units": f"order_id = {ORDER} order by sku_id, ordinal",
    "journal_entries": f"id = {ENTRY}",
    "postings": f"entry_id = {ENTRY} order by account_id",
    "events": f"id = {EVENT}",
    "outbox": f"args->>'event_id' = {EVENT}::text order by args",
    "idempotent_calls": "key = :ref",
}
"""Where an order by this reference leaves its rows."""
OWN = {"id", "order_id", "line_id", "entry_id", "reference_id", "unit_id", "stock_unit_id", "leg", "xid", "number"}
"""Columns that tell two equal orders apart; `content_hash` and `reference` are made of them."""


def seen(view: OrderView) -> dict[str, Any]:
    return {"units": [[unit.status for unit in line.units] for line in view.lines], "total": view.order.total_minor}


def express(market: Market, *items: Item, ref: str, on_shortage: str = "cancel_all") -> dict[str, Any] | None:
    return orders.place_express(
        tenant_id=market.tenant_id,
        request=orders.Call(ref, b"what was asked"),
        external_ref=ref,
        items=items,
        on_shortage=on_shortage,
        answer=seen,
    )


def plain(market: Market, *items: Item, ref: str) -> dict[str, Any]:
    """What `web.common.idempotent.once` does with the plain version."""
    with transaction(tenancy.trade(market.tenant_id)) as session:
        claim = idempotency.begin(session, party_id=market.tenant_id, key=ref, request_hash=b"what was asked")
        order = orders.place_wallet_order(
            session, tenant_id=market.tenant_id, store_id=market.store.store_id, external_ref=ref, items=items
        )
        body = seen(orders.view(session, order))
        idempotency.finish(session, claim.row, status=201, body=body)
    return body


def written(ref: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of one order, without what tells it from an equal one."""
    found = {}
    with transaction(tenancy.platform()) as session:
        began = session.scalar(text("select paid_at from orders where external_ref = :ref"), {"ref": ref})
        for table, where in WRITTEN.items():
            rows = session.execute(text(f"select * from {table} where {where}"), {"ref": ref})  # noqa: S608 - constants
            found[table] = [_common(dict(row), ref, cast(datetime, began)) for row in rows.mappings()]
    return found


def _common(row: dict[str, Any], ref: str, began: datetime) -> dict[str, Any]:
    own = OWN | ({"content_hash", "reference", "idempotency_key"} if "content_hash" in row else set())
    row = {name: value for name, value in row.items() if name not in own}
    for name, value in row.items():
        if isinstance(value, datetime):
            row[name] = round((value - began) / timedelta(hours=1))
        if isinstance(value, dict) and name in ("data", "args"):
            row[name] = {key: one for key, one in value.items() if key not in ("order", "number", "event_id")}
    return {name: "ref" if value == ref else _without(value, ref) for name, value in row.items()}


def _without(value: object, ref: str) -> object:
    return {key: "ref" if one == ref else one for key, one in value.items()} if isinstance(value, dict) else value


@pytest.fixture
def shop(market: Market) -> Sequence[Item]:
    """Two SKUs of two suppliers, odd prices, a limit, and a program that listens."""
    market.fund(1_000_000)
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        for kind in ("order.completed", "refund.succeeded"):
            url = f"https://{kind}.example/hook"
            events.create_endpoint(session, tenant_id=market.tenant_id, url=url, event_types=[kind])
    dear = market.sell(keys=20, price=9_999)
    cheap = market.sell(keys=20, price=333, supplier=1, warranty_hours=24)
    return [Item(dear, 3), Item(cheap, 2, Money(333, "CNY"))]


def test_both_write_the_same_rows(market: Market, shop: Sequence[Item]) -> None:
    for ref in ("warm", "up"):
        plain(market, *shop, ref=ref)
    answers = plain(market, *shop, ref="plain"), express(market, *shop, ref="express")
    assert answers[0] == answers[1] == {"units": [["delivered"] * 3, ["delivered"] * 2], "total": 30_663}
    rows = written("plain"), written("express")
    assert rows[0] == rows[1]
    assert {table: len(found) for table, found in rows[1].items()} == {
        "orders": 1,
        "order_lines": 2,
        "order_units": 5,
        "journal_entries": 1,
        "postings": 4,
        "events": 1,
        "outbox": 1,
        "idempotent_calls": 1,
    }
    market.books()


def test_both_write_the_same_rows_of_rare_terms(market: Market, shop: Sequence[Item]) -> None:
    """A rule with minimum, cap and steps at a volume; prices by tier and quantity; goods offered in dollars; an offer
    for others that would be cheaper."""
    dear, cheap = (item.sku_id for item in shop)
    with transaction(tenancy.platform()) as session:
        steps = ((100, Decimal("0.031")), (10**9, Decimal("0.01")))
        sums = {"currency": "CNY", "cap_minor": 300, "min_minor": 11, "steps": steps}
        commission.create_rule(session, basis=RuleBasis.COST, rate=Decimal("0.05"), **sums)
        session.add(SalesVolume(supplier_id=market.suppliers[0].id, currency="CNY", volume_minor=5_000))
        set_rate(session, base="USD", quote="CNY", rate=Decimal("7.1234"), source="a bank")
        change_tenant(session, tenant_id=market.tenant_id, tier="VIP2")
        offer = session.scalars(select(Offer).where(Offer.sku_id == dear)).one()
        prices = [PriceRow("VIP1", 2, 9_500), PriceRow("VIP3", 1, 1), PriceRow("VIP2", 3, 9_333)]
        offers.update_offer(session, offer_id=offer.id, rows=prices)
    dollars = market.sku()
    offered = market.offer(dollars, 9, price=1_000)
    with transaction(tenancy.platform()) as session:
        session.execute(update(Offer).where(Offer.id == offered.id).values(currency="USD"))
    closed = market.offer(cheap, 9, price=1)
    with transaction(tenancy.supplier(closed.supplier_id)) as session:
        audience.set_audience(session, offer_id=closed.id, audience=Audience.TIER, min_tier="VIP3")
    basket = [*shop, Item(dollars, 1)]
    plain(market, *basket, ref="warm")
    answers = plain(market, *basket, ref="plain"), express(market, *basket, ref="express")
    assert answers[0] == answers[1], "the express one sells it too"
    rows = written("plain"), written("express")
    assert rows[0] == rows[1]
    lines = {row["sku_id"]: row["snapshot"] for row in rows[1]["order_lines"]}
    assert lines[dear]["cost_minor"] == 9_333 and lines[cheap]["cost_minor"] == 333
    assert lines[dollars]["fx"]["rate"] == "7.1234" and lines[dollars]["cost_minor"] == 7_124  # 10.00 $ = 71.234 ¥
    assert lines[dear]["rule"]["rate"] == "0.0310" and lines[dear]["rule"]["volume_minor"] == 5_000
    market.books()


def test_the_hash_and_the_key_of_the_entry_are_those_of_the_plain_version(market: Market, shop: Sequence[Item]) -> None:
    """Posting the same sale again is the same entry, whoever posted it first."""
    plain(market, *shop, ref="warm")
    express(market, *shop, ref="express")
    with transaction(tenancy.trade(market.tenant_id)) as session:
        order = session.execute(text("select id from orders where external_ref = 'express'")).scalar_one()
        found = orders.find(session, tenant_id=market.tenant_id, order_id=order)
        assert found is not None
        units = [unit for line in orders.view(session, found).lines for unit in line.units]
        posted = ledger.post_many(session, [shares.sale(found, units)])
    assert [one.fresh for one in posted] == [False]


def refused(market: Market, *items: Item, **more: Any) -> None:
    """Left to the plain version, and nothing has changed."""
    before = _counts(), market.books()
    assert express(market, *items, ref="refused", **more) is None
    assert (_counts(), market.books()) == before


def _counts() -> list[int]:
    with transaction(tenancy.platform()) as session:
        tables: Iterable[str] = [*WRITTEN, "stock"]
        return [session.scalar(text(f"select count(*) from {table}")) or 0 for table in tables]  # noqa: S608 - constants


def test_what_it_leaves_to_the_plain_version(market: Market, shop: Sequence[Item]) -> None:
    plain(market, *shop, ref="warm")
    dear, cheap = shop
    refused(market, Item(dear.sku_id, 18))  # 17 are left
    refused(market, Item(uuid.uuid4(), 1))
    refused(market, dear, Item(cheap.sku_id, 1, Money(332, "CNY")))
    refused(market, dear, Item(cheap.sku_id, 1, Money(333, "USD")))
    refused(market, Item(market.sell(kind=GoodsKind.FILE, price=100), 1))


def test_more_than_the_wallet_holds(market: Market) -> None:
    sku_id = market.sell(keys=3, price=1_000)
    market.fund(2_999)
    assert express(market, Item(sku_id, 1), ref="first") is None, "its accounts are made by the plain version"
    plain(market, Item(sku_id, 1), ref="plain")
    refused(market, Item(sku_id, 2))
    assert express(market, Item(sku_id, 1), ref="second")
    assert market.stock(sku_id) == 1


def test_a_key_or_a_reference_that_was_used(market: Market, shop: Sequence[Item]) -> None:
    plain(market, *shop, ref="one")
    before = _counts()
    assert express(market, *shop, ref="one") is None
    again = orders.place_express(
        tenant_id=market.tenant_id,
        request=orders.Call("another key", b""),
        external_ref="one",
        items=shop,
        on_shortage="cancel_all",
        answer=seen,
    )
    assert again is None and _counts() == before


def test_a_suspended_tenant(market: Market, shop: Sequence[Item]) -> None:
    plain(market, *shop, ref="warm")
    with transaction(tenancy.platform()) as session:
        change_tenant(session, tenant_id=market.tenant_id, status="suspended")
    refused(market, *shop)


def test_a_crowd_gets_each_key_once(app: Flask, market: Market, shop: Sequence[Item]) -> None:
    """Both versions at once on the last keys: all are sold, none twice, nobody pays for nothing."""
    item = Item(shop[0].sku_id, 1)
    plain(market, item, ref="warm")

    def buy(number: int) -> bool:
        with app.app_context():
            if express(market, item, ref=f"crowd {number}"):
                return True
            try:
                return bool(plain(market, item, ref=f"crowd {number}"))
            except OutOfStock:
                return False

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(buy, range(40)))
    assert got.count(True) == 19 and market.stock(item.sku_id) == 0
    assert market.books()["supplier pending"] == 20 * (9_999 - 500)


def test_stock_and_money_that_go_between_reading_and_writing(market: Market, shop: Sequence[Item]) -> None:
    """Decided on 18 keys and enough money; when it writes, 17 are left, then too little money."""
    plain(market, Item(shop[0].sku_id, 1), ref="warm")
    plain(market, Item(shop[0].sku_id, 1), ref="second")
    wanted = Item(shop[0].sku_id, 18)

    def meanwhile() -> None:
        plain(market, Item(shop[0].sku_id, 1), ref="quicker")

    with armed("order.express.decided", meanwhile):
        assert express(market, wanted, ref="slower") is None
    assert market.stock(wanted.sku_id) == 17
    assert written("slower") == {table: [] for table in WRITTEN}


def test_the_answer_is_kept_to_the_letter(market: Market, shop: Sequence[Item]) -> None:
    """A repeat is answered with the same bytes: members keep their order."""
    plain(market, *shop, ref="warm")
    told = express(market, *shop, ref="express")
    with transaction(tenancy.platform()) as session:
        kept = session.scalar(text("select body::text from idempotent_calls where key = 'express'"))
    assert kept and list(json.loads(kept).items()) == list((told or {}).items())
