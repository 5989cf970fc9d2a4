"""The first two belts: a query needs a scope, and sees only its own rows even when it asks for all."""

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from cardmesh.identity.models import Tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import UnscopedQuery, db, transaction
from cardmesh.kit.ids import new_id
from cardmesh.stores.models import Store


def two_stores() -> tuple[Store, Store]:
    with transaction(tenancy.platform()) as session:
        tenants = [Tenant(id=new_id(), handle=f"shop-{n}", name=f"Shop {n}") for n in (1, 2)]
        session.add_all(tenants)
        session.flush()
        stores = [Store(tenant_id=t.id, id=new_id(), handle=t.handle, name=t.name) for t in tenants]
        session.add_all(stores)
    return stores[0], stores[1]


def test_a_query_without_a_scope_is_refused(app: Flask) -> None:
    with pytest.raises(UnscopedQuery):
        db.session.execute(select(Tenant))


def test_every_select_is_narrowed_also_one_that_only_names_its_table(app: Flask) -> None:
    mine, _ = two_stores()
    with transaction(tenancy.tenant(mine.tenant_id)) as session:
        assert session.scalars(select(Store.id)).all() == [mine.id]
        assert session.scalar(select(func.count()).select_from(Store)) == 1


def test_the_database_narrows_what_bypasses_the_orm(app: Flask) -> None:
    mine, other = two_stores()
    with transaction(tenancy.tenant(mine.tenant_id)) as session:
        assert session.scalars(text("select id from stores")).all() == [mine.id]
        changed = session.execute(text("update stores set name = 'x' where id = :id"), {"id": other.id})
        assert changed.rowcount == 0  # pyright: ignore[reportAttributeAccessIssue] - a cursor result


def test_the_scope_ends_with_its_transaction(app: Flask) -> None:
    mine, _ = two_stores()
    with transaction(tenancy.tenant(mine.tenant_id)) as session:
        assert session.scalar(text("select app_tenant()")) == mine.tenant_id
    with db.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from stores")) == 0
