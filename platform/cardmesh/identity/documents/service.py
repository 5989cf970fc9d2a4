"""Keep, review, open and outdate papers."""

import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...kit import clock, runtime
from ...kit.crypto import aead
from ...kit.crypto.vault import bind
from ...kit.days import day_of
from ...kit.db import transaction
from ...kit.errors import Conflict, NotFound, Unavailable, invalid
from ...kit.ids import new_id
from ...kit.tenancy import Scope
from ..audit.service import record
from . import letters
from .models import DocumentKind, DocumentStatus, IdentityDocument
from .rules import content_type, recheck_at

PICTURE = uuid.UUID(int=1)
FACTS = uuid.UUID(int=2)
"""What a sealed text is of: one can not stand for the other."""
_OWN_KEY = 1
"""The picture has a key of its own, which lies among the facts: so rotating data keys moves the row alone."""


@dataclass(frozen=True)
class Facts:
    """What the paper says: whose it is, its number, its last day."""

    name: str
    number: str
    ends_on: date | None


def add(scope: Scope, *, party: str, party_id: uuid.UUID, kind: str, facts: Facts, body: bytes) -> IdentityDocument:
    """Seal and keep a paper; it waits for review, and takes the place of one of its kind that waits.

    Opens its own transactions: the object store is not waited for inside one. A failure in between leaves a sealed
    object that nobody points at. Raises DocumentInvalid, ValidationFailed, Unavailable.
    """
    found, document_id = content_type(body), new_id()
    if facts.ends_on is not None and facts.ends_on < day_of(clock.now()):
        raise invalid("/ends_on", "document_over", "证件已过期", "The paper has ended")
    vault = runtime.current().vault
    with transaction(scope) as session:
        version = vault.current_version(session, party_id)
        cipher = vault.cipher(session, party_id, version)
    key = secrets.token_bytes(aead.KEY_BYTES)
    picture = aead.seal(aead.cipher(key), body, bind(party_id, document_id, PICTURE, _OWN_KEY))
    runtime.current().storage.put(_key(party_id, document_id), picture)
    with transaction(scope) as session:
        row = IdentityDocument(
            party_id=party_id,
            id=document_id,
            party=party,
            kind=DocumentKind(kind),
            key_version=version,
            facts=aead.seal(cipher, _dumped(facts, key), bind(party_id, document_id, FACTS, version)),
            content_type=found,
            size=len(body),
        )
        _withdraw_waiting(session, row)
        session.add(row)
        session.flush()
        record(
            session,
            party_id=party_id,
            action="document.added",
            subject="document",
            subject_id=row.id,
            details={"kind": kind},
        )
    return row


def list_documents(session: Session, *, party_id: uuid.UUID) -> Sequence[IdentityDocument]:
    """A party's papers, the newest first."""
    query = select(IdentityDocument).where(IdentityDocument.party_id == party_id)
    return session.scalars(query.order_by(IdentityDocument.id.desc())).all()


def waiting(session: Session, *, limit: int = 100) -> Sequence[IdentityDocument]:
    """What the platform has to look at, the oldest first."""
    query = select(IdentityDocument).where(IdentityDocument.status == DocumentStatus.PENDING)
    return session.scalars(query.order_by(IdentityDocument.id).limit(limit)).all()


def get(session: Session, document_id: uuid.UUID) -> IdentityDocument:
    """One that the scope may see. Raises NotFound."""
    row = find(session, document_id)
    if row is None:
        raise NotFound
    return row


def find(session: Session, document_id: uuid.UUID) -> IdentityDocument | None:
    """The same, or None."""
    return session.scalar(select(IdentityDocument).where(IdentityDocument.id == document_id))


def facts(session: Session, row: IdentityDocument) -> Facts:
    """What the paper says, in clear; the look goes into the trail of its party."""
    _note(session, row, "document.read")
    return _facts(session, row)


def picture(scope: Scope, document_id: uuid.UUID) -> tuple[IdentityDocument, bytes]:
    """The file in clear; the look is in the trail before. Raises NotFound, Unavailable."""
    with transaction(scope) as session:
        row = get(session, document_id)
        _note(session, row, "document.viewed")
        key = bytes.fromhex(_opened(session, row)["key"])
    sealed = runtime.current().storage.get(_key(row.party_id, row.id))
    if sealed is None:
        raise Unavailable
    return row, aead.unseal(aead.cipher(key), sealed, bind(row.party_id, row.id, PICTURE, _OWN_KEY))


def review(session: Session, *, document_id: uuid.UUID, decision: DocumentStatus, reason: str = "") -> IdentityDocument:
    """Approve or reject a waiting paper. Raises NotFound, Conflict, ValidationFailed for no reason to reject."""
    query = select(IdentityDocument).where(IdentityDocument.id == document_id)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFound
    if row.status != DocumentStatus.PENDING:
        raise Conflict
    if decision == DocumentStatus.REJECTED and not reason:
        raise invalid("/reason", "missing", "请填写拒绝原因", "Say why it is rejected")
    now = clock.now()
    row.status, row.review_reason, row.reviewed_at = decision, reason, now
    if decision == DocumentStatus.APPROVED:
        row.recheck_at = recheck_at(now, _facts(session, row).ends_on)
    session.flush()
    record(
        session,
        party_id=row.party_id,
        action=f"document.{row.status}",
        subject="document",
        subject_id=row.id,
        reason=reason,
    )
    letters.promise(session, row, row.status)
    return row


def _withdraw_waiting(session: Session, fresh: IdentityDocument) -> None:
    same = (IdentityDocument.party_id == fresh.party_id, IdentityDocument.kind == fresh.kind)
    waits = IdentityDocument.status == DocumentStatus.PENDING
    for row in session.scalars(select(IdentityDocument).where(*same, waits)):
        row.status = DocumentStatus.EXPIRED


def _note(session: Session, row: IdentityDocument, action: str) -> None:
    record(session, party_id=row.party_id, action=action, subject="document", subject_id=row.id)


def _facts(session: Session, row: IdentityDocument) -> Facts:
    read = _opened(session, row)
    return Facts(read["name"], read["number"], date.fromisoformat(read["ends_on"]) if read["ends_on"] else None)


def _opened(session: Session, row: IdentityDocument) -> dict[str, str]:
    cipher = runtime.current().vault.cipher(session, row.party_id, row.key_version)
    return json.loads(aead.unseal(cipher, row.facts, bind(row.party_id, row.id, FACTS, row.key_version)))


def _dumped(facts: Facts, key: bytes) -> bytes:
    ends_on = facts.ends_on.isoformat() if facts.ends_on else None
    return json.dumps({"name": facts.name, "number": facts.number, "ends_on": ends_on, "key": key.hex()}).encode()


def _key(party_id: uuid.UUID, document_id: uuid.UUID) -> str:
    return f"documents/{party_id}/{document_id}"
