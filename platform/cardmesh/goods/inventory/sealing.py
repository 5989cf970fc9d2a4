"""Many keys at once: fingerprinted, sealed, and laid out as rows for COPY. Needs no session.

A key's id is the first half of its fingerprint: as random as that (so a random place in the stock is a uniformly random
key), and rows in order of the one are in order of the other. One batch reaches every index of both tables in its order,
each page once.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, repeat
from struct import Struct, pack

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...kit.crypto import aead
from ...kit.crypto.vault import bind_all

_ID_BYTES = 16
_FIELDS, _ID, _PRINT = pack(">h", 6), pack(">i", _ID_BYTES), pack(">i", 32)
_NULL, _DATE, _NUMBER = pack(">i", -1), Struct(">ii"), pack(">i", 4)
_EPOCH = date(2000, 1, 1).toordinal()
_PIECE = 4_096
"""Keys sealed at a time: what they come to on the way stays in the processor's cache."""
COLUMNS = "offer_id, id, fingerprint, sealed, expires_on, line"
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
        prints = list(map(self._mac, keys.texts))
        order = sorted(range(len(keys)), key=prints.__getitem__)  # stable: of a key's lines the first stays first
        pieces = (order[at : at + _PIECE] for at in range(0, len(order), _PIECE))
        rows = b"".join(self._piece(keys, prints, piece) for piece in pieces)
        return Sealed(self._supplier_id, self._version, len(order), rows)

    def _piece(self, keys: Clear, prints: Sequence[bytes], order: Sequence[int]) -> bytes:
        prints = [prints[at] for at in order]
        ids = [one[:_ID_BYTES] for one in prints]
        offers = [keys.offers[at] for at in order]
        places = bind_all(self._supplier_id.bytes, ids, offers, self._version)
        sealed = aead.seal_all(self._cipher, [keys.payloads[at] for at in order], places)
        lines, expires = [keys.lines[at] for at in order], [keys.expires[at] for at in order]
        return _rows(offers, ids, prints, sealed, expires, lines)


def _rows(
    offers: Sequence[bytes],
    ids: Sequence[bytes],
    prints: Sequence[bytes],
    sealed: Sequence[bytes],
    expires: Sequence[date | None],
    lines: Sequence[int],
) -> bytes:
    """The fields of each row and the lengths between them, joined at once: no row is an object of its own."""
    heads = {offer: _FIELDS + _ID + offer + _ID for offer in set(offers)}
    dates = {day: _day(day) + _NUMBER for day in set(expires)}
    fields = zip(
        [heads[offer] for offer in offers],
        ids,
        repeat(_PRINT),
        prints,
        _numbers(map(len, sealed)),
        sealed,
        [dates[day] for day in expires],
        _numbers(lines),
    )
    return b"".join(chain.from_iterable(fields))


def _day(day: date | None) -> bytes:
    return _NULL if day is None else _DATE.pack(4, day.toordinal() - _EPOCH)


def _numbers(values: Iterable[int]) -> list[bytes]:
    """Each as four bytes."""
    numbers = list(values)
    octets = pack(f">{len(numbers)}i", *numbers)
    return [octets[at : at + 4] for at in range(0, len(octets), 4)]
