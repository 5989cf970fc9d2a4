"""Invite people to a party, change their role, let them go. A party always keeps an owner."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ...kit.errors import NotFound
from ..audit.service import record
from ..errors import LastOwner, MemberAlready
from ..models import Membership, Person, Supplier, Tenant, WebSession
from ..people.service import check_email, find_person
from ..people.service import invite as bring_in

OWNER = "owner"
ROLES = (OWNER, "manager", "finance", "support", "key-uploader", "read-only")


@dataclass(frozen=True)
class Member:
    """`waiting`: the letter is not answered yet. `seen_at`: when last here, None when signed in nowhere."""

    id: uuid.UUID
    email: str
    name: str
    role: str
    waiting: bool
    joined_at: datetime
    seen_at: datetime | None


def members(session: Session, *, party: str, party_id: uuid.UUID) -> Sequence[Member]:
    """Everybody of a party, owners first."""
    here = (WebSession.person_id == Person.id, WebSession.party == party, WebSession.party_id == party_id)
    seen = select(func.max(WebSession.seen_at)).where(*here).scalar_subquery()
    query = select(Person, Membership, seen).join(Membership, Membership.person_id == Person.id)
    rows = session.execute(query.where(Membership.party == party, Membership.party_id == party_id)).all()
    found = [
        Member(one.id, one.email, one.name, of.role, one.password_hash is None, of.created_at, last)
        for one, of, last in rows
    ]
    return sorted(found, key=lambda one: (ROLES.index(one.role), one.joined_at))


def invite(session: Session, *, party: str, party_id: uuid.UUID, email: str, role: str) -> Person:
    """A letter is on its way to them. Raises EmailInvalid, MemberAlready."""
    person = find_person(session, check_email(email))
    if person is not None and session.get(Membership, (person.id, party, party_id)) is not None:
        raise MemberAlready(email=email)
    return bring_in(session, email=email.strip(), party=party, party_id=party_id, role=role)


def change_role(session: Session, *, party: str, party_id: uuid.UUID, person_id: uuid.UUID, role: str) -> None:
    """From their next click on. Raises NotFound, LastOwner."""
    row = _locked(session, party, party_id, person_id)
    if row.role == OWNER and role != OWNER:
        _keep_an_owner(session, row)
    details = {"before": row.role, "after": role}
    row.role = role
    session.flush()
    record(
        session, party_id=party_id, action="member.changed", subject="person", subject_id=person_id, details=details
    )


def remove(session: Session, *, party: str, party_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """They are out at once, in every browser. Raises NotFound, LastOwner."""
    row = _locked(session, party, party_id, person_id)
    if row.role == OWNER:
        _keep_an_owner(session, row)
    session.delete(row)
    here = (WebSession.person_id == person_id, WebSession.party == party, WebSession.party_id == party_id)
    session.execute(delete(WebSession).where(*here))
    session.flush()
    record(session, party_id=party_id, action="member.removed", subject="person", subject_id=person_id)


def party_names(session: Session, memberships: Sequence[Membership]) -> dict[uuid.UUID, str]:
    """What the parties are called; the platform has no name of its own."""
    ids = [row.party_id for row in memberships]
    queries = (select(kind.id, kind.name).where(kind.id.in_(ids)) for kind in (Tenant, Supplier))
    return {found: name for query in queries for found, name in session.execute(query)}


def _locked(session: Session, party: str, party_id: uuid.UUID, person_id: uuid.UUID) -> Membership:
    """Every member of the party is locked, always in one order: two owners cannot remove each other at once."""
    of = select(Membership).where(Membership.party == party, Membership.party_id == party_id)
    rows = session.scalars(of.order_by(Membership.person_id).with_for_update()).all()
    for row in rows:
        if row.person_id == person_id:
            return row
    raise NotFound


def _keep_an_owner(session: Session, leaving: Membership) -> None:
    same = (Membership.party == leaving.party, Membership.party_id == leaving.party_id, Membership.role == OWNER)
    query = select(func.count()).select_from(Membership).join(Person, Person.id == Membership.person_id)
    others = query.where(*same, Membership.person_id != leaving.person_id, Person.password_hash.is_not(None))
    if not session.scalar(others):
        raise LastOwner
