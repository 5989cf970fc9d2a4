"""Imports: upload, progress, errors by line."""

import csv
import io

from flask import Response as FlaskResponse
from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...goods.imports import service as imports
from ...goods.imports import template
from ...goods.imports.issues import render as render_issue
from ...goods.models import Import, ImportKind, ImportStatus
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id, public_id
from ...kit.pages import paginate
from ..common.console import allow, done, person, refused, render, scope
from ..common.imports import MAX_BYTES, start_import, uploaded
from ..common.lists import cursor_id
from ..common.requests import locale
from ..common.uploads import takes
from ..common.wallets import XLSX
from . import blueprint

SHOWN = 200


@blueprint.get("/imports")
def imports_list() -> str:
    with transaction(scope()) as session:
        mine = select(Import).where(Import.supplier_id == person().party_id)
        page = paginate(session, mine, Import.id, after=cursor_id("imp", request.args.get("after")))
    cursor = public_id("imp", page.rows[-1].id) if page.has_more else None
    busy = any(row.status in (ImportStatus.QUEUED, ImportStatus.RUNNING) for row in page.rows)
    return render("supplier/imports.html", page=page, cursor=cursor, busy=busy)


@blueprint.post("/imports")
@takes(MAX_BYTES)
@allow("manager", "key-uploader")
def imports_start() -> Response:
    try:
        stream, filename = uploaded()
        row = start_import(scope(), person().party_id, stream, filename, kind=ImportKind.OFFERS)
    except MeshError as error:
        return refused(error, "supplier.imports_list")
    return done("已开始导入", "The import has begun", "supplier.import_", import_id=public_id("imp", row.id))


@blueprint.get("/imports/<import_id>")
def import_(import_id: str) -> str:
    with transaction(scope()) as session:
        row = imports.get_import(session, parse_id("imp", import_id))
        issues = imports.list_issues(session, import_id=row.id, limit=SHOWN)
    busy = row.status in (ImportStatus.QUEUED, ImportStatus.RUNNING)
    lines = [(issue.line, issue.code, issue.message(locale())) for issue in issues]
    failure = render_issue(row.failure_code, {}, locale()) if row.failure_code else None
    return render("supplier/import.html", row=row, lines=lines, busy=busy, failure=failure)


@blueprint.get("/imports/<import_id>/errors.csv")
def import_errors(import_id: str) -> Response:
    """Every refused line with its reason, to mend the sheet by."""
    with transaction(scope()) as session:
        row = imports.get_import(session, parse_id("imp", import_id))
        issues = imports.list_issues(session, import_id=row.id, limit=10_000)
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["line", "code", "message"])
    writer.writerows([issue.line, issue.code, issue.message(locale())] for issue in issues)
    body = target.getvalue().encode("utf-8-sig")
    headers = {"Content-Disposition": "attachment; filename=import-errors.csv"}
    return FlaskResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.get("/imports/template.<kind>")
def imports_template(kind: str) -> Response:
    body = template.template_xlsx(locale()) if kind == "xlsx" else template.template_csv(locale())
    mimetype = XLSX if kind == "xlsx" else "text/csv; charset=utf-8"
    name = "cardmesh-offers.xlsx" if kind == "xlsx" else "cardmesh-offers.csv"
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return FlaskResponse(body, content_type=mimetype, headers=headers)
