"""Papers grow old: their party is told before, and they count no more after."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from ...kit import clock
from ..audit.service import record
from . import letters
from .models import DocumentStatus, IdentityDocument
from .rules import WARNING


def outdate(session: Session, limit: int = 500) -> int:
    """Approved papers whose time is over are asked for again; how many."""
    rows = _due(session, IdentityDocument.recheck_at <= clock.now(), limit=limit)
    for row in rows:
        row.status = DocumentStatus.EXPIRED
        record(session, party_id=row.party_id, action="document.expired", subject="document", subject_id=row.id)
        if not has_successor(session, row):
            letters.promise(session, row, DocumentStatus.EXPIRED)
    session.flush()
    return len(rows)


def warn(session: Session, limit: int = 500) -> int:
    """Tell of approved papers whose time is nearly over, once each; how many."""
    near = IdentityDocument.recheck_at <= clock.now() + WARNING
    rows = _due(session, near, IdentityDocument.warned_at.is_(None), limit=limit)
    for row in rows:
        row.warned_at = clock.now()
        if not has_successor(session, row):
            letters.promise(session, row, letters.EXPIRING)
    session.flush()
    return len(rows)


def has_successor(session: Session, row: IdentityDocument) -> bool:
    """Whether the party has sent a newer one of the kind that is approved or waits: nobody is asked for that again."""
    newer = aliased(IdentityDocument)
    same = (newer.party_id == row.party_id, newer.kind == row.kind, newer.id > row.id)
    good = newer.status.in_((DocumentStatus.APPROVED, DocumentStatus.PENDING))
    return bool(session.scalar(select(exists().where(*same, good))))


def _due(session: Session, *when: ColumnElement[bool], limit: int) -> Sequence[IdentityDocument]:
    approved = IdentityDocument.status == DocumentStatus.APPROVED
    query = select(IdentityDocument).where(approved, *when).order_by(IdentityDocument.id).limit(limit)
    return session.scalars(query.with_for_update(skip_locked=True)).all()
