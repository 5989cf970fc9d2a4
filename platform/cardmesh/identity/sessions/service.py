"""Open, find and end sessions."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ...kit import clock
from ...kit.errors import NotFound
from ...kit.ids import NIL, new_token
from ..models import Membership, Party, Person, WebSession
from .visiting import AS_ROLE, VISITORS

LIFETIME = timedelta(days=14)
FRESH = timedelta(minutes=10)
"""How long after showing who one is keys and payouts ask for nothing more."""
_TOUCH_EVERY = timedelta(minutes=1)


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
    session_id: uuid.UUID
    proved_at: datetime
    visit_ends_at: datetime | None = None
    """Set while somebody of the platform looks at this party's console."""

    @property
    def visiting(self) -> bool:
        return self.visit_ends_at is not None

    @property
    def fresh(self) -> bool:
        """Whether the person showed who they are a moment ago."""
        return self.proved_at > clock.now() - FRESH


@dataclass(frozen=True)
class Device:
    """One browser that somebody is signed in with. The id tells the session, and opens none."""

    id: uuid.UUID
    user_agent: str
    ip: str | None
    seen_at: datetime
    created_at: datetime


def _id(token_hash: bytes) -> uuid.UUID:
    """Half of the hash: it names a session and cannot be turned into its token."""
    return uuid.UUID(bytes=token_hash[:16])


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def open_session(
    session: Session,
    *,
    membership: Membership,
    user_agent: str,
    ip: str | None,
    proved_at: datetime | None = None,
) -> str:
    """A fresh token for the cookie. `proved_at`: when the person showed who they are, now if they just did."""
    token = new_token(256)
    row = WebSession(
        token_hash=_hash(token),
        person_id=membership.person_id,
        party=membership.party,
        party_id=membership.party_id,
        user_agent=user_agent[:300],
        ip=ip,
        expires_at=clock.now() + LIFETIME,
        proved_at=proved_at or clock.now(),
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
    if web.seen_at < clock.now() - _TOUCH_EVERY:
        web.seen_at = clock.now()
        session.flush()
    who = SignedIn(
        person_id=person.id,
        email=person.email,
        name=person.name,
        locale=person.locale,
        party=web.party,
        party_id=web.party_id,
        role=role,
        session_id=_id(web.token_hash),
        proved_at=web.proved_at,
    )
    return _on_visit(who, web)


def _on_visit(who: SignedIn, web: WebSession) -> SignedIn:
    """As a visitor of another party, while the visit lasts and the role at home allows it."""
    over = web.visit_ends_at is None or web.visit_ends_at <= clock.now()
    if over or who.party != Party.PLATFORM or who.role not in VISITORS:
        return who
    return replace(
        who,
        party=web.visit_party or "",
        party_id=web.visit_party_id or NIL,
        role=AS_ROLE,
        visit_ends_at=web.visit_ends_at,
    )


def devices(session: Session, person_id: uuid.UUID) -> Sequence[Device]:
    """Where a person is signed in, the latest seen first."""
    living = (WebSession.person_id == person_id, WebSession.expires_at > clock.now())
    rows = session.scalars(select(WebSession).where(*living).order_by(WebSession.seen_at.desc()))
    return [Device(_id(row.token_hash), row.user_agent, row.ip, row.seen_at, row.created_at) for row in rows]


def prove(session: Session, *, person_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """The person showed once more who they are, in this browser."""
    own(session, person_id, session_id).proved_at = clock.now()
    session.flush()


def end_one(session: Session, *, person_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """Sign one browser out. Raises NotFound for a session that is not this person's."""
    session.delete(own(session, person_id, session_id))
    session.flush()


def end_others(session: Session, *, person_id: uuid.UUID, session_id: uuid.UUID) -> int:
    """Sign out everywhere but here; how many browsers that were."""
    others = [row for row in _all(session, person_id) if _id(row.token_hash) != session_id]
    for row in others:
        session.delete(row)
    session.flush()
    return len(others)


def forget_old(session: Session) -> None:
    """Sessions that ended by themselves are deleted: addresses of people are not kept for nothing."""
    session.execute(delete(WebSession).where(WebSession.expires_at < clock.now()))


def _all(session: Session, person_id: uuid.UUID) -> Sequence[WebSession]:
    return session.scalars(select(WebSession).where(WebSession.person_id == person_id)).all()


def own(session: Session, person_id: uuid.UUID, session_id: uuid.UUID) -> WebSession:
    """One of a person's sessions. Raises NotFound for any other."""
    for row in _all(session, person_id):
        if _id(row.token_hash) == session_id:
            return row
    raise NotFound


def end_session(session: Session, token: str) -> None:
    """Sign out; an unknown token is nothing to end."""
    session.execute(delete(WebSession).where(WebSession.token_hash == _hash(token)))
