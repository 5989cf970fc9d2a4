"""Append to and read the audit trail."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.orm import Session

from ...kit.db import require_scope
from ..models import AuditRecord

_PAGE = 1000


def record(
    session: Session,
    *,
    party_id: uuid.UUID,
    action: str,
    subject: str,
    subject_id: uuid.UUID | None = None,
    details: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    """Append one record. The actor and address come from the session's scope; `details` never hold a secret.

    `action` is `noun.verbed` (`offer.approved`), `party_id` whose trail it belongs to (nil for the platform's own).
    """
    record_each(session, [(subject_id, details)], party_id=party_id, action=action, subject=subject, reason=reason)


def record_each(
    session: Session,
    subjects: Iterable[tuple[uuid.UUID | None, Mapping[str, object] | None]],
    *,
    party_id: uuid.UUID,
    action: str,
    subject: str,
    reason: str = "",
) -> None:
    """One record for each `(subject_id, details)`, in one statement."""
    actor = require_scope(session).actor
    common = {
        "party_id": party_id,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "ip": actor.ip,
        "action": action,
        "subject": subject,
        "reason": reason,
    }
    rows = [common | {"subject_id": subject_id, "details": dict(details or {})} for subject_id, details in subjects]
    if rows:
        session.execute(insert(AuditRecord), rows)


@dataclass(frozen=True)
class Wanted:
    """Which records: `action` is a noun or a whole `noun.verbed`, `who` a part of the actor's name, days are UTC."""

    action: str = ""
    who: str = ""
    since: date | None = None
    until: date | None = None

    def where(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.action:
            below = AuditRecord.action.startswith(f"{self.action}.", autoescape=True)
            found.append(or_(AuditRecord.action == self.action, below))
        if self.who:
            found.append(AuditRecord.actor_name.icontains(self.who, autoescape=True))
        if self.since:
            found.append(AuditRecord.at >= datetime.combine(self.since, time(), UTC))
        if self.until:
            found.append(AuditRecord.at < datetime.combine(self.until, time(), UTC) + timedelta(days=1))
        return found


def trail(
    session: Session,
    *,
    party_id: uuid.UUID | None = None,
    subject_id: uuid.UUID | None = None,
    before: int | None = None,
    limit: int = 50,
    wanted: Wanted = Wanted(),
) -> Sequence[AuditRecord]:
    """Newest first, of one party and/or about one thing; `before` is the last id of the page above."""
    query = select(AuditRecord).where(*wanted.where()).order_by(AuditRecord.id.desc()).limit(limit + 1)
    if party_id is not None:
        query = query.where(AuditRecord.party_id == party_id)
    if subject_id is not None:
        query = query.where(AuditRecord.subject_id == subject_id)
    if before is not None:
        query = query.where(AuditRecord.id < before)
    return session.scalars(query).all()


def nouns(session: Session, party_id: uuid.UUID) -> Sequence[str]:
    """What a party's trail is about, to choose from."""
    noun = func.split_part(AuditRecord.action, ".", 1)
    return session.scalars(select(noun).where(AuditRecord.party_id == party_id).distinct().order_by(noun)).all()


def each(session: Session, *, party_id: uuid.UUID, wanted: Wanted, most: int = 100_000) -> Iterator[AuditRecord]:
    """All of them, the newest first, a page at a time."""
    before: int | None = None
    for _ in range(0, most, _PAGE):
        rows = trail(session, party_id=party_id, before=before, limit=_PAGE, wanted=wanted)
        yield from rows[:_PAGE]
        if len(rows) <= _PAGE:
            return
        before = rows[_PAGE - 1].id
