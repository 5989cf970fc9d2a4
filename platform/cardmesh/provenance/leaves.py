"""What a leaf says to the public: what happened, and to which key – under a name that nothing can be guessed from.

A key's token is SHA-256 of a constant and its blind index. The index is an HMAC under a secret pepper, so the token
says nothing of the key, yet is the same however often, and by whom, the same key is sold. A leaf has no time (the head
above it has one), no order, no party and no price.
"""

import json
from enum import StrEnum
from typing import NamedTuple

TOKEN_DOMAIN = b"cardmesh key token v1|"
HASH_BYTES = 32


class Event(StrEnum):
    """In the order in which one look at the facts writes them."""

    IMPORTED = "imported"
    LISTED = "listed"
    SOLD = "sold"
    REVEALED = "revealed"
    REPLACED = "replaced"
    VOIDED = "voided"
    CLOSED = "closed"
    """A day of the books, by the digest of its close: no key's event, but sealed in the same log."""


RANK = {event.value: place for place, event in enumerate(Event)}


class Leaf(NamedTuple):
    """`token` names a key, or a closed day; with `keys`, it is the root of the tree of so many keys' tokens."""

    event: str
    token: bytes
    keys: int | None = None

    def text(self) -> str:
        """Canonical JSON: members in order, no spaces. Its UTF-8 bytes are what the tree hashes."""
        what = "digest" if self.event == Event.CLOSED else "key"
        named = {what: self.token.hex()} if self.keys is None else {"keys": self.keys, "root": self.token.hex()}
        return json.dumps({"event": str(self.event), **named}, separators=(",", ":"))

    def content(self) -> bytes:
        return self.text().encode()


def tokens_of(blob: bytes) -> list[bytes]:
    """The tokens that a batch stores end to end."""
    return [blob[start : start + HASH_BYTES] for start in range(0, len(blob), HASH_BYTES)]
