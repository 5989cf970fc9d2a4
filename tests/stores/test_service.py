"""Open and change a store; find it by its host and by nothing else."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from cardmesh.app import create_wsgi
from cardmesh.identity.errors import HandleInvalid, HandleReserved, HandleTaken
from cardmesh.identity.models import AuditRecord, Tenant
from cardmesh.identity.tenants import service as tenants
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.errors import MeshError, NotFound
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.settings import Settings
from cardmesh.stores import directory
from cardmesh.stores import service as stores
from cardmesh.stores.errors import CurrencyUnknown, LookInvalid, ProfileInvalid, ThemeUnknown, VersionMismatch
from cardmesh.stores.models import Build, Store, StoreHost


def make_tenant(handle: str = "star") -> Tenant:
    with transaction(tenancy.platform()) as session:
        return tenants.create_tenant(session, name=handle.title(), handle=handle)


@pytest.fixture
def tenant(app: Flask) -> Tenant:
    return make_tenant()


@pytest.fixture
def store(tenant: Tenant) -> Store:
    with transaction(tenancy.platform()) as session:
        return stores.open_store(session, tenant=tenant, name="星卡")


def counts() -> tuple[int, ...]:
    """Stores, hosts, builds, jobs, audit records."""
    with transaction(tenancy.platform()) as session:
        tables = (Store, StoreHost, Build, OutboxJob, AuditRecord)
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def test_an_open_store_has_a_host_a_look_and_a_build_on_the_way(store: Store) -> None:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        assert session.scalars(select(StoreHost.host)).all() == ["star.localhost"]
        assert session.scalars(select(OutboxJob.name)).all() == ["stores.build"]
        assert session.scalars(select(AuditRecord.action)).all() == ["store.opened"]
    assert (store.preset, store.currency, store.locale) == ("harbor", "CNY", "zh-CN")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"handle": "www"}, HandleReserved),
        ({"handle": "xn--star"}, HandleReserved),
        ({"handle": "Star"}, HandleInvalid),
        ({"handle": "a.b"}, HandleInvalid),
        ({"handle": "star-"}, HandleInvalid),
        ({"handle": "x" * 41}, HandleInvalid),
        ({"theme": "nosuch"}, ThemeUnknown),
        ({"theme": "../../etc"}, ThemeUnknown),
        ({"preset": "nosuch"}, LookInvalid),
        ({"name": ""}, ProfileInvalid),
        ({"name": "a\x00b"}, ProfileInvalid),
        ({"locale": "fr"}, ProfileInvalid),
        ({"currency": "XXX"}, CurrencyUnknown),
    ],
)
def test_what_cannot_be_opened_leaves_nothing(tenant: Tenant, options: dict[str, str], error: type[MeshError]) -> None:
    before = counts()
    with pytest.raises(error), transaction(tenancy.platform()) as session:
        stores.open_store(session, tenant=tenant, **{"name": "星卡", **options})
    assert counts() == before


def test_a_handle_is_taken_once(store: Store) -> None:
    other = make_tenant("other")
    before = counts()
    with pytest.raises(HandleTaken), transaction(tenancy.platform()) as session:
        stores.open_store(session, tenant=other, name="Other", handle="star")
    assert counts() == before


def test_a_change_is_audited_and_published(store: Store) -> None:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        changed = stores.update_store(
            session,
            store_id=store.id,
            version=1,
            changes={"name": "新星", "preset": "jade", "profile": {"announcement": "你好", "contact": {"qq": "1"}}},
        )
        assert (changed.version, changed.preset) == (2, "jade")
        record = session.scalars(select(AuditRecord).where(AuditRecord.action == "store.changed")).one()
    assert record.details["before"]["name"] == "星卡" and record.details["after"]["name"] == "新星"


def test_only_the_version_that_was_seen_can_be_changed(store: Store) -> None:
    with pytest.raises(VersionMismatch) as refused, transaction(tenancy.tenant(store.tenant_id)) as session:
        stores.update_store(session, store_id=store.id, version=7, changes={"name": "新星"})
    assert refused.value.extra == {"version": 1}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"theme": "nosuch"}, ThemeUnknown),
        ({"preset": "nosuch"}, LookInvalid),
        ({"settings": {"nosuch": 1}}, LookInvalid),
        ({"profile": {"nosuch": 1}}, ProfileInvalid),
        ({"profile": {"logo": "https://elsewhere.example/x.png"}}, ProfileInvalid),
        ({"profile": {"contact": "me"}}, ProfileInvalid),
        ({"name": "x" * 501}, ProfileInvalid),
    ],
)
def test_a_refused_change_changes_nothing(store: Store, changes: dict[str, object], error: type[MeshError]) -> None:
    before = counts()
    with pytest.raises(error) as refused, transaction(tenancy.tenant(store.tenant_id)) as session:
        stores.update_store(session, store_id=store.id, changes=changes)
    assert error is ThemeUnknown or refused.value.errors[0].pointer.startswith("/")
    assert counts() == before
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        kept = session.scalars(select(Store)).one()
        assert (kept.name, kept.theme, kept.version, kept.profile) == ("星卡", "classic", 1, {})


def test_a_neighbour_s_store_is_not_there(store: Store) -> None:
    other = make_tenant("other")
    with pytest.raises(NotFound), transaction(tenancy.tenant(other.id)) as session:
        stores.update_store(session, store_id=store.id, changes={"name": "mine"})


def test_a_store_answers_for_exactly_its_host(store: Store) -> None:
    found = directory.resolve("star.localhost")
    assert found is not None
    assert (found.store_id, found.tenant_id, found.handle, found.tenant_status) == (
        store.id,
        store.tenant_id,
        "star",
        "active",
    )
    for host in ("", "localhost", "tar.localhost", "xstar.localhost", "star.localhost.evil.example", "STAR.localhost"):
        assert directory.resolve(host) is None


def test_a_host_is_remembered_for_a_moment(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.resolve("star.localhost")
    directory.resolve("nobody.localhost")
    asked: list[str] = []
    monkeypatch.setattr(directory, "lookup", lambda _session, host: asked.append(host))
    for _ in range(5):
        directory.resolve("star.localhost")
        directory.resolve("nobody.localhost")
    assert asked == []
    now = directory.time.monotonic()
    monkeypatch.setattr(directory.time, "monotonic", lambda: now + directory.REMEMBER_SECONDS)
    directory.resolve("star.localhost")
    directory.resolve("nobody.localhost")
    assert asked == ["star.localhost", "nobody.localhost"]


def test_a_serving_process_knows_proven_domains_from_its_first_request(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(tenancy.platform()) as session:
        session.add(StoreHost(tenant_id=store.tenant_id, host="cards.example.com", store_id=store.id))
    for name in ("database_url", "app_database_url", "data_dir", "secret_key"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    before = runtime.current()
    served = create_wsgi()
    answer = served.test_client().get("/api/products", headers={"Host": "cards.example.com"})
    assert answer.status_code == 200, answer.text
    with served.app_context():
        db.session.remove()
        db.engine.dispose()
    monkeypatch.setenv("APP_DATABASE_URL", "postgresql://cardmesh_app@127.0.0.1:9/nowhere")
    alone = create_wsgi()
    assert alone.test_client().get("/healthz", headers={"Host": "localhost"}).status_code == 200
    runtime.install(before)


def test_a_proven_domain_is_known_without_a_look_up(store: Store) -> None:
    with transaction(tenancy.platform()) as session:
        session.add(StoreHost(tenant_id=store.tenant_id, host="cards.example.com", store_id=store.id))
    assert not directory.is_custom_host("cards.example.com")
    directory.learn_custom_hosts()
    assert directory.is_custom_host("cards.example.com")
    assert not directory.is_custom_host("star.localhost")
    assert not directory.is_custom_host("evil.example.com")
    found = directory.resolve("cards.example.com")
    assert found is not None and found.store_id == store.id
