"""Letters to people about their accounts. Each reads in a transaction, then sends outside it."""

import uuid

from ...identity.models import Person
from ...identity.people import links
from ...identity.people.links import Purpose
from ...identity.people.service import find_person
from ...identity.sign_up import service as sign_up
from ...kit import clock, runtime, tenancy
from ...kit.db import transaction
from ...kit.mail import door
from ...kit.mail.letter import Letter
from . import render
from .words import ALREADY_IN, EMAIL_CHANGE, INVITATION, JOINED, RESET, SIGN_UP, Words


def send_invitation(*, person_id: uuid.UUID) -> None:
    """The link with which a new person sets a password; nothing once there is one."""
    with transaction(tenancy.platform()) as session:
        person = session.get(Person, person_id)
        if person is None or person.password_hash is not None:
            return
        path = f"set-password/{links.make(person, Purpose.ENTRY, links.INVITATION)}"
        letter = _letter(INVITATION, person.email, person.locale, f"invitation:{person.id}", path)
    _send(letter)


def send_joined(*, person_id: uuid.UUID) -> None:
    """Word of a new team to somebody who has an account."""
    with transaction(tenancy.platform()) as session:
        person = session.get(Person, person_id)
        if person is None:
            return
        key = f"joined:{person.id}:{clock.now().isoformat()}"
        letter = _letter(JOINED, person.email, person.locale, key, "sign-in")
    _send(letter)


def send_sign_up(*, sign_up_id: uuid.UUID) -> None:
    """The link that ends a sign-up; who has an account already is told so, and gets none."""
    with transaction(tenancy.platform()) as session:
        facts = sign_up.letter_facts(session, sign_up_id)
        if facts is None:
            return
        row, person = facts
        key = f"sign_up:{row.id}:{clock.now().isoformat()}"
        if person is not None:
            letter = _letter(ALREADY_IN, person.email, person.locale, key, "sign-in")
        else:
            letter = _letter(SIGN_UP, row.email, row.locale, key, f"sign-up/confirm/{sign_up.token(row)}")
    _send(letter)


def send_reset(*, person_id: uuid.UUID) -> None:
    """The link with which a person sets a new password; nothing for nobody."""
    with transaction(tenancy.platform()) as session:
        person = session.get(Person, person_id)
        if person is None:
            return
        path = f"set-password/{links.make(person, Purpose.ENTRY, links.RESET)}"
        letter = _letter(RESET, person.email, person.locale, f"reset:{person.id}:{clock.now().isoformat()}", path)
    _send(letter)


def send_email_change(*, person_id: uuid.UUID) -> None:
    """The link with which a person moves to another address; nothing to one that somebody has."""
    with transaction(tenancy.platform()) as session:
        person = session.get(Person, person_id)
        if person is None or not person.wanted_email or find_person(session, person.wanted_email):
            return
        path = f"account/email/{links.make(person, Purpose.EMAIL, links.MOVE)}"
        key = f"email_change:{person.id}:{clock.now().isoformat()}"
        letter = _letter(EMAIL_CHANGE, person.wanted_email, person.locale, key, path)
    _send(letter)


def _letter(words: Words, to: str, locale: str, key: str, path: str) -> Letter:
    """`key` names the occasion: a letter that was asked for again is another one."""
    facts = {"sender": "Cardmesh", "url": f"{runtime.current().settings.public_url}/{path}"}
    return render.letter(words, to=to, key=key, locale=locale, params={}, facts=facts)


def _send(letter: Letter) -> None:
    door.send(letter, runtime.current().settings)
