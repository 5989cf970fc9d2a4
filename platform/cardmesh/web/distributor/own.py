"""The signed-in distributor's own tenant and store."""

import uuid
from collections.abc import Collection

from flask import Blueprint, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.catalog.service import list_categories
from ...goods.models import Listing
from ...identity.models import PartyStatus, Supplier, Tenant
from ...identity.tenants.service import get_tenant, require_active
from ...kit import runtime
from ...kit.db import transaction
from ...kit.errors import NotFound
from ...stores import service as stores
from ...stores.models import Store
from ..common.console import person, scope, t


def guard_suspended(blueprint: Blueprint) -> None:
    """A suspended distributor sees everything and changes nothing. Raises TenantSuspended on a change."""

    @blueprint.before_request
    def _check() -> None:
        with transaction(scope()) as session:
            tenant = own_tenant(session)
        if request.method != "GET":
            require_active(tenant)
        g.suspended = tenant.status != PartyStatus.ACTIVE


def own_tenant(session: Session) -> Tenant:
    return get_tenant(session, person().party_id)


def own_store(session: Session) -> Store:
    """The store this console is about. Raises NotFound."""
    store = stores.first_store(session, person().party_id)
    if store is None:
        raise NotFound
    return store


def store_url(store: Store) -> str:
    return runtime.current().settings.store_url(stores.host_of(store))


def listed(session: Session, store: Store, sku_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Those of these SKUs that the store lists, with their listings."""
    query = select(Listing.sku_id, Listing.id)
    where = (Listing.tenant_id == store.tenant_id, Listing.store_id == store.id, Listing.sku_id.in_(sku_ids))
    return dict(session.execute(query.where(*where)).all())


def category_options(session: Session) -> list[tuple[str, str]]:
    """For a filter: slugs and names."""
    return [(one.slug, t(one.name_zh, one.name_en)) for one in list_categories(session)]


def supplier_names(session: Session, supplier_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Supplier]:
    """Suppliers by id: a distributor chooses by name and grade."""
    query = select(Supplier).where(Supplier.id.in_(supplier_ids))
    return {row.id: row for row in session.scalars(query)}
