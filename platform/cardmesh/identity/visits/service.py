"""Begin a visit, end it, and end those whose time is over."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...kit import clock
from ...kit.errors import Forbidden, NotFound, invalid
from ...kit.ids import NIL
from ..audit.service import record
from ..models import Party, Supplier, Tenant, WebSession
from ..sessions.service import SignedIn
from ..sessions.service import own as own_session
from ..sessions.visiting import LASTS, VISITORS

_PARTIES = {Party.SUPPLIER: Supplier, Party.DISTRIBUTOR: Tenant}


def begin(session: Session, who: SignedIn, *, party: Party, party_id: uuid.UUID, reason: str) -> None:
    """From the next click on `who` looks at this party's console. Scope: PLATFORM.

    Raises Forbidden for anybody but the platform's owners and support, NotFound for no such party, ValidationFailed
    for no reason.
    """
    if who.party != Party.PLATFORM or who.role not in VISITORS:
        raise Forbidden
    if not reason:
        raise invalid("/reason", "missing", "请填写进入原因", "Say why you enter")
    if session.get(_PARTIES[party], party_id) is None:
        raise NotFound
    row = own_session(session, who.person_id, who.session_id)
    row.visit_party, row.visit_party_id, row.visit_ends_at = party, party_id, clock.now() + LASTS
    session.flush()
    _note(session, row, "visit.began", reason)


def end(session: Session, who: SignedIn) -> None:
    """Back in the own console; without a visit nothing happens. Scope: PLATFORM."""
    row = own_session(session, who.person_id, who.session_id)
    if row.visit_party is not None:
        _close(session, row)


def end_due(session: Session) -> int:
    """Note the end of those whose time is over; how many. Nobody gets in with them any more, noted or not."""
    over = WebSession.visit_ends_at <= clock.now()
    rows = session.scalars(select(WebSession).where(over).with_for_update(skip_locked=True)).all()
    for row in rows:
        _close(session, row)
    return len(rows)


def _close(session: Session, row: WebSession) -> None:
    _note(session, row, "visit.ended", "")
    row.visit_party = row.visit_party_id = row.visit_ends_at = None
    session.flush()


def _note(session: Session, row: WebSession, action: str, reason: str) -> None:
    """On both sides: the platform sees whom, the merchant sees who."""
    party_id = row.visit_party_id or NIL
    details = {"party": row.visit_party, "person": str(row.person_id), "until": str(row.visit_ends_at)}
    for trail in (NIL, party_id):
        record(
            session,
            party_id=trail,
            action=action,
            subject=row.visit_party or "",
            subject_id=party_id,
            details=details,
            reason=reason,
        )
