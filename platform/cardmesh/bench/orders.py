"""`cardmesh bench orders`: wallet orders through the whole application on a database of its own, as one JSON object.

The whole path runs: routing, API key, idempotency, prices, stock, split, journal, events, row-level security. Buyers
are threads in this process and there is no socket, so the figure is the application's, client included.
"""

import argparse
import statistics
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from ..app import create_web
from ..embedded.postgres import Postgres
from ..goods.catalog.service import ensure_categories
from ..goods.imports import service as imports
from ..identity.api_keys import service as api_keys
from ..identity.models import Party
from ..kit import migrate, tenancy
from ..kit.db import transaction
from ..kit.ids import parse_id
from ..settings import APP_ROLE, Settings

PRICE = {"amount": 1000, "currency": "CNY"}


@dataclass(frozen=True)
class Market:
    """A SKU in stock and a distributor that can pay for all of it."""

    app: Flask
    sku: str
    key: str

    def order(self) -> float:
        """Place one order; returns its seconds. Raises RuntimeError for any answer but 201."""
        began = time.perf_counter()
        body = {"external_ref": uuid.uuid4().hex, "items": [{"sku": self.sku, "quantity": 1}]}
        call(self.app, self.key, "/v1/orders", body)
        return time.perf_counter() - began


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--buyers", type=int, default=8, help="threads that order at once (default 8)")
    parser.add_argument("--orders", type=int, default=400, help="orders in all (default 400)")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Raises RuntimeError for any order that was not answered with goods."""
    with tempfile.TemporaryDirectory() as folder, Postgres(Path(folder)) as server:
        market = _market(server, Path(folder), options.orders)
        return _measure(market, options.buyers, options.orders)


def call(app: Flask, key: str, path: str, body: object, expect: int = 201) -> dict[str, Any]:
    """One POST with a fresh Idempotency-Key."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex, "Host": "localhost"}
    answer = app.test_client().post(path, json=body, headers=headers)
    if answer.status_code != expect:
        raise RuntimeError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:300]}")
    return answer.get_json()


def _market(server: Postgres, folder: Path, orders: int) -> Market:
    settings = Settings(
        database_url=server.url(),
        app_database_url=server.url(user=APP_ROLE),
        data_dir=folder,
        secret_key=uuid.uuid4().hex,
    )
    migrate.upgrade(settings)
    app = create_web(settings)
    with app.app_context(), transaction(tenancy.platform()) as session:
        ensure_categories(session)
        operator = api_keys.issue(session, party=Party.PLATFORM).secret
    supplier = call(app, operator, "/v1/platform/suppliers", {"name": "Bench", "email": "b@example.com"})
    tenant = call(
        app, operator, "/v1/platform/tenants", {"name": "B", "handle": "bench", "owner_email": "o@example.com"}
    )
    offer = call(
        app,
        supplier["api_key"],
        "/v1/supplier/offers",
        {
            "product": {"name": "Bench card", "category": "games"},
            "sku": {"name": "10"},
            "kind": "card_key",
            "base_price": PRICE,
        },
    )
    _fill(app, supplier, offer, orders)
    call(app, operator, f"/v1/platform/offers/{offer['id']}/review", {"decision": "approve"}, expect=200)
    funds = {"amount": PRICE["amount"] * orders * 2, "currency": "CNY"}
    call(
        app, operator, "/v1/platform/wallet-credits", {"tenant": tenant["id"], "amount": funds, "reason": "bench"}
    )
    return Market(app, offer["sku"], tenant["api_key"])


def _fill(app: Flask, supplier: dict[str, Any], offer: dict[str, Any], count: int) -> None:
    """Keys for every order, loaded as a worker would."""
    keys = [f"BENCH-{number:08d}" for number in range(count + 100)]
    for start in range(0, len(keys), 10_000):
        path = f"/v1/supplier/offers/{offer['id']}/keys"
        made = call(app, supplier["api_key"], path, {"keys": keys[start : start + 10_000]}, expect=202)
        with app.app_context():
            imports.run(parse_id("imp", made["id"]), parse_id("sup", supplier["id"]))


def _measure(market: Market, buyers: int, orders: int) -> dict[str, Any]:
    gate = threading.Barrier(buyers)

    def buyer(count: int) -> list[float]:
        market.order()
        gate.wait()
        return [market.order() for _ in range(count)]

    each = max(1, (orders - buyers) // buyers)
    with ThreadPoolExecutor(buyers) as pool:
        jobs = [pool.submit(buyer, each) for _ in range(buyers)]
        began = time.perf_counter()
        times = sorted(second for job in jobs for second in job.result())
        wall = time.perf_counter() - began
    return {
        "bench": "orders",
        "buyers": buyers,
        "orders": len(times),
        "orders_per_second": round(len(times) / wall, 1),
        "p50_ms": round(statistics.median(times) * 1000, 1),
        "p99_ms": round(times[min(len(times) - 1, int(len(times) * 0.99))] * 1000, 1),
    }
