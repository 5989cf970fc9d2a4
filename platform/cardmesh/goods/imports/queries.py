"""Selects over imports; the row lock."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...kit.errors import NotFound
from ..models import Category, Import


def get(session: Session, import_id: uuid.UUID) -> Import:
    """Raises NotFound."""
    row = session.scalar(select(Import).where(Import.id == import_id))
    if row is None:
        raise NotFound
    return row


def locked(session: Session, import_id: uuid.UUID) -> Import:
    """The import as it is now; one run at a time holds it for a batch. Raises NotFound."""
    query = select(Import).where(Import.id == import_id).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def category_names(session: Session) -> Sequence[tuple[str, str, str]]:
    """(slug, Chinese name, English name) of each category."""
    rows = session.execute(select(Category.slug, Category.name_zh, Category.name_en))
    return [(slug, zh, en) for slug, zh, en in rows]
