"""Master keys: what wraps the data keys. A key file on one machine, a KMS key on many."""

import hashlib
import os
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...settings import Settings
from .. import aws
from . import aead


class MasterKey(Protocol):
    """Wraps 32-byte data keys. `context` is bound to the wrapped key and must be given again to unwrap it."""

    id: str

    def wrap(self, data_key: bytes, context: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes: ...


class FileMasterKey:
    """A 32-byte key in a file of mode 0600. Its id is a digest, so that a wrong file is noticed, not guessed at."""

    def __init__(self, path: Path) -> None:
        key = path.read_bytes()
        if len(key) != aead.KEY_BYTES:
            raise ValueError(f"the master key file must hold exactly {aead.KEY_BYTES} bytes")
        self.id = "file:" + hashlib.sha256(b"cardmesh master key id" + key).hexdigest()[:16]
        self._cipher = AESGCM(key)

    def wrap(self, data_key: bytes, context: str) -> bytes:
        return aead.seal(self._cipher, data_key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return aead.unseal(self._cipher, wrapped, context.encode())


class KmsMasterKey:
    """A symmetric AWS KMS key (or a compatible service); the context is KMS's encryption context."""

    def __init__(self, key_id: str, settings: Settings) -> None:
        self.id = "kms:" + key_id
        self._key_id = key_id
        self._client = aws.kms_client(settings)

    def wrap(self, data_key: bytes, context: str) -> bytes:
        reply = self._client.encrypt(
            KeyId=self._key_id, Plaintext=data_key, EncryptionContext={"cardmesh": context}
        )
        return reply["CiphertextBlob"]

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        reply = self._client.decrypt(
            KeyId=self._key_id, CiphertextBlob=wrapped, EncryptionContext={"cardmesh": context}
        )
        return reply["Plaintext"]


def create_key_file(path: Path) -> None:
    """Write a fresh master key with mode 0600; an existing file is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(aead.KEY_BYTES))


def open_master_key(settings: Settings) -> MasterKey:
    """The installation's master key: KMS when configured, else the key file (made on first use in development)."""
    if settings.kms_key_id:
        return KmsMasterKey(settings.kms_key_id, settings)
    path = settings.master_key_file or settings.data_dir / "secrets" / "master.key"
    if settings.env == "development":
        create_key_file(path)
    return FileMasterKey(path)
