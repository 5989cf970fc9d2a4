"""Signed links to a store's draft: whoever has one sees it until it is over. Nothing is stored.

One for the customizer's own frame, one to hand to others; a frame's link cannot be handed on as a page, nor the other
way round, because the kind is signed too.
"""

import hmac
import uuid
from datetime import timedelta
from enum import IntEnum
from hashlib import sha256
from typing import NamedTuple

from ...kit import clock, runtime
from ...kit.ids import from_letters, to_letters
from ..models import Store
from .errors import PreviewExpired

PATH = "/-/draft/"
_MAC_BYTES = 16
_BODY_BYTES = 1 + 16 + 16 + 6


class Kind(IntEnum):
    FRAME = 1
    """Inside the customizer."""
    SHARED = 2
    """For anyone who gets the link."""


LIFETIME = {Kind.FRAME: timedelta(hours=12), Kind.SHARED: timedelta(days=7)}


class Ticket(NamedTuple):
    """A link that we signed and that is still good."""

    kind: Kind
    tenant_id: uuid.UUID
    store_id: uuid.UUID


def path(store: Store, kind: Kind) -> str:
    """`/-/draft/<token>` on the store's host, without a final slash."""
    expires = int((clock.now() + LIFETIME[kind]).timestamp())
    body = bytes([kind]) + store.tenant_id.bytes + store.id.bytes + expires.to_bytes(6, "big")
    return PATH + to_letters(body + _mac(body))


def read(token: str) -> Ticket:
    """Raises PreviewExpired for anything that we did not sign, or that is over."""
    try:
        raw = from_letters(token)
    except ValueError:
        raise PreviewExpired from None
    body, mac = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
    if len(body) != _BODY_BYTES or not hmac.compare_digest(mac, _mac(body)):
        raise PreviewExpired
    if int.from_bytes(body[33:], "big") <= clock.now().timestamp():
        raise PreviewExpired
    return Ticket(Kind(body[0]), uuid.UUID(bytes=body[1:17]), uuid.UUID(bytes=body[17:33]))


def _mac(body: bytes) -> bytes:
    key = runtime.current().settings.secret_key.encode()
    return hmac.digest(key, b"draft|" + body, sha256)[:_MAC_BYTES]
