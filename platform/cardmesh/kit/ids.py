"""Ids: UUIDv7 in the database (sortable by time), `prefix_` + 26 Crockford base-32 characters at the edge."""

import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
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


def to_letters(raw: bytes) -> str:
    """Bytes as an address carries them: base64url (RFC 4648 §5) without padding."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def from_letters(text: str) -> bytes:
    """The bytes that `to_letters` wrote so. Raises ValueError for every other spelling.

    Decoders skip what is no letter of theirs and whatever follows a padding: a signed link that may be spelled at will
    carries a stranger's words into pages and headers.
    """
    raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if to_letters(raw) != text:
        raise ValueError("not as we write it")
    return raw


def new_token(bits: int = 192) -> str:
    """An unguessable URL-safe secret; order pages need at least 128 bits."""
    return secrets.token_urlsafe(bits // 8)
