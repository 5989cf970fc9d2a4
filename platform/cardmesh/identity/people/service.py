"""Make people, give them roles, check their passwords."""

import re
import uuid
from collections.abc import Sequence
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...kit import clock
from ...kit.ids import NIL, new_id
from ...kit.jobs import outbox
from ..audit.service import record
from ..errors import EmailInvalid, EmailTaken, PasswordTooWeak, WrongCredentials
from ..models import FormerAddress, Membership, Person, WebSession

MIN_PASSWORD = 10
ADDRESSES_KEPT = timedelta(days=182)
_ADDRESS = re.compile(r"[^@\s\x00-\x1f<>()\[\],;:\\\"]{1,64}@[^@\s\x00-\x1f<>()\[\],;:\\\"]{1,189}")
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")
"""Verified when there is no such person, so that the answer takes as long."""


def create_person(session: Session, *, email: str, password: str, name: str = "", locale: str = "zh-CN") -> Person:
    """Raises EmailTaken, PasswordTooWeak."""
    if len(password) < MIN_PASSWORD:
        raise PasswordTooWeak(length=MIN_PASSWORD)
    person = Person(id=new_id(), email=email, name=name, locale=locale, password_hash=_hasher.hash(password))
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError as error:
        raise EmailTaken(email=email) from error
    return person


def check_email(email: str) -> str:
    """The address without surrounding space. Raises EmailInvalid; whether it exists only a letter can tell."""
    address = email.strip()
    if not _ADDRESS.fullmatch(address):
        raise EmailInvalid
    return address


def ensure_person(session: Session, *, email: str, password: str, name: str = "", locale: str = "zh-CN") -> Person:
    """The person with this address and, from now on, this password. Raises PasswordTooWeak."""
    person = find_person(session, email)
    if person is None:
        return create_person(session, email=email, password=password, name=name, locale=locale)
    set_password(session, person_id=person.id, password=password)
    return person


def invite(session: Session, *, email: str, party: str, party_id: uuid.UUID, role: str = "owner") -> Person:
    """The person with this address (made without a password when new), with a role, and a letter on its way to them."""
    person = find_person(session, email)
    if person is None:
        person = Person(id=new_id(), email=email)
        session.add(person)
        session.flush()
    join(session, person_id=person.id, party=party, party_id=party_id, role=role)
    if person.password_hash is None:
        outbox.send(session, "mail.invitation", person_id=person.id, dedupe_key=f"mail.invitation:{person.id}")
    else:
        outbox.send(session, "mail.joined", person_id=person.id, dedupe_key=f"mail.joined:{person.id}")
    return person


def set_password(session: Session, *, person_id: uuid.UUID, password: str) -> None:
    """Raises PasswordTooWeak. Ends every session of the person: whoever knew the old one is out."""
    if len(password) < MIN_PASSWORD:
        raise PasswordTooWeak(length=MIN_PASSWORD)
    session.get_one(Person, person_id).password_hash = _hasher.hash(password)
    session.execute(delete(WebSession).where(WebSession.person_id == person_id))
    session.flush()


def ask_reset(session: Session, email: str) -> None:
    """Promise a letter with a link to set a new password. The same work for an address that nobody has."""
    person = find_person(session, email)
    person_id = person.id if person is not None else new_id()
    outbox.send(session, "mail.reset", person_id=person_id, dedupe_key=f"mail.reset:{person_id}")


def ask_move(session: Session, *, person_id: uuid.UUID, email: str) -> None:
    """Promise a letter to the new address; nothing moves before it is answered. Raises EmailInvalid."""
    person = session.get_one(Person, person_id)
    person.wanted_email = check_email(email)
    session.flush()
    outbox.send(session, "mail.email_change", person_id=person.id, dedupe_key=f"mail.email_change:{person.id}")


def move(session: Session, person: Person) -> str:
    """The letter was answered: the wanted address is theirs. Returns the old one, which is told. Raises EmailTaken."""
    before, after = person.email, person.wanted_email or person.email
    try:
        with session.begin_nested():
            person.email, person.wanted_email = after, None
            session.flush()
    except IntegrityError as error:
        raise EmailTaken(email=after) from error
    record(session, party_id=NIL, action="person.moved", subject="person", subject_id=person.id)
    if before != after:
        former = FormerAddress(id=new_id(), person_id=person.id, email=before)
        session.add(former)
        session.flush()
        outbox.send(session, "mail.moved", former_id=former.id, dedupe_key=f"mail.moved:{former.id}")
    return before


def forget_old(session: Session) -> None:
    """Former addresses are kept for half a year, as long as anybody may ask who moved."""
    session.execute(delete(FormerAddress).where(FormerAddress.created_at < clock.now() - ADDRESSES_KEPT))


def find_person(session: Session, email: str) -> Person | None:
    return session.scalar(select(Person).where(Person.email == email))


def join(session: Session, *, person_id: uuid.UUID, party: str, party_id: uuid.UUID = NIL, role: str = "owner") -> None:
    """Give a person a role in a party; a person who has one keeps it."""
    row = {"person_id": person_id, "party": party, "party_id": party_id, "role": role}
    session.execute(insert(Membership).values(row).on_conflict_do_nothing())
    details = {"role": role, "party": party}
    record(session, party_id=party_id, action="member.joined", subject="person", subject_id=person_id, details=details)


def memberships(session: Session, person_id: uuid.UUID) -> Sequence[Membership]:
    """A person's roles, oldest first."""
    query = select(Membership).where(Membership.person_id == person_id).order_by(Membership.created_at)
    return session.scalars(query).all()


def authenticate(session: Session, *, email: str, password: str) -> Person:
    """The person with this address and password. Raises WrongCredentials after the same work in every case."""
    person = find_person(session, email)
    stored = person.password_hash if person and person.password_hash else _NOBODY
    try:
        _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError) as error:
        raise WrongCredentials from error
    if person is None or not person.password_hash:
        raise WrongCredentials
    if _hasher.check_needs_rehash(person.password_hash):
        person.password_hash = _hasher.hash(password)
        session.flush()
    return person
