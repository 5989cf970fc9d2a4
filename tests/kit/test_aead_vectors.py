"""Project Wycheproof's vectors, through our own wrapper: what it accepts, it computes rightly; the rest it refuses."""

import hmac
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cardmesh.kit.crypto import aead

FIELDS = ("key", "iv", "aad", "msg", "ct", "tag")
VECTORS = Path(__file__).parents[1] / "data" / "wycheproof"


class Case(NamedTuple):
    """One test of a group; bytes are decoded from hex. Sizes in bits, as the files give them."""

    group: dict[str, Any]
    valid: bool
    name: str
    bytes: dict[str, bytes]


def cases(file: str) -> Iterator[Case]:
    read = json.loads((VECTORS / file).read_text())
    for group in read["testGroups"]:
        for test in group["tests"]:
            fields = {name: bytes.fromhex(test[name]) for name in FIELDS if name in test}
            yield Case(group, test["result"] == "valid", f"{file} {test['tcId']}: {test['comment']}", fields)


def test_aes_gcm_opens_what_is_valid_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: Counter[str] = Counter()
    for case in cases("aes_gcm_test.json"):
        counted[_aes_gcm(case, monkeypatch)] += 1
    assert counted == {
        "opened and sealed": 39,
        "refused: forged": 27,
        "refused: nonce size": 39,
        "refused: key size": 211,
    }


def _aes_gcm(case: Case, monkeypatch: pytest.MonkeyPatch) -> str:
    given = case.bytes
    if case.group["keySize"] != 256:
        with pytest.raises(ValueError, match="32 bytes"):
            aead.cipher(given["key"])
        return "refused: key size"
    cipher, sealed = aead.cipher(given["key"]), given["iv"] + given["ct"] + given["tag"]
    if case.valid and case.group["ivSize"] == 96:
        assert aead.unseal(cipher, sealed, given["aad"]) == given["msg"], case.name
        monkeypatch.setattr(aead.os, "urandom", lambda size: given["iv"] if size == 12 else b"")
        assert aead.seal(cipher, given["msg"], given["aad"]) == sealed, case.name
        return "opened and sealed"
    with pytest.raises(aead.DecryptionFailed):
        aead.unseal(cipher, sealed, given["aad"])
    return "refused: forged" if case.group["ivSize"] == 96 else "refused: nonce size"


def test_every_changed_or_missing_bit_is_refused() -> None:
    cipher = aead.cipher(bytes(range(32)))
    sealed = aead.seal(cipher, b"AAAA-1111", b"place")
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(aead.DecryptionFailed):
            aead.unseal(cipher, bytes(changed), b"place")
    for length in range(len(sealed)):  # a shorter tag is no tag
        with pytest.raises(aead.DecryptionFailed):
            aead.unseal(cipher, sealed[:length], b"place")


def test_hmac_is_the_whole_tag_of_the_right_key() -> None:
    counted: Counter[str] = Counter()
    for case in cases("hmac_sha256_test.json"):
        whole = case.group["tagSize"] == 256
        equal = hmac.compare_digest(aead.mac(case.bytes["key"], case.bytes["msg"]), case.bytes["tag"])
        assert equal == (case.valid and whole), case.name
        counted["equal" if equal else "refused: forged" if whole else "refused: cut"] += 1
    assert counted == {"equal": 33, "refused: forged": 54, "refused: cut": 87}
