"""Sealing and tagging by the thousand does what sealing and tagging one by one does."""

import os
import uuid

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cardmesh.goods.inventory.sealing import random_ids
from cardmesh.kit.crypto import aead


@pytest.mark.parametrize("key_bytes", [1, 32, 64, 65, 200])
@pytest.mark.parametrize("message_bytes", [0, 1, 55, 64, 1_000])
def test_a_prepared_mac_is_the_mac(key_bytes: int, message_bytes: int) -> None:
    key, message = os.urandom(key_bytes), os.urandom(message_bytes)
    tag = aead.mac_under(key)
    assert tag(message) == tag(message) == aead.mac(key, message)


def test_each_of_many_has_a_nonce_of_its_own_and_its_own_place() -> None:
    cipher = AESGCM(os.urandom(32))
    sealed = aead.seal_all(cipher, ((b"secret", b"place %d" % number) for number in range(1_000)), 1_000)
    assert len({one[: aead.NONCE_BYTES] for one in sealed}) == 1_000
    for number, one in enumerate(sealed):
        assert aead.unseal(cipher, one, b"place %d" % number) == b"secret"
    with pytest.raises(aead.DecryptionFailed):
        aead.unseal(cipher, sealed[0], b"place 1")


def test_ids_are_random_uuids() -> None:
    made = [uuid.UUID(bytes=one) for one in random_ids(1_000)]
    assert len(set(made)) == 1_000
    assert {one.version for one in made} == {4} and {one.variant for one in made} == {uuid.RFC_4122}
