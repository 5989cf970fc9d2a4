"""A supplier who signed up by themselves asks to be looked at, and is admitted or refused."""

import uuid

from sqlalchemy.orm import Session

from ...kit import clock
from ...kit.errors import Conflict, NotFound, invalid
from ...kit.ids import NIL
from ...kit.jobs import outbox
from .. import callers
from ..audit.service import record
from ..models import Party, PartyStatus, Supplier
from ..staff.owners import owners_of


def submit(session: Session, *, supplier_id: uuid.UUID) -> Supplier:
    """Ask to be looked at; asking twice changes nothing. Raises NotFound, Conflict for one who need not ask."""
    row = _locked(session, supplier_id)
    if row.status != PartyStatus.PENDING:
        raise Conflict
    if row.submitted_at is None:
        row.submitted_at, row.review_reason = clock.now(), ""
        session.flush()
        record(session, party_id=row.id, action="supplier.submitted", subject="supplier", subject_id=row.id)
    return row


def admit(session: Session, *, supplier_id: uuid.UUID) -> Supplier:
    """They sell from now on, and are told. Raises NotFound, Conflict for one who does not wait."""
    return _decide(session, supplier_id, PartyStatus.ACTIVE, "")


def refuse(session: Session, *, supplier_id: uuid.UUID, reason: str) -> Supplier:
    """They are told why, and may ask again. Raises NotFound, Conflict, ValidationFailed for no reason."""
    if not reason:
        raise invalid("/reason", "missing", "请填写拒绝原因", "Say why")
    return _decide(session, supplier_id, PartyStatus.PENDING, reason)


def _decide(session: Session, supplier_id: uuid.UUID, status: PartyStatus, reason: str) -> Supplier:
    row = _locked(session, supplier_id)
    if row.status != PartyStatus.PENDING:
        raise Conflict
    row.status, row.review_reason = status, reason
    now = clock.now()
    row.reviewed_at, row.submitted_at = now, None
    session.flush()
    callers.api_keys.forget(session)
    action = "supplier.refused" if reason else "supplier.admitted"
    for party_id in (NIL, row.id):
        record(session, party_id=party_id, action=action, subject="supplier", subject_id=row.id, reason=reason)
    for person_id in owners_of(session, party=Party.SUPPLIER, party_id=row.id):
        outbox.send(
            session,
            "mail.admission",
            supplier_id=row.id,
            person_id=person_id,
            dedupe_key=f"mail.admission:{row.id}:{person_id}:{now.timestamp()}",
        )
    return row


def _locked(session: Session, supplier_id: uuid.UUID) -> Supplier:
    row = session.get(Supplier, supplier_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row
