"""`cardmesh bench reads`: p95 of the reading calls on a grown database (`bench grow`), through the whole application.

Every call goes by the API with a real key: routing, scope, row-level security, JSON. The jobs' sweeps are timed too.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask

from ..app import create_web
from ..embedded.postgres import Postgres
from ..goods.inventory import service as inventory
from ..identity.idempotency import service as idempotency
from ..kit import clock, tenancy
from ..kit.db import db, transaction
from ..kit.jobs import dispatch, stats
from ..trade.orders import release
from ..trade.settlement import service as settlement
from .grow import settings_of

FLOOR = "floor: who am I"
"""A call that reads nothing: on a busy machine the others are judged by how far they are above it."""
CALLS = {
    FLOOR: ("distributor", "/v1/me"),
    "catalog": ("distributor", "/v1/catalog/skus?limit=50"),
    "catalog, searched": ("distributor", "/v1/catalog/skus?q=%E6%98%9F%E7%A9%B9+100&limit=50"),
    "catalog, found nowhere": ("distributor", "/v1/catalog/skus?q=nothing+like+it&limit=50"),
    "catalog, by category": ("distributor", "/v1/catalog/skus?category=games&limit=50"),
    "listings": ("distributor", "/v1/listings?limit=50"),
    "orders": ("distributor", "/v1/orders?limit=50"),
    "wallet": ("distributor", "/v1/wallet"),
    "statement": ("distributor", "/v1/statements?limit=50"),
    "events": ("distributor", "/v1/events?limit=50"),
    "supplier's offers": ("supplier", "/v1/supplier/offers?limit=50"),
    "supplier's sales": ("supplier", "/v1/supplier/orders?limit=50"),
    "supplier's wallet": ("supplier", "/v1/supplier/wallet"),
    "supplier's statement": ("supplier", "/v1/supplier/statements?limit=50"),
    "operator's tenants": ("operator", "/v1/platform/tenants?limit=50"),
    "operator's offers": ("operator", "/v1/platform/offers?limit=50"),
    "trial balance": ("operator", "/v1/platform/ledger/trial-balance"),
    "store's products": ("", "/api/products?limit=50"),
    "store's products, searched": ("", "/api/products?q=%E6%98%9F%E7%A9%B9&limit=50"),
}


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="a folder that `bench grow` has filled")
    parser.add_argument("--calls", type=int, default=200, help="of each kind (default 200)")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Raises RuntimeError for any answer but 200."""
    keys = json.loads((options.data / "bench-keys.json").read_text())
    with Postgres(options.data) as server:
        app = create_web(settings_of(server, options.data))
        times = {name: _times(_http(app, keys, *call), options.calls) for name, call in CALLS.items()}
        with app.app_context():
            times |= {name: _times(work, options.calls) for name, work in _inside().items()}
            db.engine.dispose()
    shown = {name: {"p50_ms": _percentile(each, 50), "p95_ms": _percentile(each, 95)} for name, each in times.items()}
    for each in shown.values():
        each["p50_to_floor"] = round(each["p50_ms"] / shown[FLOOR]["p50_ms"], 1)
    slow = [name for name, each in shown.items() if each["p95_ms"] > 100]
    return {
        "bench": "reads",
        "calls": options.calls,
        "over_100_ms": slow,
        "reads": shown,
        "load_average": os.getloadavg()[0],
    }


def _http(app: Flask, keys: dict[str, str], party: str, path: str) -> Callable[[], object]:
    client = app.test_client()
    headers = {"Host": "grown-0.localhost"}
    if party:
        headers = {"Host": "localhost", "Authorization": f"Bearer {keys[party]}"}

    def call() -> object:
        answer = client.get(path, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:300]}")
        return answer

    return call


def _inside() -> dict[str, Callable[[], object]]:
    """What jobs and dashboards ask of the whole platform."""
    scope = tenancy.platform()

    def in_scope(work: Callable[..., object], *arguments: Any, **named: Any) -> Callable[[], object]:
        def call() -> object:
            with transaction(scope) as session:
                return work(session, *arguments, **named)

        return call

    return {
        "settlement: who is due": in_scope(settlement.due_tenants, clock.now()),
        "outbox: what is due": in_scope(dispatch.window),
        "outbox: by queue": in_scope(stats.per_queue),
        "idempotency: sweep": in_scope(idempotency.sweep),
        "stock: expired keys": in_scope(inventory.drop_expired, today=clock.now().date()),
        "orders: expired": release.expire_due,
    }


def _times(work: Callable[[], object], count: int) -> list[float]:
    work()
    times: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1_000)
    return times


def _percentile(times: list[float], percent: int) -> float:
    return round(statistics.quantiles(times, n=100)[percent - 1], 1)
