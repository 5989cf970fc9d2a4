"""A disk that fills up under PostgreSQL and the stores' pages: a clear error, nothing half done, and recovery."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from cardmesh.app import create_web
from cardmesh.embedded.postgres import Postgres
from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.kit import migrate, tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.errors import Unavailable
from cardmesh.kit.ids import public_id
from cardmesh.settings import APP_ROLE, Settings
from cardmesh.stores import publish
from cardmesh.stores.models import Store
from cardmesh.trade.models import Order
from tests.fixtures.market import Market, open_market
from tests.fixtures.promises import Promise

DATABASE_MB, OBJECTS_MB = 400, 12


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, which only root may mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DATABASE_MB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a small file system can only be mounted by root: run the fault suite as root to see a full disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave_kb: int = 0) -> Path:
    """Take every free block but `leave_kb`; the file that holds them."""
    ballast = folder / "ballast"
    room = shutil.disk_usage(folder).free - leave_kb * 1024
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(room, 1))
    return ballast


@pytest.fixture
def cramped(small_disk: Path, tmp_path: Path) -> Iterator[tuple[APIFlask, Postgres]]:
    """The whole application over a server on the small disk."""
    with Postgres(small_disk, settings={"max_wal_size": "64MB", "min_wal_size": "32MB"}) as server:
        settings = Settings(
            database_url=server.url(),
            app_database_url=server.url(user=APP_ROLE),
            data_dir=tmp_path,
            secret_key="test secret",
        )
        migrate.upgrade(settings)
        app = create_web(settings)
        with app.app_context():
            yield app, server
            db.session.remove()
            db.engine.dispose()


def test_postgresql_runs_out_of_space(cramped: tuple[APIFlask, Postgres], small_disk: Path, promise: Promise) -> None:
    """Orders go on until the disk is full; the next is refused whole, and served under its key once there is room."""
    app, server = cramped
    with transaction(tenancy.platform()) as session:
        market = open_market(session)
        key = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=market.tenant_id, name="disk").secret
    market.fund(100_000_000)
    sku = market.sell(2_000, price=100, retail=200)
    ballast = fill(small_disk, leave_kb=256)
    done, refusals = 0, []
    while not refusals and done < 1_500:
        answer = place(app, key, sku=public_id("sku", sku), number=done)
        done += answer[0] == 201
        refusals += [answer] if answer[0] != 201 else []
    assert refusals, "the disk never filled up"
    status, body = refusals[0]
    assert (status, body["code"], body["retryable"]) == (503, "unavailable", True), body
    ballast.unlink()
    if not server.alive:  # it stops by itself rather than lose what it cannot write down
        server.stop()
        server.start()
    assert counts(market, sku) == (done, 2_000 - done)
    retried = retry(app, key, public_id("sku", sku), done)
    assert retried[0] == 201 and counts(market, sku) == (done + 1, 2_000 - done - 1)
    assert market.books()["tenant available"] == 100_000_000 - 100 * (done + 1)
    promise(
        "disk full under PostgreSQL",
        demanded="clear error, nothing half done, recovers",
        seen=f"503 unavailable after {done} orders, {done} there, the same key served after",
        faults=len(refusals),
    )


def place(app: APIFlask, key: str, *, sku: str, number: int) -> tuple[int, dict[str, object]]:
    body = {"external_ref": f"D-{number}", "items": [{"sku": sku, "quantity": 1}]}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"d-{number}", "Host": "localhost"}
    answer = app.test_client().post("/v1/orders", json=body, headers=headers)
    return answer.status_code, answer.get_json() or {}


def retry(app: APIFlask, key: str, sku: str, number: int) -> tuple[int, dict[str, object]]:
    """The pool may hold connections of the server that stopped."""
    answer = place(app, key, sku=sku, number=number)
    return answer if answer[0] == 201 else place(app, key, sku=sku, number=number)


def counts(market: Market, sku: object) -> tuple[int, int]:
    """(orders, units left), once the server answers again."""
    for _ in range(5):
        try:
            with transaction(tenancy.platform()) as session:
                orders = session.scalar(select(func.count()).select_from(Order)) or 0
            return orders, market.stock(sku)  # pyright: ignore[reportArgumentType] - a SKU's id
        except OperationalError:
            continue
    raise AssertionError("the database did not come back")


def test_pages_run_out_of_space(settings: Settings, small_disk: Path, promise: Promise) -> None:
    """Visitors keep the pages of before; the next build, once there is room, shows the change."""
    app = create_web(replace(settings, data_dir=small_disk))
    with app.app_context():
        with transaction(tenancy.platform()) as session:
            market = open_market(session)
            session.flush()
            session.get_one(Store, (market.tenant_id, market.store.store_id)).preset = "harbor"
        market.sell(3)
        first = build(market)
        site = publish.site_of(market.store.store_id)
        assert first and site.current() == public_id("bld", first.id)
        files = sum(1 for _ in (small_disk / "objects").rglob("*"))
        market.sell(3)
        ballast = fill(small_disk)
        with pytest.raises(Unavailable) as refused:
            build(market)
        assert "No space left" in str(refused.value.__cause__)
        assert site.current() == public_id("bld", first.id), "visitors see what they saw"
        halves = [path for path in (small_disk / "objects").rglob(".*") if path.is_file()]
        assert halves == [], "halves stay on a full disk"
        ballast.unlink()
        second = publish.run_build(tenant_id=market.tenant_id, store_id=market.store.store_id)
        assert second and second.status == "published" and site.current() == public_id("bld", second.id)
        assert files > 10
        db.session.remove()
        db.engine.dispose()
    promise(
        "disk full under the stores' pages",
        demanded="clear error, nothing half done, recovers",
        seen="the build is tried again, old pages served, 0 halves, published after",
        faults=1,
    )


def build(market: Market) -> publish.Build | None:
    ids = {"tenant_id": market.tenant_id, "store_id": market.store.store_id}
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        publish.request_build(session, **ids, reason="test")
    return publish.run_build(**ids)
