"""A store from its opening to its pages: what is built, when again, and what a reader sees meanwhile."""

import pytest
from flask import Flask
from sqlalchemy import select

from cardmesh.identity.tenants.service import create_tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.jobs import run
from cardmesh.stores import service as stores
from cardmesh.stores import serving
from cardmesh.stores.models import Build, BuildStatus, Store
from cardmesh.stores.serving import Content
from workers.registry import JOBS


@pytest.fixture
def store(app: Flask) -> Store:
    with transaction(tenancy.platform()) as session:
        tenant = create_tenant(session, name="星卡", handle="star")
        return stores.open_store(session, tenant=tenant, name="星卡")


def builds(store: Store) -> list[Build]:
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(Build).where(Build.store_id == store.id).order_by(Build.id)))


def test_the_first_build_is_on_its_way_when_a_store_opens(store: Store) -> None:
    assert [build.status for build in builds(store)] == [BuildStatus.QUEUED]
    assert run.drain(JOBS) == 1
    done = builds(store)[0]
    assert (done.status, done.failure) == (BuildStatus.PUBLISHED, None)
    assert done.pages > 10
    page = serving.Pages(serving.pages().owner).find(store.id, "/", gzip=False)
    assert isinstance(page, Content)
    assert "星卡" in page.body.decode()
