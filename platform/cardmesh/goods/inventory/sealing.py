"""Many keys at once: fingerprinted, given ids, sealed, and laid out as rows for COPY. Needs no session.

Ids are random (a random place in the stock is then a uniformly random key) and handed out in the order of the
fingerprints: one batch reaches every index of both tables in its order, so that each page is touched once.
"""

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from struct import Struct
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...kit.crypto import aead
from ...kit.crypto.vault import bind_bytes

_V4 = bytes(octet & 0x0F | 0x40 for octet in range(256))
_VARIANT = bytes(octet & 0x3F | 0x80 for octet in range(256))
_HEAD = Struct(">hi i i16s i16s i")
_TAIL = Struct(">i32s")
_NULL, _DATE = Struct(">i").pack(-1), Struct(">ii")
_EPOCH = date(2000, 1, 1).toordinal()
COLUMNS = "line, offer_id, id, sealed, fingerprint, expires_on"
"""What a row holds, in PostgreSQL's binary COPY format: each field behind its length."""


class Clear(NamedTuple):
    """A key on its way into the vault: `payload` is sealed, `fingerprint_text` makes the blind index."""

    line: int
    offer_id: uuid.UUID
    payload: bytes
    fingerprint_text: bytes
    expires_on: date | None

    def __repr__(self) -> str:
        return f"Clear(line={self.line})"  # a key is never in a log or a traceback


@dataclass(frozen=True, slots=True)
class Sealed:
    """`count` rows for COPY, by fingerprint and line, sealed under one version of their supplier's key."""

    supplier_id: uuid.UUID
    version: int
    count: int
    rows: bytes


class Sealer:
    """Seals the keys of one supplier."""

    def __init__(self, supplier_id: uuid.UUID, version: int, cipher: AESGCM, pepper: bytes) -> None:
        self._supplier_id, self._version, self._cipher = supplier_id, version, cipher
        self._mac = aead.mac_under(pepper)

    def seal(self, keys: Sequence[Clear]) -> Sealed:
        mac = self._mac
        ordered = sorted([(mac(key.fingerprint_text), key.line, key) for key in keys], key=_place)
        ids = sorted(random_ids(len(keys)))
        owner, version = self._supplier_id.bytes, str(self._version).encode()
        places = {offer_id: offer_id.bytes for offer_id in {key.offer_id for key in keys}}
        secrets = (
            (key.payload, bind_bytes(owner, unit, places[key.offer_id], version))
            for (_, _, key), unit in zip(ordered, ids, strict=True)
        )
        sealed = aead.seal_all(self._cipher, secrets, len(ids))
        rows = [
            _HEAD.pack(6, 4, line, 16, places[key.offer_id], 16, unit, len(secret))
            + secret
            + _TAIL.pack(32, fingerprint)
            + (_NULL if key.expires_on is None else _DATE.pack(4, key.expires_on.toordinal() - _EPOCH))
            for (fingerprint, line, key), unit, secret in zip(ordered, ids, sealed, strict=True)
        ]
        return Sealed(self._supplier_id, self._version, len(rows), b"".join(rows))


def _place(entry: tuple[bytes, int, Clear]) -> tuple[bytes, int]:
    return entry[:2]


def random_ids(count: int) -> list[bytes]:
    """`count` UUIDv4 as bytes, from one draw."""
    drawn = bytearray(os.urandom(16 * count))
    drawn[6::16] = drawn[6::16].translate(_V4)
    drawn[8::16] = drawn[8::16].translate(_VARIANT)
    octets = bytes(drawn)
    return [octets[at : at + 16] for at in range(0, len(octets), 16)]
