"""The diary of what changed for stores, written in the transaction of the change and read by the publisher."""

import uuid
from collections.abc import Iterable

from sqlalchemy import insert
from sqlalchemy.orm import Session

from .models import CatalogChange


def note_skus(session: Session, sku_ids: Iterable[uuid.UUID], reason: str) -> None:
    """These SKUs look different in every store that lists them. `reason` is `noun.verbed`."""
    rows = [{"sku_id": sku_id, "reason": reason} for sku_id in dict.fromkeys(sku_ids)]
    if rows:
        session.execute(insert(CatalogChange), rows)


def note_listing(session: Session, tenant_id: uuid.UUID, sku_id: uuid.UUID, reason: str) -> None:
    """One SKU looks different in one tenant's stores."""
    session.execute(insert(CatalogChange).values(tenant_id=tenant_id, sku_id=sku_id, reason=reason))


def note_tenant(session: Session, tenant_id: uuid.UUID, reason: str) -> None:
    """Much has changed in one tenant's stores at once."""
    session.execute(insert(CatalogChange).values(tenant_id=tenant_id, reason=reason))
