"""Ids: UUIDv7 in the database (sortable by time), `prefix_` + 26 Crockford base-32 characters at the edge."""

import secrets
import uuid
from datetime import datetime

import uuid_utils

from .errors import NotFound

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_LENGTH = 26

NIL = uuid.UUID(int=0)


def new_id() -> uuid.UUID:
    """A fresh UUIDv7: sorts by creation time, so new rows land at the right edge of their index."""
    return uuid.UUID(int=uuid_utils.uuid7().int)


def first_id(moment: datetime) -> uuid.UUID:
    """The least id that is made at `moment` or later: ids are in the order of time, to the millisecond."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def public_id(prefix: str, value: uuid.UUID) -> str:
    """`public_id("ord", id)` → `ord_…`; keeps the sort order of the ids."""
    number = value.int
    characters = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(characters)}"


def parse_id(prefix: str, text: str) -> uuid.UUID:
    """The id behind `text`. Raises NotFound for anything that is not an id of this kind: such a thing is not there."""
    head, _, body = text.partition("_")
    if head != prefix or len(body) != _LENGTH or not all(character in _VALUES for character in body):
        raise NotFound
    number = 0
    for character in body:
        number = number << 5 | _VALUES[character]
    if number >> 128:
        raise NotFound
    return uuid.UUID(int=number)


def new_token(bits: int = 192) -> str:
    """An unguessable URL-safe secret; order pages need at least 128 bits."""
    return secrets.token_urlsafe(bits // 8)
