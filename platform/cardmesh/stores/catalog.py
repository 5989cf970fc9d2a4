"""From the diary of changes to builds: which stores show what has changed."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..goods.models import CatalogChange
from . import publish, queries

BATCH = 2000


def spread(session: Session) -> int:
    """Request builds of the stores that a batch of changes touches; returns how many. Needs the platform's scope.

    The lines are read by deleting them: exactly the rows this transaction saw, none that commits later with a smaller
    number, and none twice. If the transaction fails they are back.
    """
    oldest = select(CatalogChange.id).order_by(CatalogChange.id).limit(BATCH).with_for_update(skip_locked=True)
    changes = session.execute(
        delete(CatalogChange)
        .where(CatalogChange.id.in_(oldest.scalar_subquery()))
        .returning(CatalogChange.sku_id, CatalogChange.tenant_id)
        .execution_options(synchronize_session=False)
    ).all()
    everywhere = {sku_id for sku_id, tenant_id in changes if sku_id and not tenant_id}
    of_tenants = {tenant_id for _, tenant_id in changes if tenant_id}
    if not changes:
        return 0
    touched = queries.stores_showing(session, sku_ids=everywhere, tenant_ids=of_tenants)
    for tenant_id, store_id in touched:
        publish.request_build(session, tenant_id=tenant_id, store_id=store_id, reason="catalog.changed")
    return len(touched)
