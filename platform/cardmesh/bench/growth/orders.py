"""Wallet orders by the million: one unit each, delivered, split and posted as `trade.orders.wallet` does it."""

import json
import random
import secrets
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import psycopg

from ...kit.ids import NIL, public_id
from ...money.commission.rules import Rule
from ...money.ledger.rules import account_id, content_hash, merged, require_balanced
from ...money.ledger.service import Entry, Leg
from ...money.models import AccountKind, RuleBasis
from ...trade.delivery import shares
from ...trade.models import Collector, Order, OrderUnit
from ...trade.numbers import new_number
from ...trade.rules import hold_until, wholesale_shares
from .parties import Pool, World
from .size import Size

TABLES = {
    "orders": "tenant_id id store_id number channel external_ref request_hash collected_by status currency total_minor"
    " paid_at completed_at created_at",
    "order_lines": "tenant_id id order_id sku_id kind quantity unit_price_minor total_minor currency snapshot",
    "order_units": "tenant_id id order_id line_id ordinal sku_id offer_id supplier_id stock_unit_id status currency"
    " retail_minor cost_minor supplier_minor platform_minor distributor_minor discount_minor delivered_at hold_until"
    " settled_at created_at",
    "journal_entries": "id idempotency_key content_hash kind reference reference_id created_at",
    "postings": "entry_id leg account_id owner_id currency amount_minor created_at",
    "events": "tenant_id id type data created_at",
}
DAYS = 90
_BATCH = 20_000
_WARRANTY_HOURS = 72
_RULE = Rule(id=uuid.UUID(int=1), basis=RuleBasis.COST, rate=Decimal("0.05"))
"""The default rule of a new installation."""


Rows = dict[str, list[tuple[Any, ...]]]


def fill(url: str, world: World, pools: list[Pool], _: Size) -> None:
    """The orders that took these offers' sold keys. Runs in a process of its own."""
    chance = random.Random(str(pools[0].offer_id))  # noqa: S311 - who bought and when: no secret
    rows: Rows = {table: [] for table in TABLES}
    settled: dict[uuid.UUID, int] = {}
    with psycopg.connect(url) as connection:
        connection.execute("set session_replication_role = replica")
        connection.commit()
        for pool, unit_id in _sold(connection, pools):
            _order(rows, settled, chance.choice(world.tenants), pool, unit_id, _moment(chance))
            if len(rows["orders"]) == _BATCH:
                _flush(connection, rows)
        for supplier_id, minor in settled.items():
            _post(rows, _settlement(supplier_id, minor), datetime.now(UTC))
        _flush(connection, rows)


def accounts(world: World) -> set[tuple[uuid.UUID, AccountKind, str]]:
    """Every account that the orders post to."""
    tenants = {(tenant_id, AccountKind.AVAILABLE, "CNY") for tenant_id, _ in world.tenants}
    suppliers = {
        (pool.supplier_id, kind, "CNY")
        for pool in world.pools
        for kind in (AccountKind.PENDING, AccountKind.AVAILABLE)
    }
    return tenants | suppliers | {(NIL, AccountKind.REVENUE, "CNY")}


def _sold(connection: psycopg.Connection, pools: list[Pool]) -> Iterator[tuple[Pool, uuid.UUID]]:
    for pool in pools:
        found = connection.execute("select unit_id from grown_sold where offer_id = %s", [pool.offer_id]).fetchall()
        for (unit_id,) in found:
            yield pool, unit_id


def _moment(chance: random.Random) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=chance.random() * DAYS * 86_400)


def _id(at: datetime) -> uuid.UUID:
    """A UUIDv7 as it would have been made then."""
    drawn = secrets.randbits(74)
    head = int(at.timestamp() * 1_000) << 80 | 7 << 76 | (drawn >> 62) << 64
    return uuid.UUID(int=head | 2 << 62 | drawn & (1 << 62) - 1)


def _order(
    rows: Rows,
    settled: dict[uuid.UUID, int],
    buyer: tuple[uuid.UUID, uuid.UUID],
    pool: Pool,
    unit_id: uuid.UUID,
    at: datetime,
) -> None:
    tenant, store = buyer
    order_id, line_id, own_id = _id(at), _id(at), _id(at)
    (share,) = wholesale_shares(_RULE, cost_minor=pool.cost_minor, count=1)
    total, ref, number = share.retail_minor, unit_id.hex, new_number(at)
    until = hold_until(at, _WARRANTY_HOURS)
    done = until if until < datetime.now(UTC) else None
    snapshot = {
        "product_name": pool.product,
        "product_slug": pool.product,
        "sku_name": pool.sku,
        "cost_minor": pool.cost_minor,
        "warranty_hours": _WARRANTY_HOURS,
        "rule": _RULE.to_json(),
    }
    event = {"order": public_id("ord", order_id), "number": number, "status": "completed", "external_ref": ref}
    content = sha256(ref.encode()).digest()
    payer = Collector.DISTRIBUTOR
    rows["orders"].append(
        (tenant, order_id, store, number, "api", ref, content, payer, "completed", "CNY", total, at, at, at)
    )
    rows["order_lines"].append(
        (tenant, line_id, order_id, pool.sku_id, "card_key", 1, total, total, "CNY", json.dumps(snapshot))
    )
    unit = (tenant, own_id, order_id, line_id, 1, pool.sku_id, pool.offer_id, pool.supplier_id, unit_id)
    rows["order_units"].append((*unit, "delivered", "CNY", total, pool.cost_minor, *share[1:], at, until, done, at))
    rows["events"].append((tenant, _id(at), "order.completed", json.dumps(event), at))
    order = Order(tenant_id=tenant, id=order_id, number=number, channel="api", collected_by=payer, currency="CNY")
    bought = OrderUnit(id=own_id, supplier_id=pool.supplier_id, **share._asdict())
    _post(rows, shares.sale(order, [bought]), at)
    if done:
        settled[pool.supplier_id] = settled.get(pool.supplier_id, 0) + share.supplier_minor


def _settlement(supplier_id: uuid.UUID, minor: int) -> Entry:
    """What many settlement runs would have moved, in one entry."""
    return Entry(
        key=f"settlement:{uuid.uuid4()}:{supplier_id}:CNY",
        kind="settlement",
        legs=[
            Leg(supplier_id, AccountKind.PENDING, minor, "CNY"),
            Leg(supplier_id, AccountKind.AVAILABLE, -minor, "CNY"),
        ],
    )


def _post(rows: Rows, entry: Entry, at: datetime) -> None:
    legs, entry_id = merged(entry.legs), _id(at)
    require_balanced(legs)
    content = content_hash(entry, legs)
    rows["journal_entries"].append(
        (entry_id, entry.key, content, entry.kind, entry.reference, entry.reference_id, at)
    )
    for place, leg in enumerate(legs, start=1):
        account = account_id(leg.owner_id, leg.kind, leg.currency)
        rows["postings"].append((entry_id, place, account, leg.owner_id, leg.currency, leg.amount_minor, at))


def _flush(connection: psycopg.Connection, rows: Rows) -> None:
    for table, columns in TABLES.items():
        command = f"copy {table} ({columns.replace(' ', ', ')}) from stdin"
        with connection.cursor() as cursor, cursor.copy(command.encode()) as copy:
            for row in rows[table]:
                copy.write_row(row)
        rows[table].clear()
    connection.commit()
