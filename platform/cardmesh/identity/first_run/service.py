"""Put a step aside, and take it up again."""

import uuid

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from .models import SkippedStep


def skipped(session: Session, party_id: uuid.UUID) -> frozenset[str]:
    """The steps that a party has put aside."""
    return frozenset(session.scalars(select(SkippedStep.step).where(SkippedStep.party_id == party_id)))


def skip(session: Session, *, party_id: uuid.UUID, step: str) -> None:
    """The second time changes nothing."""
    session.execute(insert(SkippedStep).values(party_id=party_id, step=step).on_conflict_do_nothing())


def take_up(session: Session, *, party_id: uuid.UUID, step: str) -> None:
    """It stands open again; so does one that was never skipped."""
    session.execute(delete(SkippedStep).where(SkippedStep.party_id == party_id, SkippedStep.step == step))
