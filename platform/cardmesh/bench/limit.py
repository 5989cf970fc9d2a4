"""What the database itself can do on this machine: pgbench's own simple-update, and the order's two statements without
Python or HTTP, as the app's role under row-level security. Only the ratio of the two travels to other machines.
"""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ..embedded.postgres import binary
from ..money.ledger.rules import account_id
from ..money.models import PLATFORM_OWNER, AccountKind
from ..settings import Settings
from .market import COST, CURRENCY, Market

SCRATCH = "bench_simple_update"
SCALE = 10
RULE_RATE = 20  # the new installation's commission: one in twenty of the cost

ORDER = r"""
\set b 1 + :client_id % {buyers}
\set s random(1, {skus})
select * from wallet_basket((array[{tenants}]::uuid[])[:b], array[(array[{sku_ids}]::uuid[])[:s]], 10);
with draw as materialized (
  select uuidv7() as ord, uuidv7() as line, uuidv7() as unit, uuidv7() as entry,
    (array[{tenants}]::uuid[])[:b] as tenant, (array[{stores}]::uuid[])[:b] as store,
    (array[{wallets}]::uuid[])[:b] as wallet, (array[{sku_ids}]::uuid[])[:s] as sku,
    (array[{offer_ids}]::uuid[])[:s] as offer, clock_timestamp() as at
)
select place_wallet_order(tenant, jsonb_build_object(
  'call_key', entry::text, 'call_hash', repeat('00', 32), 'wallet', wallet,
  'order_id', ord, 'store_id', store, 'number', right(ord::text, 20), 'external_ref', ord,
  'request_hash', repeat('00', 32), 'currency', '{currency}', 'total_minor', {cost}, 'at', at,
  'lines', jsonb_build_array(jsonb_build_object('id', line, 'sku_id', sku, 'kind', 'card_key', 'quantity', 1,
    'unit_price_minor', {cost}, 'total_minor', {cost},
    'snapshot', jsonb_build_object('sku_name', '10', 'cost_minor', {cost}), 'offer_id', offer)),
  'units', jsonb_build_array(jsonb_build_object('place', 1, 'id', unit, 'line_id', line, 'ordinal', 1, 'sku_id', sku,
    'offer_id', offer, 'supplier_id', '{supplier}', 'retail_minor', {cost}, 'cost_minor', {cost},
    'supplier_minor', {net}, 'platform_minor', {fee}, 'distributor_minor', 0, 'hold_until', at + interval '3 days')),
  'entry_id', entry, 'entry_key', 'sale:' || ord, 'entry_hash', repeat('00', 32), 'reference', 'order',
  'postings', jsonb_build_array(
    jsonb_build_object('leg', 1, 'account_id', wallet, 'owner_id', tenant, 'amount_minor', {cost}),
    jsonb_build_object('leg', 2, 'account_id', '{pending}', 'owner_id', '{supplier}', 'amount_minor', -{net}),
    jsonb_build_object('leg', 3, 'account_id', '{revenue}', 'owner_id', '{platform}', 'amount_minor', -{fee})),
  'event_id', uuidv7(), 'event', jsonb_build_object('order', ord, 'status', 'completed')),
  json_build_object('object', 'order', 'id', ord, 'number', ord, 'note', repeat('x', 600)))
from draw;
"""
"""What Python would have decided for one unit, put together by the server: a little dearer than the real thing."""


def measure(settings: Settings, market: Market, *, clients: int, seconds: float) -> dict[str, Any]:
    """Transactions per second of both, and their ratio. The database's owner must be allowed to make databases."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "order.sql"
        script.write_text(_script(settings, market))
        order = _pgbench(settings.app_database_url or "", ["-f", str(script)], clients, seconds)
    update = _simple_update(settings.database_url, clients, seconds)
    return {
        "clients": clients,
        "order_per_second": order,
        "simple_update_per_second": update,
        "order_to_simple_update": round(order / update, 2) if update else None,
    }


def _simple_update(owner_url: str, clients: int, seconds: float) -> float:
    """pgbench -N in a database of its own, dropped afterwards."""
    name = sql.Identifier(SCRATCH)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(name))
        connection.execute(sql.SQL("create database {}").format(name))
        try:
            url = owner_url.replace("/cardmesh?", f"/{SCRATCH}?")
            _run([url, "-i", "-q", "-s", str(SCALE)])
            return _pgbench(url, ["-N"], clients, seconds)
        finally:
            connection.execute(sql.SQL("drop database {}").format(name))


def _pgbench(url: str, what: list[str], clients: int, seconds: float) -> float:
    return pgbench(url, ["-T", str(max(1, round(seconds))), *what], clients)


def pgbench(url: str, what: list[str], clients: int) -> float:
    """Transactions per second. Raises RuntimeError with what pgbench said."""
    size = ["-c", str(clients), "-j", str(min(clients, 2))]
    found = re.search(r"tps = ([\d.]+)", _run([url, "-n", "-M", "prepared", *size, *what]))
    if found is None:
        raise RuntimeError("pgbench printed no rate")
    return round(float(found[1]), 1)


def _run(arguments: list[str]) -> str:
    done = subprocess.run([str(binary("pgbench")), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"pgbench: {done.stderr[-800:]}")
    return done.stdout


def _script(settings: Settings, market: Market) -> str:
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("select set_config('app.realm', 'platform', true)")
        query = "select sku_id, id, supplier_id from offers where sku_id = any(%s)"
        offers = {row[0]: row for row in connection.execute(query, (market.skus,))}
    supplier = offers[market.skus[0]][2]
    fee = COST.minor // RULE_RATE
    return ORDER.format(
        buyers=len(market.buyers),
        skus=len(market.skus),
        tenants=_quoted(buyer.tenant_id for buyer in market.buyers),
        stores=_quoted(buyer.store_id for buyer in market.buyers),
        wallets=_quoted(account_id(buyer.tenant_id, AccountKind.AVAILABLE, CURRENCY) for buyer in market.buyers),
        sku_ids=_quoted(market.skus),
        offer_ids=_quoted(offers[sku][1] for sku in market.skus),
        currency=CURRENCY,
        cost=COST.minor,
        net=COST.minor - fee,
        fee=fee,
        supplier=supplier,
        pending=account_id(supplier, AccountKind.PENDING, CURRENCY),
        revenue=account_id(PLATFORM_OWNER, AccountKind.REVENUE, CURRENCY),
        platform=PLATFORM_OWNER,
    )


def _quoted(ids: Any) -> str:
    return ", ".join(f"'{value}'" for value in ids)
