"""Links in letters: signed, for one person and one purpose, short-lived, and good for one use.

The signature covers what using the link changes (the password's hash, the address), so a used link, or one from before
another change, is dead.
"""

import hashlib
import hmac
import re
import time
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from ...kit import runtime
from ...kit.errors import NotFound
from ...kit.ids import parse_id, public_id
from ..models import Person

INVITATION = timedelta(days=3)
RESET = timedelta(hours=1)
MOVE = timedelta(days=1)
SECOND_STEP = timedelta(minutes=5)


class Purpose(StrEnum):
    """What a link is for; a link for one is worth nothing for another."""

    ENTRY = "set password"
    EMAIL = "change email"
    SECOND_STEP = "second step"


def make(person: Person, purpose: Purpose, lifetime: timedelta) -> str:
    """The token of a link."""
    expires = int(time.time() + lifetime.total_seconds())
    return f"{public_id('per', person.id)}.{expires}.{_sign(person, purpose, expires)}"


def open_link(session: Session, token: str, purpose: Purpose = Purpose.ENTRY) -> Person:
    """The person a token was made for. Raises NotFound for a forged, used or expired one, and one for another end."""
    name, _, rest = token.partition(".")
    stamp, _, signature = rest.partition(".")
    person, expires = session.get(Person, parse_id("per", name)), moment(stamp)
    if person is None or expires < time.time():
        raise NotFound
    if not hmac.compare_digest(_sign(person, purpose, expires).encode(), signature.encode()):
        raise NotFound
    return person


def moment(stamp: str) -> int:
    """When a link is over, in unix seconds: long ago for what is no such number."""
    return int(stamp) if re.fullmatch(r"[0-9]{1,12}", stamp) else 0


def sign(message: str) -> str:
    """What only this installation can have written below `message`."""
    key = runtime.current().settings.secret_key.encode()
    return hmac.digest(key, message.encode(), hashlib.sha256).hex()


def _sign(person: Person, purpose: Purpose, expires: int) -> str:
    state = [str(person.id), str(expires), person.password_hash or ""]
    if purpose is Purpose.EMAIL:
        state += [person.email, person.wanted_email or ""]
    return sign("|".join([purpose, *state]))
