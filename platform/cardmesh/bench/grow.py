"""`cardmesh bench grow`: the state of an installation that has traded for a quarter, built in minutes.

Parties, offers and listings come from the verbs; keys are sealed and fingerprinted as an import does it; orders and
their journal are computed by the rules that compute real ones and copied in; the jobs that follow trade, the public
log's and the figures', have caught up. `cardmesh verify` must find every law kept afterwards. Foreign keys and triggers
rest during the COPY, which is why it needs the superuser of its own server.
"""

import argparse
import json
import os
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from ..app import create_app
from ..embedded import data_folder, environment
from ..embedded.postgres import SUPERUSER, Postgres
from ..insight.boards import fold as figures
from ..kit import migrate, tenancy
from ..kit.db import db, transaction
from ..money.ledger import service as ledger
from ..money.ledger.accounts import ensure_accounts
from ..provenance import sequencer
from ..settings import APP_ROLE, Settings
from .growth import keys, orders, parties
from .growth.size import Size


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="the folder to build it in; must be new")
    for name, default in Size().__dict__.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{name} in all (default {default:,})")
    parser.add_argument("--processes", type=int, default=2, help="that seal keys and compute orders (default 2)")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Raises FileExistsError for a folder that holds a database."""
    size = Size(**{name: getattr(options, name) for name in Size().__dict__})
    settings = {"max_wal_size": "8GB", "synchronous_commit": "off", "full_page_writes": "off"}
    with data_folder.held(options.data) as folder:
        if (folder / "pgdata").exists():
            raise FileExistsError(f"{folder} holds a database already")
        with Postgres(folder, settings=settings) as server:
            return _grow(server, folder, size, options.processes)


def settings_of(server: Postgres, folder: Path) -> Settings:
    """The settings of the installation in `folder`, as `cardmesh up` makes them: it can go on with it."""
    made = environment.installation({}, folder, port=0)
    return Settings(
        database_url=server.url(),
        app_database_url=server.url(user=APP_ROLE),
        data_dir=folder,
        secret_key=made["SECRET_KEY"],
        master_key_file=Path(made["MASTER_KEY_FILE"]),
    )


def _grow(server: Postgres, folder: Path, size: Size, processes: int) -> dict[str, Any]:
    settings = settings_of(server, folder)
    migrate.upgrade(settings)
    seconds: dict[str, float] = {}
    app = create_app(settings)
    with app.app_context():
        world = _timed(seconds, "parties", parties.make, size)
        crews = _crews(world, processes)
        url = server.url(user=SUPERUSER)
        _spread(seconds, "keys", keys.fill, [(settings, url, crew, size) for crew in crews])
        with transaction(tenancy.platform()) as session:
            ensure_accounts(session, orders.accounts(world))
        _spread(seconds, "orders", orders.fill, [(url, world, crew, size) for crew in crews])
        with transaction(tenancy.platform()) as session:
            _timed(seconds, "fold", ledger.fold, session)
        _timed(seconds, "vacuum", _tidy, url)
        _timed(seconds, "log", sequencer.catch_up)
        _timed(seconds, "figures", figures.catch_up)
        db.engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        rows = dict(connection.execute("select relname, n_live_tup from pg_stat_user_tables").fetchall())
    (folder / "bench-keys.json").write_text(json.dumps(world.api_keys))
    return {
        "bench": "grow",
        "rows": {name: count for name, count in sorted(rows.items()) if count},
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "load_average": os.getloadavg()[0],
    }


def _tidy(url: str) -> None:
    """Statistics, so that the jobs that catch up afterwards are planned as on any database that has lived."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop table grown_sold")
        _skip_the_builds(connection)
        connection.execute("vacuum analyze")


def _skip_the_builds(connection: psycopg.Connection) -> None:
    """A thousand stores' pages would keep the worker busy for long, and nothing that is measured here touches them."""
    connection.execute("delete from outbox where name = 'stores.build'")
    connection.execute("delete from catalog_changes")
    connection.execute("update builds set status = 'published', finished_at = now() where status = 'queued'")


def _crews(world: parties.World, processes: int) -> list[list[parties.Pool]]:
    """The offers dealt out; a process has its own suppliers' keys and sells them."""
    return [world.pools[start::processes] for start in range(processes)]


def _spread(seconds: dict[str, float], stage: str, work: Any, shares: list[tuple[Any, ...]]) -> None:
    """One process for each share; spawned, for the parent's connections are not theirs."""
    began = time.perf_counter()
    with get_context("spawn").Pool(len(shares)) as pool:
        pool.starmap(work, shares)
    seconds[stage] = time.perf_counter() - began


def _timed(seconds: dict[str, float], stage: str, work: Any, *arguments: Any) -> Any:
    began = time.perf_counter()
    try:
        return work(*arguments)
    finally:
        seconds[stage] = time.perf_counter() - began
