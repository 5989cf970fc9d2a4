"""A store is published by two at once, or changed while it is."""

import pytest
from sqlalchemy import func, select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.jobs import run
from cardmesh.kit.jobs.errors import RetryLater
from cardmesh.stores import publish
from cardmesh.stores import service as stores
from cardmesh.stores.errors import NothingToRollBackTo
from cardmesh.stores.models import Build, BuildStatus, Store, StoreHost
from tests.fixtures.market import Market
from workers.registry import JOBS

from .interleave import UNCOMMITTED, Race, between

STORES = {"stores.build": JOBS["stores.build"]}
LATER = "later"


@pytest.fixture
def store(market: Market) -> Store:
    """Published once, under its first name."""
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(Store)).one()
        row.preset = "harbor"
        session.add(StoreHost(tenant_id=row.tenant_id, host="one.localhost", store_id=row.id))
    ask(row)
    assert run.drain(STORES) == 1 and states() == ["published"]
    return row


def ask(store: Store) -> str:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        return str(publish.request_build(session, tenant_id=store.tenant_id, store_id=store.id, reason="race").id)


def build(store: Store) -> str | None:
    """The state of what was built; LATER when somebody else is at it, None when nothing waits."""
    try:
        made = publish.run_build(tenant_id=store.tenant_id, store_id=store.id)
    except RetryLater:
        return LATER
    return made and made.status


def rename(store: Store, name: str = "Two") -> str:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        return stores.update_store(session, store_id=store.id, changes={"name": name}).name


def states() -> list[str]:
    """How each build ended, oldest first; "superseded" when a newer one did its work."""
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(func.coalesce(Build.failure, Build.status)).order_by(Build.id)))


def title(store: Store) -> str:
    """The name that visitors see."""
    found = publish.site_of(store.id).read("/")
    assert found is not None
    return found[0].decode().partition("<title>")[2].partition("</title>")[0]


@between(
    ("publish", "build.taken", "again"),
    ("publish", "build.made", "again"),
    ("publish", "build.published", "again"),
    ("publish", "build.closed", "again"),
)
def test_two_publish(race: Race, store: Store) -> None:
    """One at a time: who comes second tries again later, and finds nothing left to do."""
    ask(store)
    ends = race.run(publish=lambda: build(store), again=lambda: build(store))
    assert ends == {"publish": "published", "again": LATER} and not race.waited
    assert build(store) is None and states() == ["published"] * 2


@between(
    ("ask", "build.requested", "again"),
    ("ask", UNCOMMITTED, "again"),
)
def test_two_ask_for_a_build(race: Race, store: Store) -> None:
    """Whatever stands in the table, what both wrote is on the pages after the work that was promised."""
    race.run(ask=lambda: ask(store), again=lambda: rename(store))
    assert race.waited
    run.drain(STORES)
    assert "Two" in title(store) and set(states()) <= {"published", "superseded"} and build(store) is None


@between(
    ("ask", "build.requested", "publish"),
    ("publish", "build.taken", "rename"),
    ("publish", "build.made", "rename"),
    ("publish", "build.published", "rename"),
    ("publish", "build.closed", "rename"),
    ("rename", UNCOMMITTED, "publish"),
)
def test_a_store_changes_while_it_is_built(race: Race, store: Store) -> None:
    """A change is never lost: it is in this build or in one of its own."""
    if race.point != "build.requested":
        ask(store)
    ends = race.run(ask=lambda: rename(store), rename=lambda: rename(store), publish=lambda: build(store))
    assert ends["publish"] == (None if race.point == "build.requested" else "published")
    run.drain(STORES)
    assert "Two" in title(store) and set(states()) <= {"published", "superseded"} and build(store) is None


@between(
    ("publish", "build.made", "rollback"),
    ("publish", "build.published", "rollback"),
)
def test_rolled_back_while_a_build_is_published(race: Race, store: Store) -> None:
    """Who comes last is served; there is no third state."""
    rename(store)

    def rollback() -> str:
        try:
            return publish.rollback(tenant_id=store.tenant_id, store_id=store.id)
        except NothingToRollBackTo:
            return LATER

    ends = race.run(publish=lambda: build(store), rollback=rollback)
    assert ends["publish"] == BuildStatus.PUBLISHED and not race.waited
    back = race.point == "build.published"
    assert (ends["rollback"] == LATER) != back
    assert ("One" if back else "Two") in title(store)
