"""The private object behind a file offer. Each upload is a new version; units already sold keep theirs."""

import hashlib
import tempfile
import uuid
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, cast

from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import runtime
from ...kit.ids import new_id
from .. import changes
from ..models import GoodsKind, OfferFile
from . import queries, rules
from .errors import DownloadCapInvalid, FileInvalid, NotAFile

_PIECE = 1 << 20
MAX_NAME = 200
MAX_DOWNLOADS = 100


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An object that is stored and waits to be attached."""

    id: uuid.UUID
    object_key: str
    size: int
    sha256: str


def store_file(*, supplier_id: uuid.UUID, body: bytes | BinaryIO, content_type: str) -> StoredFile:
    """Store `body` privately, outside any transaction. Raises FileInvalid."""
    source = BytesIO(body) if isinstance(body, bytes) else body
    digest, size, file_id = hashlib.sha256(), 0, new_id()
    with tempfile.NamedTemporaryFile() as copy:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > rules.MAX_FILE_BYTES:
                raise FileInvalid(limit=rules.MAX_FILE_BYTES)
            digest.update(piece)
            copy.write(piece)
        if not size:
            raise FileInvalid(limit=rules.MAX_FILE_BYTES)
        copy.seek(0)
        key = f"offers/{supplier_id}/{file_id}"
        runtime.current().storage.put_file(key, cast(BinaryIO, copy.file), content_type)
    return StoredFile(file_id, key, size, digest.hexdigest())


def attach_file(
    session: Session,
    *,
    offer_id: uuid.UUID,
    filename: str,
    content_type: str,
    body: bytes | BinaryIO | StoredFile,
    download_cap: int = 5,
) -> OfferFile:
    """Make `body` the offer's newest version. Raises NotFound, NotAFile, FileInvalid.

    Pass what `store_file` returned, so that no transaction waits for the object store; raw bytes are for scripts. A
    rolled-back transaction leaves an object that nobody points at, never a row without its object.
    """
    offer = queries.locked(session, offer_id)
    if offer.kind != GoodsKind.FILE:
        raise NotAFile
    name = _plain_name(filename)
    if not 1 <= download_cap <= MAX_DOWNLOADS:
        raise DownloadCapInvalid(limit=MAX_DOWNLOADS)
    if not isinstance(body, StoredFile):
        body = store_file(supplier_id=offer.supplier_id, body=body, content_type=content_type)
    row = OfferFile(
        supplier_id=offer.supplier_id,
        id=body.id,
        offer_id=offer.id,
        version=queries.last_file_version(session, offer.id) + 1,
        object_key=body.object_key,
        filename=name,
        content_type=content_type,
        size=body.size,
        sha256=body.sha256,
        download_cap=download_cap,
    )
    session.add(row)
    offer.version += 1
    session.flush()
    details = {"version": row.version, "sha256": row.sha256, "size": row.size}
    party = offer.supplier_id
    audit.record(
        session, party_id=party, action="offer.file_attached", subject="offer", subject_id=offer.id, details=details
    )
    changes.note_skus(session, [offer.sku_id], "offer.file_attached")
    return row


def _plain_name(filename: str) -> str:
    name = filename.replace("\\", "/").rpartition("/")[2].strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise FileInvalid(limit=rules.MAX_FILE_BYTES)
    return name
