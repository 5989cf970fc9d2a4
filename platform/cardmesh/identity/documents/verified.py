"""Whether a merchant's real name stands proved: what withdrawals ask before money leaves."""

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ...kit import clock, runtime
from ..errors import DocumentsRequired
from ..models import Party
from ..settings import service as settings
from .models import DocumentStatus, IdentityDocument
from .rules import proves_identity


def is_verified(session: Session, party_id: uuid.UUID) -> bool:
    """Whether approved papers, none of them over, say who the party is."""
    return proves_identity(session.scalars(_valid(party_id)).all())


def is_sent(session: Session, party_id: uuid.UUID) -> bool:
    """The same, with those that still wait to be looked at."""
    waiting = select(IdentityDocument.kind).where(
        IdentityDocument.party_id == party_id, IdentityDocument.status == DocumentStatus.PENDING
    )
    return proves_identity([*session.scalars(_valid(party_id)), *session.scalars(waiting)])


def is_missing(session: Session, party_id: uuid.UUID) -> bool:
    """Whether the party would be refused a withdrawal for want of papers."""
    return settings.read(session).papers_before_payout and not is_verified(session, party_id)


def require_verified(session: Session, *, party: str, party_id: uuid.UUID) -> None:
    """Raises DocumentsRequired where the platform demands papers and they are missing, waiting, refused or over.

    The papers that count are held until the transaction ends: a review that takes one back comes before or after it.
    The time is read here, not from the hourly job that outdates papers.
    """
    if not settings.read(session).papers_before_payout:
        return
    kinds: Sequence[str] = session.scalars(_valid(party_id).with_for_update(read=True)).all()
    if not proves_identity(kinds):
        face = "supplier" if party == Party.SUPPLIER else "distributor"
        raise DocumentsRequired(extra={"documents_url": f"{runtime.current().settings.public_url}/{face}/documents"})


def _valid(party_id: uuid.UUID) -> Select[str]:
    approved = (IdentityDocument.party_id == party_id, IdentityDocument.status == DocumentStatus.APPROVED)
    return select(IdentityDocument.kind).where(*approved, IdentityDocument.recheck_at > clock.now())
