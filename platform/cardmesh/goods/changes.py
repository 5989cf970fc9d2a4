"""The diary of what changed for stores, written in the transaction of the change and read by the publisher."""

import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import insert
from sqlalchemy.orm import Session

from .models import CatalogChange


def note_skus(session: Session, sku_ids: Iterable[uuid.UUID], reason: str) -> None:
    """These SKUs look different in every store that lists them. `reason` is `noun.verbed`."""
    _write(session, [{"sku_id": sku_id, "reason": reason} for sku_id in dict.fromkeys(sku_ids)])


def note_listing(session: Session, tenant_id: uuid.UUID, sku_id: uuid.UUID, reason: str) -> None:
    """One SKU looks different in one tenant's stores."""
    _write(session, [{"tenant_id": tenant_id, "sku_id": sku_id, "reason": reason}])


def note_tenant(session: Session, tenant_id: uuid.UUID, reason: str) -> None:
    """Much has changed in one tenant's stores at once."""
    _write(session, [{"tenant_id": tenant_id, "reason": reason}])


def _write(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Inline: no id comes back, because only the publisher may read the diary."""
    if rows:
        session.execute(insert(CatalogChange).inline().values(rows))
