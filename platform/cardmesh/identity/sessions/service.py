"""Open, find and end sessions."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ...kit import clock
from ...kit.ids import new_token
from ..models import Membership, Person, WebSession

LIFETIME = timedelta(days=14)


@dataclass(frozen=True)
class SignedIn:
    """A person acting for one of their parties in one browser."""

    person_id: uuid.UUID
    email: str
    name: str
    locale: str
    party: str
    party_id: uuid.UUID
    role: str


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def open_session(session: Session, *, membership: Membership, user_agent: str, ip: str | None) -> str:
    """A fresh token for the cookie."""
    token = new_token(256)
    row = WebSession(
        token_hash=_hash(token),
        person_id=membership.person_id,
        party=membership.party,
        party_id=membership.party_id,
        user_agent=user_agent[:300],
        ip=ip,
        expires_at=clock.now() + LIFETIME,
    )
    session.add(row)
    session.flush()
    return token


def find_session(session: Session, token: str) -> SignedIn | None:
    """Who holds this token, as long as it has not ended and their role still stands."""
    query = (
        select(WebSession, Person, Membership.role)
        .join(Person, Person.id == WebSession.person_id)
        .join(
            Membership,
            (Membership.person_id == WebSession.person_id)
            & (Membership.party == WebSession.party)
            & (Membership.party_id == WebSession.party_id),
        )
        .where(WebSession.token_hash == _hash(token), WebSession.expires_at > clock.now())
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    web, person, role = row
    return SignedIn(person.id, person.email, person.name, person.locale, web.party, web.party_id, role)


def end_session(session: Session, token: str) -> None:
    """Sign out; an unknown token is nothing to end."""
    session.execute(delete(WebSession).where(WebSession.token_hash == _hash(token)))
