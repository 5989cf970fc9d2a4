"""Spreadsheets and key lists: handed over at once, loaded by a job, with progress and errors by line."""

import json
import uuid
from typing import BinaryIO, Literal

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from ....goods.imports import service as imports
from ....goods.imports import template
from ....goods.imports.issues import render
from ....goods.models import Import, ImportKind
from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.errors import MeshError, invalid
from ....kit.ids import parse_id, public_id
from ...common import plain
from ...common.idempotent import is_replay, once
from ...common.imports import MAX_BYTES, stored, uploaded
from ...common.lists import ListOf, each, listed
from ...common.principal import caller, requires
from ...common.requests import locale
from ...common.schema import Paging, Query, Shape
from ...common.tables.files import TYPES
from . import blueprint


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
    format: Literal["xlsx", "csv"] = "xlsx"


@blueprint.post("/offers/<offer_id>/keys")
@blueprint.output(ImportOut, status_code=202)
@blueprint.doc(responses={202: "The keys wait to be loaded"})
@requires(Party.SUPPLIER, "keys:write")
def add_keys(offer_id: str) -> Response:
    """Keys as JSON `{"keys": [...]}`, or as a csv or xlsx body with one key a row."""
    return _start(ImportKind.KEYS, parse_id("off", offer_id))


@blueprint.post("/imports")
@blueprint.output(ImportOut, status_code=202)
@requires(Party.SUPPLIER, "keys:write")
def import_offers() -> Response:
    """Whole offers with their keys, as a csv or xlsx body (or a multipart `file`); see `/imports/template`."""
    return _start(ImportKind.OFFERS)


@blueprint.get("/imports")
@blueprint.input(Paging, location="query")
@blueprint.output(ImportList)
@requires(Party.SUPPLIER, "offers:read")
def list_imports(query_data: Paging) -> ResponseReturnValue:
    """Own imports, newest first, without their errors."""
    with transaction(caller().scope()) as session:
        mine = select(Import).where(Import.supplier_id == caller().party_id)
        return listed(session, mine, Import.id, "imp", query_data, each(import_shape))


@blueprint.get("/imports/template")
@blueprint.input(TemplateQuery, location="query")
@requires(Party.SUPPLIER, "offers:read")
def get_template(query_data: TemplateQuery) -> Response:
    """The sheet to fill in."""
    xlsx = query_data.format == "xlsx"
    body = template.template_xlsx(locale()) if xlsx else template.template_csv(locale())
    response = Response(body, content_type=TYPES["xlsx"] if xlsx else "text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"cardmesh-offers.{query_data.format}")
    return response


@blueprint.get("/imports/<import_id>")
@blueprint.output(ImportOut)
@requires(Party.SUPPLIER, "offers:read")
def get_import(import_id: str) -> ImportOut:
    """Progress and the first 100 refused lines."""
    with transaction(caller().scope()) as session:
        row = imports.get_import(session, parse_id("imp", import_id))
        issues = imports.list_issues(session, import_id=row.id, limit=100)
        errors = [ImportErrorOut(line=issue.line, code=issue.code, message=issue.message(locale())) for issue in issues]
        return import_shape(row).model_copy(update={"errors": errors})


def _start(kind: ImportKind, offer_id: uuid.UUID | None = None) -> Response:
    """The sheet is stored before its key is asked about; one that came before, or is refused, is thrown away again."""
    principal = caller()
    stream, filename = _sheet(kind)
    upload = stored(principal.scope(), principal.party_id, stream, offer_id)

    def effect(session: Session) -> ImportOut:
        ids = {"supplier_id": principal.party_id, "offer_id": offer_id}
        return import_shape(imports.start(session, kind=kind, filename=filename, stream=upload, **ids))

    try:
        answer = once(
            principal.scope(), principal.party_id, effect, status=202, key_required=False, content=upload.digest
        )
    except MeshError:
        imports.discard(upload)
        raise
    if is_replay(answer):
        imports.discard(upload)
    return answer


def _sheet(kind: ImportKind) -> tuple[BinaryIO, str]:
    """The sheet in the request, whichever way it came. Raises ValidationFailed."""
    request.max_content_length = MAX_BYTES
    if request.mimetype == "multipart/form-data":
        return uploaded()
    if request.is_json and kind == ImportKind.KEYS:
        return imports.keys_as_sheet(_listed_keys()), "keys.json"
    return request.stream, request.args.get("filename", f"{kind}")[:200]  # pyright: ignore[reportReturnType]


def _listed_keys() -> list[str]:
    """`{"keys": [...]}`. Raises ValidationFailed without repeating a key."""
    try:
        keys = json.loads(request.get_data())["keys"]
    except (ValueError, TypeError, KeyError, RecursionError):
        keys = None
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) and plain.is_text(key) for key in keys):
        raise invalid("/keys", "keys_invalid", "keys 应为非空的文本列表", "`keys` is a list of texts, not empty")
    return keys


def import_shape(row: Import) -> ImportOut:
    failure = None
    if row.failure_code:
        failure = ImportErrorOut(line=0, code=row.failure_code, message=render(row.failure_code, {}, locale()))
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
        progress=imports.progress(row),
        failure=failure,
        errors=[],
        created_at=rfc3339(row.created_at),
        finished_at=rfc3339(row.finished_at) if row.finished_at else None,
    )
