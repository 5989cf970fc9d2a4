"""`cardmesh bench drain`: take keys out of a hot pool and see whether taking gets slower as the pool is consumed.

Autovacuum works as in production, and another session holds an old snapshot open all the while, as a long report does:
no dead row can be removed. Rates of the first and the last tenth are compared.
"""

import argparse
import os
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import psycopg

from ..embedded.postgres import SUPERUSER, Postgres
from ..goods.inventory import queries
from ..kit import migrate
from ..settings import APP_ROLE, Settings

_TAKE = str(queries.TAKE).replace(":offer_id", "%(offer)s").replace(":start", "%(start)s").replace(":count", "1")


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pool", type=int, default=1_000_000, help="keys in stock (default 1,000,000)")
    parser.add_argument("--take", type=int, default=200_000, help="keys to take, one at a time (default 200,000)")
    parser.add_argument("--buyers", type=int, default=8, help="connections that take at once (default 8)")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Raises RuntimeError when a take came back empty or a key came twice."""
    with tempfile.TemporaryDirectory() as folder, Postgres(Path(folder)) as server:
        migrate.upgrade(Settings(database_url=server.url(), data_dir=Path(folder), secret_key=uuid.uuid4().hex))
        offer = uuid.uuid4()
        with psycopg.connect(server.url(user=SUPERUSER), autocommit=True) as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute(
                "insert into stock (offer_id, unit_id, supplier_id)"
                " select %s, gen_random_uuid(), %s from generate_series(1, %s)",
                [offer, uuid.uuid4(), options.pool],
            )
            connection.execute("vacuum analyze stock")
        with psycopg.connect(server.url(user=SUPERUSER)) as old:
            old.execute("set transaction isolation level repeatable read")
            old.execute("select count(*) from stock where unit_id < '01000000-0000-0000-0000-000000000000'")
            stamps = _drain(server.url(user=APP_ROLE), offer, options)
            dead = _dead_rows(server.url(user=SUPERUSER))
    tenth = len(stamps) // 10
    first, last = _rate(stamps[:tenth]), _rate(stamps[-tenth:])
    return {
        "bench": "drain",
        "pool": options.pool,
        "taken": len(stamps),
        "buyers": options.buyers,
        "per_second": _rate(stamps),
        "first_tenth_per_second": first,
        "last_tenth_per_second": last,
        "last_to_first": round(last / first, 2),
        "dead_rows_held_by_old_snapshot": dead,
        "load_average": os.getloadavg()[0],
    }


def _drain(url: str, offer: uuid.UUID, options: argparse.Namespace) -> list[float]:
    """When each key was taken, in order."""
    gate = threading.Barrier(options.buyers)
    with ThreadPoolExecutor(options.buyers) as pool:
        share = options.take // options.buyers
        found = list(pool.map(_buyer, repeat(url), repeat(offer), [share] * options.buyers, repeat(gate)))
    taken = [unit for _, units in found for unit in units]
    if len(set(taken)) != len(taken):
        raise RuntimeError("a key was taken twice")
    return sorted(stamp for stamps, _ in found for stamp in stamps)


def _buyer(url: str, offer: uuid.UUID, count: int, gate: threading.Barrier) -> tuple[list[float], list[uuid.UUID]]:
    stamps: list[float] = []
    units: list[uuid.UUID] = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set app.realm = 'trade'")
        gate.wait()
        for _ in range(count):
            row = connection.execute(_TAKE.encode(), {"offer": offer, "start": uuid.uuid4()}, prepare=True).fetchone()
            if row is None:
                raise RuntimeError("sold out too early")
            stamps.append(time.perf_counter())
            units.append(row[0])
    return stamps, units


def _dead_rows(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_stat_force_next_flush()")
        row = connection.execute("select n_dead_tup from pg_stat_user_tables where relname = 'stock'").fetchone()
    return row[0] if row else 0


def _rate(stamps: list[float]) -> int:
    return round(len(stamps) / (stamps[-1] - stamps[0]))
