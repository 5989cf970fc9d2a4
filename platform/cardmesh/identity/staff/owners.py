"""Whom a letter to a party goes to."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Membership


def owners_of(session: Session, *, party: str, party_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The people who own it."""
    owner = (Membership.party == party, Membership.party_id == party_id, Membership.role == "owner")
    return session.scalars(select(Membership.person_id).where(*owner).order_by(Membership.person_id)).all()
