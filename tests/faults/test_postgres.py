"""kill -9 of PostgreSQL under load: what was acknowledged is there, what was unknown is settled by its key."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardmesh.embedded.postgres import Postgres
from cardmesh.embedded.valkey import Valkey
from cardmesh.kit import migrate
from cardmesh.settings import APP_ROLE, Settings
from tests.fixtures.promises import Promise

from . import stories
from .arena import Arena, running_arena
from .load import agree, under_load
from .stories import until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    """A server of its own, as durable as in production."""
    with Postgres(tmp_path / "pg") as started:
        yield started


@pytest.fixture
def fragile(server: Postgres, tmp_path: Path) -> Iterator[Arena]:
    """An arena on that server."""
    settings = Settings(
        database_url=server.url(),
        app_database_url=server.url(user=APP_ROLE),
        data_dir=tmp_path / "data",
        secret_key="test secret",
    )
    (tmp_path / "data").mkdir()
    migrate.upgrade(settings)
    with Valkey(tmp_path, persistent=False) as valkey, running_arena(settings, valkey.url()) as arena:
        yield arena


def kill(server: Postgres) -> None:
    """The postmaster and all its backends at once, as when a machine loses power; then start again."""
    assert server.pid
    os.killpg(server.pid, signal.SIGKILL)
    while server.alive:
        time.sleep(0.01)
    server.stop()
    server.start()


@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.faults)])
def test_no_acknowledged_order_is_lost(server: Postgres, fragile: Arena, promise: Promise, kills: int) -> None:
    stage = fragile.stage()
    sku = stage.market.sell(4_000, price=100, retail=200, warranty_hours=72)
    stage.notes["sku"] = stories.public_id("sku", sku)
    stage.market.fund(100_000_000)
    with under_load(stage, programs=6) as load:
        for _ in range(kills):
            more = load.acknowledged + 40
            until(lambda more=more: load.acknowledged >= more, "orders before the kill")
            kill(server)
            until(lambda more=more: load.acknowledged >= more + 20, "orders after the kill")
    lost, doubled = agree(load)
    assert (lost, doubled) == (0, 0)
    until(lambda: not stage.market.jobs("mail.order_delivered"), "the rest")
    books = stage.market.books()
    assert books["tenant available"] == 100_000_000 - 100 * load.acknowledged
    assert stage.market.stock(sku) == 4_000 - load.acknowledged
    promise(
        "kill -9 of PostgreSQL under load",
        demanded="0 acknowledged orders lost, every unknown settled",
        seen=f"{lost} of {load.acknowledged} lost, {doubled} doubled, {sum(load.unknown.values())} unknown settled",
        faults=kills if load.unknown else 0,
    )
