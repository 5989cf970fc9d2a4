"""Links that let a person set a password: signed, for one person, short-lived, and good for one change.

The signature covers the current password hash, so a used link, or one from before another change, is dead.
"""

import hashlib
import hmac
import time
import uuid

from sqlalchemy.orm import Session

from ...kit import runtime
from ...kit.errors import NotFound
from ...kit.ids import parse_id, public_id
from ..models import Person

LIFETIME_SECONDS = 3 * 24 * 3600


def password_link(person: Person) -> str:
    """The token of a set-password link."""
    expires = int(time.time()) + LIFETIME_SECONDS
    return f"{public_id('per', person.id)}.{expires}.{_sign(person, expires)}"


def open_link(session: Session, token: str) -> Person:
    """The person a token was made for. Raises NotFound for a forged, used or expired one."""
    name, _, rest = token.partition(".")
    expires, _, signature = rest.partition(".")
    person = session.get(Person, _person_id(name))
    if person is None or not expires.isdecimal() or int(expires) < time.time():
        raise NotFound
    if not hmac.compare_digest(_sign(person, int(expires)), signature):
        raise NotFound
    return person


def _person_id(name: str) -> uuid.UUID:
    return parse_id("per", name)


def _sign(person: Person, expires: int) -> str:
    key = runtime.current().settings.secret_key.encode()
    message = f"set password|{person.id}|{expires}|{person.password_hash or ''}"
    return hmac.digest(key, message.encode(), hashlib.sha256).hex()
