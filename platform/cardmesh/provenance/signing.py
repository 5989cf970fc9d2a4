"""Signed tree heads: RFC 6962 §3.5's bytes under Ed25519. Pure; where the keys are kept is `keys`' business."""

import struct
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_VERSION_V1, _TREE_HASH = 0, 1
_ENDORSEMENT = b"cardmesh log key endorsement v1|"


class Head(NamedTuple):
    """The root of the first `size` leaves at a moment (milliseconds since 1970, UTC)."""

    size: int
    root: bytes
    timestamp_ms: int

    def signed_bytes(self) -> bytes:
        """TreeHeadSignature: version, signature type, timestamp, tree size, root; 50 bytes, big-endian."""
        return struct.pack(">BBQQ", _VERSION_V1, _TREE_HASH, self.timestamp_ms, self.size) + self.root


def public_bytes(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(public_key: bytes) -> str:
    """16 hex digits of the key's SHA-256: whoever has the key can check that it is the one meant."""
    return sha256(public_key).hexdigest()[:16]


def endorsement_bytes(public_key: bytes) -> bytes:
    """What the key before signs, so that who trusts it can go on to trust `public_key`."""
    return _ENDORSEMENT + public_key


def is_signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is the key's over `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
