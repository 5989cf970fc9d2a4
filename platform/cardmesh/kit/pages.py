"""Cursor pages over any select, newest first: stable while rows are added, and as fast on page 1,000 as on page 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """`rows` newest first; `has_more` in the direction of travel."""

    rows: Sequence[T]
    has_more: bool


def paginate(
    session: Session, query: Select[T], key: Any, *, after: object = None, before: object = None, limit: int = 20
) -> Page[T]:
    """The rows that follow `after` (older), or precede `before` (newer), by the unique column `key`."""
    if before is not None:
        rows = session.scalars(query.where(key > before).order_by(key.asc()).limit(limit + 1)).all()
        return Page(list(reversed(rows[:limit])), len(rows) > limit)
    if after is not None:
        query = query.where(key < after)
    rows = session.scalars(query.order_by(key.desc()).limit(limit + 1)).all()
    return Page(rows[:limit], len(rows) > limit)
