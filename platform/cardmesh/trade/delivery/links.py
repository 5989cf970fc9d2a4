"""Signed download links: who may fetch which unit, until when. Nothing is stored; the cap is counted on the unit."""

import hmac
import uuid
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from ...kit import clock, runtime
from ...kit.ids import from_letters, to_letters
from ..errors import LinkExpired

PATH = "/api/downloads/"
LIFETIME = timedelta(minutes=10)
_MAC_BYTES = 16
_BODY_BYTES = 16 + 16 + 6


class Ticket(NamedTuple):
    """A link that was signed by us and is still fresh."""

    tenant_id: uuid.UUID
    unit_id: uuid.UUID


def path(tenant_id: uuid.UUID, unit_id: uuid.UUID) -> str:
    """`/api/downloads/<token>`, on the store's host; good for ten minutes."""
    expires = int((clock.now() + LIFETIME).timestamp())
    body = tenant_id.bytes + unit_id.bytes + expires.to_bytes(6, "big")
    return PATH + to_letters(body + _mac(body))


def read(token: str) -> Ticket:
    """Raises LinkExpired for anything that we did not sign, or that is over."""
    try:
        raw = from_letters(token)
    except ValueError:
        raise LinkExpired from None
    body, mac = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
    if len(body) != _BODY_BYTES or not hmac.compare_digest(mac, _mac(body)):
        raise LinkExpired
    if int.from_bytes(body[32:], "big") < clock.now().timestamp():
        raise LinkExpired
    return Ticket(uuid.UUID(bytes=body[:16]), uuid.UUID(bytes=body[16:32]))


def _mac(body: bytes) -> bytes:
    key = runtime.current().settings.secret_key.encode()
    return hmac.digest(key, b"download|" + body, sha256)[:_MAC_BYTES]
