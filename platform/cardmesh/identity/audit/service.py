"""Append to and read the audit trail."""

import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from ...kit.db import require_scope
from ..models import AuditRecord


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


def trail(
    session: Session, *, party_id: uuid.UUID | None = None, subject_id: uuid.UUID | None = None, limit: int = 50
) -> Sequence[AuditRecord]:
    """Newest first, of one party and/or about one thing."""
    query = select(AuditRecord).order_by(AuditRecord.id.desc()).limit(limit)
    if party_id is not None:
        query = query.where(AuditRecord.party_id == party_id)
    if subject_id is not None:
        query = query.where(AuditRecord.subject_id == subject_id)
    return session.scalars(query).all()


def nouns(session: Session, party_id: uuid.UUID) -> Sequence[str]:
    """What a party's trail is about, to choose from."""
    noun = func.split_part(AuditRecord.action, ".", 1)
    return session.scalars(select(noun).where(AuditRecord.party_id == party_id).distinct().order_by(noun)).all()

