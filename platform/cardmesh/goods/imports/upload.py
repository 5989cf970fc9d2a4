"""The uploaded sheet on its way: spooled in memory, checked, sealed into storage, opened again for the run.

A sheet of keys is keys in clear, so it is sealed like them: in chunks, each bound to its supplier, its import, its
place and to being the last one or not. No clear byte touches a disk.
"""

import hashlib
import hmac
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from ...kit import runtime
from ...kit.crypto import aead
from ...kit.crypto.vault import bind
from ...kit.ids import new_id
from ...kit.scratch import scratch_file
from ...kit.sheets import Limits, open_rows
from ...kit.sheets.archive import open_archive
from ...kit.sheets.errors import SheetEmpty, SheetTooLarge
from ...kit.storage import Reader

CHUNK = 1 << 20
LIMITS = Limits()
_HEAD = 4
_SEALED_CHUNK = aead.NONCE_BYTES + CHUNK + 16


@dataclass(frozen=True, slots=True)
class Upload:
    """A sealed sheet in storage; its id becomes the import's.

    `digest` tells whether another upload has the same content; it is keyed, for a sheet may be one short key.
    """

    id: uuid.UUID
    object_key: str
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """A supplier's cipher in one version of its data key."""

    supplier_id: uuid.UUID
    version: int
    cipher: AESGCM


def seal_of(session: Session, supplier_id: uuid.UUID, version: int | None = None) -> Seal:
    """The newest seal of a supplier, or an older one that a sheet was sealed with."""
    vault = runtime.current().vault
    version = version or vault.current_version(session, supplier_id)
    return Seal(supplier_id, version, vault.cipher(session, supplier_id, version))


def store(seal: Seal, stream: BinaryIO, limits: Limits = LIMITS) -> Upload:
    """Check and seal `stream` into storage. Raises the SheetErrors: too large, a bomb, no sheet at all, empty."""
    upload_id = new_id()
    key = f"imports/{seal.supplier_id}/{upload_id}"
    with scratch_file() as sheet, scratch_file() as sealed:
        digest = _spool(stream, sheet, limits)
        _check(sheet, limits)
        sealed.write(seal.version.to_bytes(_HEAD, "big"))
        for place, (chunk, last) in enumerate(_chunks(sheet, CHUNK)):
            sealed.write(aead.seal(seal.cipher, chunk, _aad(seal, upload_id, place, last)))
        sealed.seek(0)
        runtime.current().storage.put_file(key, sealed)
        return Upload(upload_id, key, sheet.seek(0, os.SEEK_END), digest)


def discard(upload: Upload) -> None:
    """Of an upload that no import was started for."""
    runtime.current().storage.delete(upload.object_key)


def _spool(stream: BinaryIO, sheet: BinaryIO, limits: Limits) -> bytes:
    digest = hmac.new(runtime.current().settings.secret_key.encode(), b"sheet|", hashlib.sha256)
    while piece := stream.read(CHUNK):
        sheet.write(piece)
        digest.update(piece)
        if sheet.tell() > limits.file_bytes:
            raise SheetTooLarge(what="bytes", limit=limits.file_bytes)
    if not sheet.tell():
        raise SheetEmpty
    sheet.seek(0)
    return digest.digest()


def _check(sheet: BinaryIO, limits: Limits) -> None:
    """What can be known cheaply: a workbook by its directory alone, a text by its characters."""
    if sheet.read(2) == b"PK":
        open_archive(sheet, limits)
    else:
        open_rows(sheet, limits=limits)
    sheet.seek(0)


def sealed_version(object_key: str) -> int | None:
    """Which version of the supplier's key opens the sheet; None when the object is gone."""
    storage = runtime.current().storage
    if not storage.exists(object_key):
        return None
    with storage.open(object_key) as sealed:
        return int.from_bytes(sealed.read(_HEAD), "big")


def fetch(seal: Seal, upload_id: uuid.UUID, object_key: str) -> BinaryIO:
    """The sheet in clear, as a file in memory. Raises DecryptionFailed when it was changed, cut or moved."""
    sheet = scratch_file()
    try:
        with runtime.current().storage.open(object_key) as sealed:
            sealed.read(_HEAD)
            for place, (chunk, last) in enumerate(_chunks(sealed, _SEALED_CHUNK)):
                sheet.write(aead.unseal(seal.cipher, chunk, _aad(seal, upload_id, place, last)))
    except BaseException:
        sheet.close()
        raise
    sheet.seek(0)
    return sheet


def _aad(seal: Seal, upload_id: uuid.UUID, place: int, last: bool) -> bytes:
    return bind(seal.supplier_id, upload_id, uuid.UUID(int=place << 1 | last), seal.version)


def _chunks(file: Reader, size: int) -> Iterator[tuple[bytes, bool]]:
    """Pieces of `size` bytes, the shorter rest, and whether a piece is the last one (of an empty file too)."""
    piece = _full(file, size)
    while True:
        following = _full(file, size)
        yield piece, not following
        if not following:
            return
        piece = following


def _full(file: Reader, size: int) -> bytes:
    """Exactly `size` bytes unless the file ends: a network stream may return fewer at a time."""
    parts: list[bytes] = []
    missing = size
    while missing and (part := file.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
