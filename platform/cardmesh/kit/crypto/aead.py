"""Our one wrapper around AES-256-GCM and HMAC-SHA256 (Wycheproof vectors run through it)."""

import hmac
import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from operator import add

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32
_BLOCK = 64
_IPAD, _OPAD = (bytes(octet ^ pad for octet in range(256)) for pad in (0x36, 0x5C))


class DecryptionFailed(Exception):
    """The ciphertext, its place (additional data) or the key is not what was sealed. Says nothing else on purpose."""


def cipher(key: bytes) -> AESGCM:
    """AES-256-GCM under `key`. Raises ValueError for a shorter key, which AES would accept."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return AESGCM(key)


def seal(cipher: AESGCM, plaintext: bytes, aad: bytes) -> bytes:
    """`nonce || ciphertext || tag` with a fresh random 96-bit nonce."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, aad)


def seal_all(cipher: AESGCM, plaintexts: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
    """`seal` of each plaintext with its additional data, each with a fresh random nonce drawn with the rest."""
    if len(plaintexts) != len(aads):
        raise ValueError("each plaintext has its additional data")
    drawn = os.urandom(NONCE_BYTES * len(plaintexts))
    nonces = [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]
    return list(map(add, nonces, map(cipher.encrypt, nonces, plaintexts, aads)))


def unseal(cipher: AESGCM, sealed: bytes, aad: bytes) -> bytes:
    """The plaintext of `seal`. Raises DecryptionFailed."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise DecryptionFailed
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except InvalidTag:
        raise DecryptionFailed from None


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256, 32 bytes."""
    return hmac.digest(key, message, sha256)


def mac_under(key: bytes) -> Callable[[bytes], bytes]:
    """`mac` for many messages: what depends on the key alone is hashed once (RFC 2104; half the time of hmac.copy)."""
    padded = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner, outer = (sha256(padded.translate(pad)) for pad in (_IPAD, _OPAD))

    def tag(message: bytes) -> bytes:
        within, around = inner.copy(), outer.copy()
        within.update(message)
        around.update(within.digest())
        return around.digest()

    return tag
