"""400 buyers, 200 keys, 4 processes of 8 threads: 200 served, 200 refused, no key twice, nothing held."""

import multiprocessing
import uuid
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from cardmesh.app import create_app
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.inventory.errors import OutOfStock
from cardmesh.goods.models import Offer
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.settings import Settings

from .conftest import World, in_stock

PROCESSES, THREADS, BUYERS, KEYS = 4, 8, 400, 200


def buy(settings: Settings, tenant_id: uuid.UUID, offer_id: uuid.UUID, buyers: int) -> list[uuid.UUID | None]:
    """`buyers` orders of one unit in one process; None for each refusal."""
    app = create_app(settings)

    def order(_: int) -> uuid.UUID | None:
        with app.app_context(), transaction(tenancy.trade(tenant_id)) as session:
            offer = session.query(Offer).filter_by(id=offer_id).one()
            try:
                return inventory.take(session, offer=offer, count=1)[0]
            except OutOfStock:
                return None

    with ThreadPoolExecutor(THREADS) as pool:
        taken = list(pool.map(order, range(buyers)))
    with app.app_context():
        db.engine.dispose()
    return taken


def test_no_key_is_sold_twice_and_none_is_left(world: World, settings: Settings) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.stocked(session, keys=KEYS)
    task = (settings, world.tenant.id, offer.id, BUYERS // PROCESSES)
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        results = [future.result() for future in [pool.submit(buy, *task) for _ in range(PROCESSES)]]
    outcomes = Counter(unit for result in results for unit in result)
    assert outcomes.pop(None) == BUYERS - KEYS
    assert len(outcomes) == KEYS and set(outcomes.values()) == {1}
    with transaction(tenancy.platform()) as session:
        assert in_stock(session, offer) == 0
