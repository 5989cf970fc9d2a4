"""Master keys: what wraps the data keys. A key file on one machine, a KMS key on many; the newest one wraps.

A wrapped key names the master key that opens it, so old and new ones serve side by side while they are exchanged.
"""

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from ...settings import Settings
from .. import aws
from . import aead
from .errors import CustodyUnavailable

FILE, KMS = "file:", "kms:"


class MasterKey(Protocol):
    """Wraps 32-byte data keys. `context` is bound to the wrapped key and must be given again to unwrap it."""

    id: str

    def wrap(self, data_key: bytes, context: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes: ...


class FileMasterKey:
    """32 bytes of a key file. Its id is a digest, so that a wrong file is noticed, not guessed at."""

    def __init__(self, key: bytes) -> None:
        self.id = FILE + hashlib.sha256(b"cardmesh master key id" + key).hexdigest()[:16]
        self._cipher = aead.cipher(key)

    def wrap(self, data_key: bytes, context: str) -> bytes:
        return aead.seal(self._cipher, data_key, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return aead.unseal(self._cipher, wrapped, context.encode())


class KmsMasterKey:
    """A symmetric AWS KMS key (or a compatible service); the context is KMS's encryption context."""

    def __init__(self, key_id: str, client: Any) -> None:
        self.id = KMS + key_id
        self._key_id = key_id
        self._client = client

    def wrap(self, data_key: bytes, context: str) -> bytes:
        return self._ask("encrypt", context, Plaintext=data_key)["CiphertextBlob"]

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        return self._ask("decrypt", context, CiphertextBlob=wrapped)["Plaintext"]

    def _ask(self, call: str, context: str, **data: bytes) -> dict[str, bytes]:
        """Raises CustodyUnavailable, without the chain: an AWS error may quote what it was sent."""
        try:
            return getattr(self._client, call)(KeyId=self._key_id, EncryptionContext={"cardmesh": context}, **data)
        except aws.ERRORS as error:
            cause = aws.error_code(error)
        raise CustodyUnavailable(f"KMS refused to {call}: {cause}")


class Keyring:
    """The master keys of one installation: those of the file, newest last, and any KMS key a wrapped key names.

    The file is read anew when it has changed, so a key added to it serves every process without a restart.
    """

    def __init__(self, settings: Settings, path: Path) -> None:
        self._settings = settings
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._files: dict[str, FileMasterKey] = {}
        self._clients: list[Any] = []

    def current(self) -> MasterKey:
        """The key that wraps: the configured KMS key, else the newest of the file. Raises CustodyUnavailable."""
        if self._settings.kms_key_id:
            return KmsMasterKey(self._settings.kms_key_id, self._kms())
        return list(self._read().values())[-1]

    def named(self, master_id: str) -> MasterKey:
        """The key that wrapped. Raises CustodyUnavailable when it is in no file and no KMS of ours."""
        if master_id.startswith(KMS):
            return KmsMasterKey(master_id.removeprefix(KMS), self._kms())
        found = self._read().get(master_id)
        if found is None:
            raise CustodyUnavailable(f"the master key {master_id} is not in {self._path}")
        return found

    def add(self) -> MasterKey:
        """Append a fresh key to the file; it wraps from now on. The change is on the disk when this returns."""
        _replace(self._path, self._path.read_bytes() + os.urandom(aead.KEY_BYTES))
        return self.current()

    def _kms(self) -> Any:
        if not self._clients:
            self._clients.append(aws.kms_client(self._settings))
        return self._clients[0]

    def _read(self) -> dict[str, FileMasterKey]:
        try:
            found = self._path.stat()
            stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
            if stamp != self._stamp:
                self._files = {key.id: key for key in map(FileMasterKey, _split(self._path.read_bytes()))}
                self._stamp = stamp
        except OSError as error:
            raise CustodyUnavailable(f"the master key file cannot be read: {error.strerror}") from None
        return self._files


def _split(content: bytes) -> list[bytes]:
    """The keys of a file. Raises ValueError unless it holds a whole number of keys, at least one."""
    if not content or len(content) % aead.KEY_BYTES:
        raise ValueError(f"the master key file must hold {aead.KEY_BYTES} bytes for each key")
    return [content[start : start + aead.KEY_BYTES] for start in range(0, len(content), aead.KEY_BYTES)]


def _replace(path: Path, content: bytes) -> None:
    """Put `content` in the file's place at once, mode 0600, on the disk: half a key file would lose every key."""
    with NamedTemporaryFile(dir=path.parent, prefix=".master", delete=False) as fresh:
        fresh.write(content)
        fresh.flush()
        os.fsync(fresh.fileno())
    Path(fresh.name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def create_key_file(path: Path) -> None:
    """Write a fresh master key with mode 0600; an existing file is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(aead.KEY_BYTES))


def open_keyring(settings: Settings) -> Keyring:
    """The installation's master keys. In development, without KMS, the key file is made on first use.

    Raises ValueError for a damaged file, CustodyUnavailable for a missing one: at the start, not at the first sale.
    """
    path = settings.master_key_file or settings.data_dir / "secrets" / "master.key"
    keyring = Keyring(settings, path)
    if not settings.kms_key_id:
        if settings.env == "development":
            create_key_file(path)
        keyring.current()
    return keyring
