"""A store from its opening to its pages: what is built, when again, and what a reader sees meanwhile."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from cardmesh.embedded.s3 import S3
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.listings import service as listings
from cardmesh.goods.models import CatalogChange, Listing, Offer
from cardmesh.identity.tenants.service import create_tenant
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import NotFound
from cardmesh.kit.jobs import run
from cardmesh.kit.jobs.errors import RetryLater
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.kit.money import Money
from cardmesh.kit.storage import open_storage
from cardmesh.settings import Settings
from cardmesh.stores import catalog, look, publish, snapshot
from cardmesh.stores import service as stores
from cardmesh.stores.errors import NothingToRollBackTo
from cardmesh.stores.models import Build, BuildStatus, Store, StoreHost
from tests.fixtures.market import Market
from workers.registry import JOBS

STORES = {name: JOBS[name] for name in ("stores.build", "catalog.spread")}


@pytest.fixture
def store(market: Market) -> Store:
    """The market's store, with a host and two goods on sale, published."""
    market.sell(keys=30, retail=10_800)
    market.sell(keys=30, retail=20_800)
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(Store)).one()
        row.preset = "harbor"
        session.add(StoreHost(tenant_id=row.tenant_id, host="one.localhost", store_id=row.id))
    settle()
    return row


def settle() -> None:
    """What the workers do within seconds: changes become builds, builds become pages."""
    with transaction(tenancy.platform()) as session:
        catalog.spread(session)
    run.drain(STORES)


def ask(store: Store, reason: str = "test") -> Build:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        return publish.request_build(session, tenant_id=store.tenant_id, store_id=store.id, reason=reason)


def builds() -> list[Build]:
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(Build).order_by(Build.id)))


def page(store: Store, path: str = "/") -> str:
    found = publish.site_of(store.id).read(path)
    assert found is not None, path
    return found[0].decode()


def product_page(store: Store) -> str:
    manifest = publish.site_of(store.id).record(publish.site_of(store.id).current())
    assert manifest is not None
    path = next(path for path in manifest.manifest.entries if path.startswith("/p/"))
    return page(store, path.removesuffix("index.html"))


def reprice(store: Store, minor: int) -> None:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        listing = session.scalars(select(Listing).order_by(Listing.id)).first()
        assert listing is not None
        listings.update(session, tenant_id=store.tenant_id, listing_id=listing.id, retail=Money(minor, "CNY"))


def test_an_empty_store_is_published_too(app: Flask) -> None:
    with transaction(tenancy.platform()) as session:
        tenant = create_tenant(session, name="星卡", handle="star")
        made = stores.open_store(session, tenant=tenant, name="星卡")
    assert [build.status for build in builds()] == [BuildStatus.QUEUED]
    run.drain(STORES)
    (done,) = builds()
    assert (done.status, done.failure, done.pages > 10) == (BuildStatus.PUBLISHED, None, True)
    assert "星卡" in page(made)


def test_pages_show_what_a_quote_would_say(store: Store) -> None:
    text = product_page(store)
    assert "108.00" in text and "208.00" in text


def test_a_price_change_is_on_the_pages_and_only_where_it_shows(store: Store) -> None:
    reprice(store, 11_100)
    settle()
    assert "111.00" in product_page(store) and "108.00" not in product_page(store)
    last = builds()[-1]
    assert last.status == BuildStatus.PUBLISHED
    assert 0 < last.rendered < last.pages


def test_no_change_no_build(store: Store) -> None:
    before = len(builds())
    settle()
    settle()
    assert len(builds()) == before


def test_what_runs_low_and_out_is_said(store: Store) -> None:
    with transaction(tenancy.platform()) as session:
        for offer in session.scalars(select(Offer)):
            inventory.take(session, offer=offer, count=30)
        session.add(CatalogChange(tenant_id=store.tenant_id, reason="test"))
    settle()
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        made = snapshot.snapshot(session, store=session.get_one(Store, (store.tenant_id, store.id)))
    assert {sku.stock for product in made.products for sku in product.skus} == {"out"}


def test_a_listing_that_would_lose_money_is_not_shown(store: Store) -> None:
    with transaction(tenancy.platform()) as session:
        for offer in session.scalars(select(Offer)):
            offer.base_price_minor = 15_000
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        made = snapshot.snapshot(session, store=session.get_one(Store, (store.tenant_id, store.id)))
    assert [sku.price.amount for product in made.products for sku in product.skus] == [20_800]


def test_a_change_reaches_every_store_that_lists_it_and_no_other(store: Store) -> None:
    with transaction(tenancy.platform()) as session:
        stranger = create_tenant(session, name="Two", handle="two")
        stores.open_store(session, tenant=stranger, name="Two")
        sku_id = session.scalars(select(Listing.sku_id)).first()
        session.add(CatalogChange(sku_id=sku_id, reason="test"))
    run.drain(STORES)
    with transaction(tenancy.platform()) as session:
        assert catalog.spread(session) == 1
        waiting = session.scalars(select(OutboxJob.tenant_id).where(OutboxJob.name == "stores.build")).all()
        assert waiting == [store.tenant_id]
        assert session.scalars(select(CatalogChange)).all() == []


def test_requests_that_wait_are_one_build(store: Store) -> None:
    before = len(builds())
    assert ask(store).id == ask(store).id == ask(store).id
    assert len(builds()) == before + 1
    assert run.drain(STORES) == 1


def test_a_request_during_a_build_gets_one_of_its_own(
    app: Flask, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running build has read the catalog already: joining it would lose the change."""
    original, asked = publish.snapshot, []

    def late(session: object, *, store: Store) -> object:
        made = original(session, store=store)  # pyright: ignore[reportArgumentType]
        if not asked:
            asked.append(in_thread(app, store))
        return made

    monkeypatch.setattr(publish, "snapshot", late)
    ask(store)
    before = len(builds())
    run.drain(STORES)
    assert len(builds()) == before + 1
    assert [build.status for build in builds()[-2:]] == [BuildStatus.PUBLISHED] * 2


def in_thread(app: Flask, store: Store) -> bool:
    def body() -> None:
        with app.app_context():
            ask(store, "late")

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    return True


def test_two_builds_of_one_store_take_turns(store: Store) -> None:
    ask(store)
    with publish._our_turn(store.id), pytest.raises(RetryLater):
        publish.run_build(tenant_id=store.tenant_id, store_id=store.id)
    assert publish.run_build(tenant_id=store.tenant_id, store_id=store.id) is not None


def test_a_build_whose_worker_died_is_taken_up_again(store: Store) -> None:
    asked = ask(store)
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        session.get_one(Build, (store.tenant_id, asked.id)).status = BuildStatus.RUNNING
    run.drain(STORES)
    assert builds()[-1].status == BuildStatus.PUBLISHED
    assert builds()[-1].id == asked.id


def test_a_build_that_was_done_is_not_done_again(store: Store) -> None:
    assert publish.run_build(tenant_id=store.tenant_id, store_id=store.id) is None


def test_a_theme_that_cannot_be_built_fails_with_words_and_keeps_the_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, theme = page(store), look.bundled("classic")
    broken = {**theme.files, "sections/hero.html.j2": "{{ nosuch }}"}
    monkeypatch.setattr(look, "bundled", lambda handle: replace(theme, files=broken))
    ask(store)
    run.drain(STORES)
    last = builds()[-1]
    assert last.status == BuildStatus.FAILED and "nosuch" in (last.failure or "")
    assert page(store) == before


def test_values_that_a_newer_theme_does_not_know_are_kept_and_hold_up_no_build(store: Store) -> None:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        session.get_one(Store, (store.tenant_id, store.id)).settings = {"nosuch": 1, "header_style": "brand"}
    ask(store)
    run.drain(STORES)
    assert builds()[-1].status == BuildStatus.PUBLISHED
    assert 'data-header="brand"' in page(store)
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        assert session.get_one(Store, (store.tenant_id, store.id)).settings == {"nosuch": 1, "header_style": "brand"}


def test_rolling_back_is_instant_and_the_next_change_moves_on(store: Store) -> None:
    reprice(store, 11_100)
    settle()
    publish.rollback(tenant_id=store.tenant_id, store_id=store.id)
    assert "108.00" in product_page(store)
    reprice(store, 12_200)
    settle()
    assert "122.00" in product_page(store)


def test_there_must_be_something_to_roll_back_to(store: Store) -> None:
    with pytest.raises(NothingToRollBackTo):
        publish.rollback(tenant_id=store.tenant_id, store_id=store.id)


def test_old_builds_are_cleared_away(store: Store) -> None:
    for number in range(publish.KEEP_BUILDS + 2):
        reprice(store, 12_000 + number)
        settle()
    assert len(publish.site_of(store.id).builds()) == publish.KEEP_BUILDS


def test_a_storage_that_lost_contents_is_mended(store: Store) -> None:
    site = publish.site_of(store.id)
    record = site.record(site.current())
    assert record is not None
    lost = record.manifest.entries["/index.html"].sha256
    runtime.current().storage.delete(site.blob_key(record.where[lost], lost))
    assert site.read("/") is None
    ask(store)
    run.drain(STORES)
    assert [build.status for build in builds()[-2:]] == [BuildStatus.FAILED, BuildStatus.PUBLISHED]
    assert "One" in page(store)


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    folder: Path = tmp_path_factory.mktemp("s3")
    with S3(folder) as server:
        yield server


def test_pages_live_in_a_bucket_as_well(s3: S3, settings: Settings, store: Store) -> None:
    bucket = {name.lower(): value for name, value in s3.env.items()}
    before = runtime.current()
    after = replace(before.settings, **bucket)
    runtime.install(replace(before, settings=after, storage=open_storage(after)))
    ask(store)
    settle()
    assert "108.00" in product_page(store)
    reprice(store, 11_100)
    settle()
    assert "111.00" in product_page(store)
    publish.rollback(tenant_id=store.tenant_id, store_id=store.id)
    assert "108.00" in product_page(store)


def test_a_stranger_cannot_roll_back(store: Store) -> None:
    with pytest.raises(NotFound):
        publish.rollback(tenant_id=uuid.uuid4(), store_id=store.id)
