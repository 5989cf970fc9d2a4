"""`cardmesh bench boards`: how long each dashboard's queries take on a grown database (`bench grow`).

Some orders are placed that the fold does not get to see, so that every reading pays for a tail as it is between two
folds of a busy market.
"""

import argparse
import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from ..app import create_app
from ..embedded.postgres import Postgres
from ..goods.models import Offer
from ..insight.boards import fold
from ..insight.boards import service as boards
from ..insight.boards.service import Lens
from ..kit import clock, tenancy
from ..kit.db import db, transaction
from ..kit.tenancy import Scope
from ..stores.models import Store
from ..trade.models import Order, OrderUnit
from ..trade.orders import service as orders
from .grow import settings_of

AIM_MS = 200
RANGES = {"30 days": 30, "90 days": 90, "a year": 365}


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="a folder that `bench grow` has filled")
    parser.add_argument("--calls", type=int, default=20, help="of each dashboard (default 20)")
    parser.add_argument("--tail", type=int, default=500, help="orders that are not folded yet (default 500)")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """`boards` in ms: p50 and p95 of all queries of a page."""
    with Postgres(options.data) as server, create_app(settings_of(server, options.data)).app_context():
        fold.catch_up()
        tenant, store, supplier, sku = _busiest()
        _sell(tenant, store, sku, options.tail)
        shown = {name: _times(read, options.calls) for name, read in _readings(tenant, supplier, sku)}
        count = _count()
        db.engine.dispose()
    return {
        "bench": "boards",
        "orders": count,
        "tail": options.tail,
        "calls": options.calls,
        f"over_{AIM_MS}_ms": [name for name, each in shown.items() if each["p95_ms"] > AIM_MS],
        "boards": shown,
        "load_average": os.getloadavg()[0],
    }


def _busiest() -> tuple[uuid.UUID, uuid.UUID, uuid.UUID, uuid.UUID]:
    """A store and its tenant, the SKU that is sold most, and its supplier."""
    with transaction(tenancy.platform()) as session:
        best = select(OrderUnit.offer_id).group_by(OrderUnit.offer_id).order_by(func.count().desc()).limit(1)
        offer = session.scalars(select(Offer).where(Offer.id == best.scalar_subquery())).one()
        store = session.scalars(select(Store).order_by(Store.id).limit(1)).one()
        return store.tenant_id, store.id, offer.supplier_id, offer.sku_id


def _sell(tenant: uuid.UUID, store: uuid.UUID, sku: uuid.UUID, count: int) -> None:
    for _ in range(count):
        with transaction(tenancy.trade(tenant)) as session:
            orders.place_wallet_order(
                session,
                tenant_id=tenant,
                store_id=store,
                external_ref=uuid.uuid4().hex,
                items=[orders.Item(sku, 1)],
            )


def _readings(tenant: uuid.UUID, supplier: uuid.UUID, sku: uuid.UUID) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each console's dashboard as its page reads it, whole and narrowed, and its home's head."""
    own = {"tenant_id": tenant}, {"supplier_id": supplier}
    consoles: dict[str, tuple[Scope, dict[str, Any]]] = {
        "platform": (tenancy.platform(), {}),
        "distributor": (tenancy.tenant(tenant), own[0]),
        "supplier": (tenancy.supplier(supplier), own[1]),
    }
    for name, (scope, owner) in consoles.items():
        yield f"{name}: home", _reading(scope, 7, owner, home=True)
        for span, days in RANGES.items():
            yield f"{name}: {span}", _reading(scope, days, owner)
        yield f"{name}: 90 days of a product", _reading(scope, 90, owner | {"skus": (sku,)})
    for narrow, lens in (("a supplier", own[1]), ("a distributor", own[0]), ("both", own[0] | own[1])):
        yield f"platform: 90 days of {narrow}", _reading(tenancy.platform(), 90, lens)


def _reading(scope: Scope, days: int, lens: dict[str, Any], *, home: bool = False) -> Callable[[], object]:
    def read() -> object:
        period = boards.last_days(days, now=clock.now())
        look = Lens(since=period.since, until=period.until, **lens)
        with transaction(scope) as session:
            boards.freeze(session)
            if home:
                return boards.headline(session, look, period, currency="CNY")
            return boards.read(session, look, period, currency="CNY", stores=scope.realm == "platform")

    return read


def _times(work: Callable[[], object], count: int) -> dict[str, float]:
    work()
    times: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1_000)
    cuts = statistics.quantiles(times, n=100)
    return {"p50_ms": round(cuts[49], 1), "p95_ms": round(cuts[94], 1)}


def _count() -> int:
    with transaction(tenancy.platform()) as session:
        return session.scalar(select(func.count()).select_from(Order)) or 0
