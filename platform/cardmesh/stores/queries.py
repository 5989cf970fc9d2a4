"""Selects of stores and builds, and their row locks."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ..goods.models import Listing
from ..kit.errors import NotFound
from .models import Build, BuildStatus, LookStatus, Store, StoreHost, StoreLook

HOST_SET_LIMIT = 100_000


def get_store(session: Session, *, store_id: uuid.UUID, lock: bool = False) -> Store:
    """Raises NotFound."""
    which = select(Store).where(Store.id == store_id)
    if lock:
        which = which.with_for_update(key_share=True).execution_options(populate_existing=True)
    if (store := session.scalar(which)) is None:
        raise NotFound
    return store


def list_stores(session: Session) -> Sequence[Store]:
    """The stores of the session's tenant (of all tenants for the platform), the oldest first."""
    return session.scalars(select(Store).order_by(Store.id)).all()


def wearers(session: Session, *, tenant_id: uuid.UUID, theme: str) -> Sequence[uuid.UUID]:
    """The tenant's stores that wear a theme, or whose draft does. All its stores are locked: none puts it on now."""
    which = select(Store.id, Store.theme).where(Store.tenant_id == tenant_id).order_by(Store.id).with_for_update()
    stores = session.execute(which).all()
    drafts = select(StoreLook.store_id).where(
        StoreLook.tenant_id == tenant_id, StoreLook.status == LookStatus.DRAFT, StoreLook.theme == theme
    )
    trying = set(session.scalars(drafts))
    return [row.id for row in stores if row.theme == theme or row.id in trying]


def hosts_beside(session: Session, base_host: str) -> Sequence[str]:
    """Hosts that are no subdomain of `base_host`: proven domains of distributors."""
    own = StoreHost.host.like(f"%.{base_host.replace('_', '')}")
    return session.scalars(select(StoreHost.host).where(~own).limit(HOST_SET_LIMIT)).all()


def stores_showing(
    session: Session, *, sku_ids: Collection[uuid.UUID], tenant_ids: Collection[uuid.UUID]
) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """(tenant, store) of the stores that list one of the SKUs, and of every store of the tenants."""
    listed = select(Listing.store_id).where(Listing.sku_id.in_(sku_ids))
    which = or_(Store.id.in_(listed), Store.tenant_id.in_(tenant_ids))
    return [
        (row.tenant_id, row.id)
        for row in session.execute(select(Store.tenant_id, Store.id).where(which).order_by(Store.id))
    ]


def lock_build(session: Session, *, store_id: uuid.UUID, status: BuildStatus) -> Build | None:
    """The newest build of a store in this state, locked. Waits for whoever changes it now, and looks again."""
    which = select(Build).where(Build.store_id == store_id, Build.status == status)
    return session.scalar(
        which.order_by(Build.id.desc()).limit(1).with_for_update().execution_options(populate_existing=True)
    )


def list_builds(session: Session, *, store_id: uuid.UUID, limit: int = 20) -> Sequence[Build]:
    """The newest builds first."""
    return session.scalars(select(Build).where(Build.store_id == store_id).order_by(Build.id.desc()).limit(limit)).all()


def drop_superseded(session: Session, *, store_id: uuid.UUID, newest: uuid.UUID) -> None:
    """Builds that waited or ran before a newer one took over count as failed by being superseded."""
    unfinished = Build.status.in_((BuildStatus.QUEUED, BuildStatus.RUNNING))
    session.execute(
        update(Build)
        .where(Build.store_id == store_id, Build.id < newest, unfinished)
        .values(status=BuildStatus.FAILED, failure="superseded")
    )


def get_build(session: Session, *, tenant_id: uuid.UUID, build_id: uuid.UUID) -> Build:
    """Raises NotFound."""
    if (build := session.get(Build, (tenant_id, build_id))) is None:
        raise NotFound
    return build
