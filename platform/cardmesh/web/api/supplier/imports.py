"""Spreadsheets and key lists: handed over at once, loaded by a job, with progress and errors by line."""

import json
from io import BytesIO
from typing import Literal

from flask import Response, request
from sqlalchemy import select

from ....goods.imports import service as imports
from ....goods.imports import template
from ....goods.models import Import, ImportKind
from ....goods.offers.service import get_offer
from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.errors import invalid
from ....kit.ids import parse_id, public_id
from ...common.lists import ListOf, each, listed
from ...common.principal import caller, requires
from ...common.requests import locale
from ...common.schema import Paging, Query, Shape
from ...common.wallets import XLSX
from . import blueprint

MAX_BYTES = 256 << 20


class ImportErrorOut(Shape):
    line: int
    code: str
    message: str


class ImportOut(Shape):
    object: Literal["import"] = "import"
    id: str
    kind: str
    offer: str | None
    filename: str
    status: str
    total: int
    accepted: int
    duplicates: int
    rejected: int
    progress: float
    failure: ImportErrorOut | None
    errors: list[ImportErrorOut]
    created_at: str
    finished_at: str | None


class ImportList(ListOf[ImportOut]):
    pass


class TemplateQuery(Query):
    kind: Literal["offers", "keys"] = "offers"
    format: Literal["xlsx", "csv"] = "xlsx"


@blueprint.post("/offers/<offer_id>/keys")
@blueprint.output(ImportOut, status_code=202)
@blueprint.doc(responses={202: "The keys wait to be loaded"})
@requires(Party.SUPPLIER, "keys:write")
def add_keys(offer_id: str) -> ImportOut:
    """Keys as JSON `{"keys": [...]}`, or as a csv or xlsx body with one key a row."""
    principal = caller()
    with transaction(principal.scope()) as session:
        offer = get_offer(session, parse_id("off", offer_id))
    body, filename = _body("keys")
    return _start(ImportKind.KEYS, body, filename, offer_id=offer.id)


@blueprint.post("/imports")
@blueprint.output(ImportOut, status_code=202)
@requires(Party.SUPPLIER, "keys:write")
def import_offers() -> ImportOut:
    """Whole offers with their keys, as a csv or xlsx body (or a multipart `file`); see `/imports/template`."""
    body, filename = _body("offers")
    return _start(ImportKind.OFFERS, body, filename)


@blueprint.get("/imports")
@blueprint.input(Paging, location="query")
@blueprint.output(ImportList)
@requires(Party.SUPPLIER, "offers:read")
def list_imports(query_data: Paging) -> object:
    """Own imports, newest first, without their errors."""
    with transaction(caller().scope()) as session:
        mine = select(Import).where(Import.supplier_id == caller().party_id)
        return listed(session, mine, Import.id, "imp", query_data, each(import_shape))


@blueprint.get("/imports/template")
@blueprint.input(TemplateQuery, location="query")
@requires(Party.SUPPLIER, "offers:read")
def get_template(query_data: TemplateQuery) -> Response:
    """The sheet to fill in."""
    body = template.render(kind=query_data.kind, format=query_data.format, locale=locale())
    response = Response(body, content_type=XLSX if query_data.format == "xlsx" else "text/csv; charset=utf-8")
    name = f"cardmesh-{query_data.kind}.{query_data.format}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blueprint.get("/imports/<import_id>")
@blueprint.output(ImportOut)
@requires(Party.SUPPLIER, "offers:read")
def get_import(import_id: str) -> ImportOut:
    """Progress and the first 100 refused lines."""
    with transaction(caller().scope()) as session:
        row = imports.get_import(session, parse_id("imp", import_id))
        issues = imports.issues(session, import_id=row.id, limit=100)
        errors = [
            ImportErrorOut(line=issue.line, code=issue.code, message=imports.message(issue, locale()))
            for issue in issues
        ]
        return import_shape(row).model_copy(update={"errors": errors})


def _start(kind: ImportKind, body: bytes, filename: str, offer_id: object = None) -> ImportOut:
    principal = caller()
    with transaction(principal.scope()) as session:
        row = imports.start(
            session,
            supplier_id=principal.party_id,
            kind=kind,
            offer_id=offer_id,
            filename=filename,
            stream=BytesIO(body),
        )
        return import_shape(row)


def _body(kind: str) -> tuple[bytes, str]:
    """The sheet in the request, whichever way it came. Raises ValidationFailed."""
    request.max_content_length = MAX_BYTES
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        if file is None:
            raise invalid("/file", "missing", "请上传文件", "Send the sheet as `file`")
        return file.read(), file.filename or kind
    if request.is_json and kind == "keys":
        return _json_keys(), "keys.json"
    return request.get_data(), request.args.get("filename", kind)[:200]


def _json_keys() -> bytes:
    """`{"keys": [...]}` as a sheet of one column."""
    try:
        keys = json.loads(request.get_data())["keys"]
    except (ValueError, TypeError, KeyError, RecursionError):
        keys = None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise invalid("/keys", "keys_invalid", "keys 应为非空的文本列表", "`keys` is a list of texts, not empty")
    return template.keys_sheet(keys)


def import_shape(row: Import) -> ImportOut:
    failure = None
    if row.failure_code:
        failure = ImportErrorOut(line=0, code=row.failure_code, message=imports.failure_message(row, locale()))
    return ImportOut(
        id=public_id("imp", row.id),
        kind=row.kind,
        offer=public_id("off", row.offer_id) if row.offer_id else None,
        filename=row.filename or "",
        status=row.status or "queued",
        total=row.total or 0,
        accepted=row.accepted or 0,
        duplicates=row.duplicates or 0,
        rejected=row.rejected or 0,
        progress=round((row.done_bytes or 0) / row.size, 4) if row.size else 0.0,
        failure=failure,
        errors=[],
        created_at=rfc3339(row.created_at),
        finished_at=rfc3339(row.finished_at) if row.finished_at else None,
    )
