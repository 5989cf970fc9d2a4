"""Order numbers that people read aloud, and the secret that opens an order's page."""

import hmac
import secrets
import uuid
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256

from ..kit import runtime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM = 10


def new_number(at: datetime) -> str:
    """`CM` + date + 50 random bits: readable, sortable by day, not to be guessed or counted."""
    bits = secrets.randbits(5 * _RANDOM)
    random = (_ALPHABET[bits >> 5 * place & 31] for place in range(_RANDOM))
    return f"CM{at:%y%m%d}{''.join(random)}"


def tidy(number: str) -> str:
    """A number as somebody may have typed it."""
    return number.strip().upper().translate(str.maketrans("OIL", "011"))[:32]


def token(order_id: uuid.UUID) -> str:
    """The order page's secret, 256 bits: derived, so that a guest who proves the contact gets the same one again."""
    key = runtime.current().settings.secret_key.encode()
    mac = hmac.digest(key, b"order token|" + order_id.bytes, sha256)
    return urlsafe_b64encode(mac).decode().rstrip("=")


def token_hash(value: str) -> bytes:
    """What is stored of it."""
    return sha256(value.encode()).digest()
