"""Build stores from the command line."""

from collections.abc import Sequence

from sqlalchemy import select

from ..kit import tenancy
from ..kit.db import transaction
from . import publish
from .models import BuildStatus, Store


def build(handle: str | None) -> int:
    """Build one store, or every store; 0 when all were published, 1 when one failed or is not there."""
    stores = _stores(handle)
    if not stores:
        print(f"没有店铺 {handle} · there is no store {handle}" if handle else "没有店铺 · there are no stores")
        return 1 if handle else 0
    return max(_build(store) for store in stores)


def _stores(handle: str | None) -> Sequence[Store]:
    query = select(Store).order_by(Store.handle)
    with transaction(tenancy.platform()) as session:
        return session.scalars(query.where(Store.handle == handle) if handle else query).all()


def _build(store: Store) -> int:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        publish.request_build(session, tenant_id=store.tenant_id, store_id=store.id, reason="asked on the command line")
    row = publish.run_build(tenant_id=store.tenant_id, store_id=store.id)
    if row is None:
        print(f"{store.handle}: 已由后台生成 · a worker has built it")
        return 0
    print(f"{store.handle}: {row.status}, {row.rendered}/{row.pages} {row.failure or ''}".rstrip())
    return 0 if row.status == BuildStatus.PUBLISHED else 1
