"""Start an import, run it, and tell how far it is.

`start` belongs to the caller's transaction; `run` opens its own, one per batch, and is called by the worker as often as
it takes: docs/decisions/0005-import.md.
"""

import csv
import io
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import clock, runtime, tenancy
from ...kit.ahead import ahead
from ...kit.crypto.aead import DecryptionFailed
from ...kit.days import day_of
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.failpoints import reach
from ...kit.jobs import outbox
from ...kit.pages import Page, paginate
from ...kit.tenancy import Scope
from ..inventory.errors import NotKeyed
from ..inventory.load import KeyRenewed, sealer
from ..models import GoodsKind, Import, ImportKind, ImportStatus
from ..offers import queries as offer_queries
from . import issues, lines, queries, upload
from .errors import ImportKindUnknown, TooManyKeys, UploadDamaged, UploadMissing
from .issues import Issue
from .issues import listed as list_issues
from .lines import Batch
from .loader import Loader, Place, Superseded
from .parse import index_categories
from .queries import get as get_import
from .state import Standing
from .upload import Upload, discard

__all__ = [
    "Issue",
    "Upload",
    "discard",
    "get_import",
    "keys_as_sheet",
    "list_imports",
    "list_issues",
    "progress",
    "run",
    "start",
    "store_upload",
]

MAX_LISTED_KEYS = 10_000
_FINISHED = (ImportStatus.COMPLETED, ImportStatus.FAILED)


def store_upload(scope: Scope, *, supplier_id: uuid.UUID, stream: BinaryIO) -> Upload:
    """Check, seal and store a sheet before the transaction that starts its import. Raises SheetErrors."""
    with transaction(scope) as session:
        seal = upload.seal_of(session, supplier_id)
    return upload.store(seal, stream)


def start(
    session: Session,
    *,
    supplier_id: uuid.UUID,
    kind: str,
    offer_id: uuid.UUID | None = None,
    filename: str = "",
    stream: BinaryIO | Upload,
) -> Import:
    """Promise to load a sheet: `keys` into one offer, or whole `offers` (with keys on the same rows).

    Pass what `store_upload` returned, so that no transaction waits for the object store; a raw stream is for scripts.
    Raises NotFound, NotKeyed, ImportKindUnknown, SheetErrors.
    """
    if kind not in list(ImportKind) or (kind == ImportKind.KEYS) != (offer_id is not None):
        raise ImportKindUnknown
    if offer_id is not None and offer_queries.get(session, offer_id).kind != GoodsKind.CARD_KEY:
        raise NotKeyed
    if not isinstance(stream, Upload):
        stream = upload.store(upload.seal_of(session, supplier_id), stream)
    row = Import(
        supplier_id=supplier_id,
        id=stream.id,
        kind=kind,
        offer_id=offer_id,
        filename=filename.replace("\x00", "")[:200],
        object_key=stream.object_key,
        size=stream.size,
    )
    session.add(row)
    session.flush()
    details = {"kind": kind, "filename": row.filename, "size": row.size}
    audit.record(
        session,
        party_id=supplier_id,
        action="import.started",
        subject="import",
        subject_id=row.id,
        details=details,
    )
    outbox.send(session, "imports.run", import_id=row.id, supplier_id=supplier_id)
    return row


def keys_as_sheet(keys: Sequence[str]) -> BinaryIO:
    """A short list of keys as the sheet that `start` takes. Raises TooManyKeys."""
    if len(keys) > MAX_LISTED_KEYS:
        raise TooManyKeys(limit=MAX_LISTED_KEYS)
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([["卡密"], *([key] for key in keys)])
    return io.BytesIO(text.getvalue().encode())


def run(import_id: uuid.UUID, supplier_id: uuid.UUID, batch_lines: int | None = None) -> None:
    """Load the sheet from where the last run ended, in batches; the upload is deleted when the import has ended.

    A sheet that cannot be read on ends the import as failed; what was loaded stays. Anything else (a lost
    connection) is raised for the worker to try again.
    """
    scope = tenancy.supplier(supplier_id)
    row = _begin(scope, import_id)
    reach("import.begun")
    if row.status not in _FINISHED:
        try:
            _load(scope, row, batch_lines)
            reach("import.loaded")
        except Superseded:
            return
        except KeyRenewed:  # what was read ahead is sealed anew, from the last batch on
            run(import_id, supplier_id, batch_lines)
            return
        except DecryptionFailed:
            _end(scope, import_id, UploadDamaged())
        except MeshError as refusal:
            if refusal.retryable:
                raise
            _end(scope, import_id, refusal)
        except Exception:
            if _begin(scope, import_id).status not in _FINISHED:  # else another run has ended it under our hands
                raise
        else:
            _end(scope, import_id, None)
    reach("import.ended")
    runtime.current().storage.delete(row.object_key)


def _begin(scope: Scope, import_id: uuid.UUID) -> Import:
    with transaction(scope) as session:
        row = queries.locked(session, import_id)
        if row.status == ImportStatus.QUEUED:
            row.status = ImportStatus.RUNNING
    return row


def _load(scope: Scope, row: Import, batch_lines: int | None) -> None:
    version = upload.sealed_version(row.object_key)
    if version is None:
        raise UploadMissing
    standing = Standing.from_json(row.cursor, day_of(clock.now()))
    with transaction(scope) as session:
        seal = upload.seal_of(session, row.supplier_id, version)
        place = _place(session, row)
        read = _reader(session, row, standing, place, batch_lines)
    with upload.fetch(seal, row.id, row.object_key) as sheet:
        loader = Loader(scope, row, standing, place)
        with closing(read(sheet)) as batches:
            for batch in batches:
                loader.apply(batch)


def _place(session: Session, row: Import) -> Place | None:
    offer = offer_queries.get(session, row.offer_id) if row.offer_id else None
    return Place(offer.id, offer.sku_id) if offer else None


def _reader(
    session: Session, row: Import, standing: Standing, place: Place | None, size: int | None
) -> Callable[[BinaryIO], Generator[Batch, None, None]]:
    """From the sheet to its batches. Keys are read and sealed a batch ahead, while the database stores the last one."""
    if place:
        keys, size = sealer(session, row.supplier_id), size or lines.BATCH_LINES
        return lambda sheet: ahead(lines.key_batches(sheet, standing, place.offer_id, keys, size))
    categories = index_categories(queries.category_names(session))
    return lambda sheet: lines.offer_batches(sheet, standing, categories, size or lines.OFFER_LINES)


def _end(scope: Scope, import_id: uuid.UUID, refusal: MeshError | None) -> None:
    with transaction(scope) as session:
        row = queries.locked(session, import_id)
        if row.status != ImportStatus.RUNNING:
            return
        row.status = ImportStatus.FAILED if refusal else ImportStatus.COMPLETED
        row.finished_at = clock.now()
        if refusal is None:
            row.done_bytes = row.size
        else:
            row.failure_code = refusal.code
            issues.record(session, row.supplier_id, row.id, [issues.of_refusal(0, refusal)])


def progress(row: Import) -> float:
    """0.0 to 1.0: the share of the file's bytes that is done (a workbook is estimated by its lines)."""
    if row.status in _FINISHED:
        return 1.0
    return round(min(row.done_bytes / row.size, 0.99), 4) if row.size else 0.0


def list_imports(session: Session, *, after: uuid.UUID | None = None, limit: int = 20) -> Page[Import]:
    """The scope's imports, newest first."""
    return paginate(session, select(Import), Import.id, after=after, limit=limit)
