"""Sealing and tagging by the thousand does what sealing and tagging one by one does."""

import os
import uuid

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cardmesh.kit.crypto import aead, vault


@pytest.mark.parametrize("key_bytes", [1, 32, 64, 65, 200])
@pytest.mark.parametrize("message_bytes", [0, 1, 55, 64, 1_000])
def test_a_prepared_mac_is_the_mac(key_bytes: int, message_bytes: int) -> None:
    key, message = os.urandom(key_bytes), os.urandom(message_bytes)
    tag = aead.mac_under(key)
    assert tag(message) == tag(message) == aead.mac(key, message)


def test_each_of_many_has_a_nonce_of_its_own_and_its_own_place() -> None:
    cipher = AESGCM(os.urandom(32))
    sealed = aead.seal_all(cipher, [b"secret"] * 1_000, [b"place %d" % number for number in range(1_000)])
    assert len({one[: aead.NONCE_BYTES] for one in sealed}) == 1_000
    for number, one in enumerate(sealed):
        assert aead.unseal(cipher, one, b"place %d" % number) == b"secret"
    with pytest.raises(aead.DecryptionFailed):
        aead.unseal(cipher, sealed[0], b"place 1")
    with pytest.raises(ValueError, match="its additional data"):
        aead.seal_all(cipher, [b"secret", b"secret"], [b"place 0"])


def test_a_place_is_the_same_by_the_thousand() -> None:
    owner, secrets, places = uuid.uuid4(), [uuid.uuid4() for _ in range(6)], [uuid.uuid4(), uuid.uuid4()] * 3
    together = vault.bind_all(owner.bytes, [one.bytes for one in secrets], [one.bytes for one in places], 12)
    one_by_one = [vault.bind(owner, *each, 12) for each in zip(secrets, places, strict=True)]
    assert together == one_by_one
    expected = b"|".join([owner.bytes, secrets[0].bytes, places[0].bytes, b"12"])
    assert together[0] == expected
