"""The address of our page with a payment's QR code: a signed name, so that nobody finds another's by counting."""

import hmac
import uuid
from hashlib import sha256

from ...kit import runtime
from ...kit.errors import NotFound
from ...kit.ids import from_letters, to_letters

PATH = "/-/pay/"


def path(payment_id: uuid.UUID) -> str:
    """`/-/pay/<name>`, on the store's host or on the consoles'."""
    return PATH + to_letters(payment_id.bytes + _mac(payment_id.bytes))


def read(name: str) -> uuid.UUID:
    """The payment. Raises NotFound for anything that we did not sign."""
    try:
        raw = from_letters(name)
    except ValueError:
        raise NotFound from None
    if len(raw) != 48 or not hmac.compare_digest(raw[16:], _mac(raw[:16])):
        raise NotFound
    return uuid.UUID(bytes=raw[:16])


def _mac(body: bytes) -> bytes:
    key = runtime.current().settings.secret_key.encode()
    return hmac.digest(key, b"pay page|" + body, sha256)
