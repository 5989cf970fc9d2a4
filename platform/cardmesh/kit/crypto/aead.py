"""Our one wrapper around AES-256-GCM and HMAC-SHA256 (Wycheproof vectors run through it)."""

import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32


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
