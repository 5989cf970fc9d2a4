"""Many keys at once: fingerprinted, given ids, sealed, and laid out as rows for COPY. Needs no session.

Ids are random (a random place in the stock is then a uniformly random key) and handed out in the order of the
fingerprints: one batch reaches every index of both tables in its order, so that each page is touched once.
"""

import os
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from struct import Struct

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


@dataclass(slots=True)
class Clear:
    """Keys on their way into the vault: `payloads` are sealed, `texts` make the blind index.

    Kept by column, not as a row each: a hundred thousand small objects are what the garbage collector walks through.
    """

    lines: list[int] = field(default_factory=list)
    offers: list[bytes] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    expires: list[date | None] = field(default_factory=list)

    def add(self, line: int, offer_id: uuid.UUID, payload: str, text: str, expires_on: date | None) -> None:
        self.lines.append(line)
        self.offers.append(offer_id.bytes)
        self.payloads.append(payload.encode())
        self.texts.append(text.encode())
        self.expires.append(expires_on)

    def __len__(self) -> int:
        return len(self.lines)

    def __repr__(self) -> str:
        return f"Clear({len(self)} keys)"  # a key is never in a log or a traceback


@dataclass(frozen=True, slots=True)
class Sealed:
    """`count` rows for COPY, by fingerprint, sealed under one version of their supplier's key."""

    supplier_id: uuid.UUID
    version: int
    count: int
    rows: bytes


class Sealer:
    """Seals the keys of one supplier."""

    def __init__(self, supplier_id: uuid.UUID, version: int, cipher: AESGCM, pepper: bytes) -> None:
        self._supplier_id, self._version, self._cipher = supplier_id, version, cipher
        self._mac = aead.mac_under(pepper)

    def seal(self, keys: Clear) -> Sealed:
        fingerprints = list(map(self._mac, keys.texts))
        order = sorted(range(len(keys)), key=fingerprints.__getitem__)
        ids = sorted(random_ids(len(keys)))
        sealed = aead.seal_all(self._cipher, self._secrets(keys, order, ids), len(ids))
        rows = _rows(keys, order, ids, sealed, fingerprints)
        return Sealed(self._supplier_id, self._version, len(ids), b"".join(rows))

    def _secrets(self, keys: Clear, order: Iterable[int], ids: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Each payload and the place that it is bound to."""
        owner, version = self._supplier_id.bytes, str(self._version).encode()
        payloads, offers = keys.payloads, keys.offers
        places = zip(order, ids, strict=True)
        return ((payloads[at], bind_bytes(owner, unit, offers[at], version)) for at, unit in places)


def _rows(
    keys: Clear, order: Iterable[int], ids: Iterable[bytes], sealed: Iterable[bytes], fingerprints: list[bytes]
) -> list[bytes]:
    lines, offers, expires = keys.lines, keys.offers, keys.expires
    head, tail = _HEAD.pack, _TAIL.pack
    return [
        head(6, 4, lines[at], 16, offers[at], 16, unit, len(secret))
        + secret
        + tail(32, fingerprints[at])
        + (_NULL if (day := expires[at]) is None else _DATE.pack(4, day.toordinal() - _EPOCH))
        for at, unit, secret in zip(order, ids, sealed, strict=True)
    ]


def random_ids(count: int) -> list[bytes]:
    """`count` UUIDv4 as bytes, from one draw."""
    drawn = bytearray(os.urandom(16 * count))
    drawn[6::16] = drawn[6::16].translate(_V4)
    drawn[8::16] = drawn[8::16].translate(_VARIANT)
    octets = bytes(drawn)
    return [octets[at : at + 16] for at in range(0, len(octets), 16)]
