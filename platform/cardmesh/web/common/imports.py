"""Sheets in a request: stored and sealed first, then loaded by a job."""

import uuid
from typing import BinaryIO

from flask import request

from ...goods.imports import service as imports
from ...goods.models import Import, ImportKind
from ...goods.offers.service import get_offer
from ...kit.db import transaction
from ...kit.errors import invalid
from ...kit.tenancy import Scope

MAX_BYTES = 256 << 20


def start_import(
    scope: Scope,
    supplier_id: uuid.UUID,
    stream: BinaryIO,
    filename: str,
    *,
    kind: ImportKind,
    offer_id: uuid.UUID | None = None,
) -> Import:
    """Store the sheet, then promise to load it. Raises NotFound, SheetErrors and what `imports.start` raises."""
    upload = stored(scope, supplier_id, stream, offer_id)
    with transaction(scope) as session:
        return imports.start(
            session, supplier_id=supplier_id, kind=kind, offer_id=offer_id, filename=filename, stream=upload
        )


def stored(scope: Scope, supplier_id: uuid.UUID, stream: BinaryIO, offer_id: uuid.UUID | None = None) -> imports.Upload:
    """The sheet, outside any transaction. Raises NotFound, SheetErrors."""
    if offer_id is not None:
        with transaction(scope) as session:
            get_offer(session, offer_id)
    return imports.store_upload(scope, supplier_id=supplier_id, stream=stream)


def uploaded(field: str = "file") -> tuple[BinaryIO, str]:
    """The file of a form, and its name. Raises ValidationFailed when there is none."""
    request.max_content_length = MAX_BYTES
    file = request.files.get(field)
    if file is None or not file.filename:
        raise invalid(f"/{field}", "missing", "请选择文件", "Choose a file")
    return file.stream, file.filename  # pyright: ignore[reportReturnType] - a spooled file, or bytes in memory
