"""Imports: upload, progress, errors by line."""


from flask import Response as FlaskResponse
from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...goods.imports import service as imports
from ...goods.imports import template
from ...goods.imports.issues import render as render_issue
from ...goods.models import Import, ImportIssue, ImportKind, ImportStatus
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.keyset import Query
from ..common.console import allow, done, person, refused, scope
from ..common.imports import MAX_BYTES, start_import, uploaded
from ..common.requests import locale
from ..common.tables import Table, columns, empty, filters, listed, screen
from ..common.tables.files import TYPES
from ..common.uploads import takes
from . import blueprint

SHOWN = 200
UNDER_WAY = (ImportStatus.QUEUED, ImportStatus.RUNNING)


IMPORTS = Table(
    name="imports",
    title=Text("导入", "Import"),
    source=listed(lambda: select(Import).where(Import.supplier_id == person().party_id), Import.id),
    columns=(
        columns.own("file", "文件", "File", lambda row: row.filename),
        columns.badge("status", "状态", "State", lambda row: row.status),
        columns.count("accepted", "接受", "Accepted", lambda row: row.accepted),
        columns.count("duplicates", "重复", "Duplicates", lambda row: row.duplicates, roomy=True),
        columns.count("rejected", "拒绝", "Rejected", lambda row: row.rejected),
        columns.time("created", "时间", "Time", lambda row: row.created_at, roomy=True, sort=Import.id),
    ),
    filters=(
        filters.search("文件名", "File name", lambda q: Import.filename.icontains(q, autoescape=True)),
        filters.states("status", "状态", "State", ImportStatus, Import.status),
    ),
    empty=empty(
        "还没有导入",
        "Nothing imported yet",
        "下载模板，按示例填写后上传。",
        "Download the template, fill it in, upload it.",
    ),
)
ISSUES = Table(
    name="import-errors",
    title=Text("错误行", "Refused lines"),
    source=listed(lambda: _issues(), ImportIssue.code, by=ImportIssue.line, descending=False),
    columns=(
        columns.own("line", "行", "Line", lambda row: row.line),
        columns.text("reason", "原因", "Reason", lambda row: render_issue(row.code, row.params, locale())),
        columns.code("code", "代码", "Code", lambda row: row.code),
    ),
    page=SHOWN,
    empty=empty(
        "没有错误行",
        "No line was refused",
        "新的供货会进入审核。",
        "New offers go to review.",
        ("supplier.offers_list", "查看供货", "See the offers"),
    ),
)


def _issues() -> Query:
    import_id = parse_id("imp", (request.view_args or {})["import_id"])
    return select(ImportIssue).where(
        ImportIssue.supplier_id == person().party_id, ImportIssue.import_id == import_id
    )


@blueprint.get("/imports")
def imports_list() -> ResponseReturnValue:
    return screen(IMPORTS, template="supplier/imports.html", under_way=UNDER_WAY)


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
def import_(import_id: str) -> ResponseReturnValue:
    """One import: how far it is, and every refused line with its reason, to mend the sheet by."""
    with transaction(scope()) as session:
        row = imports.get_import(session, parse_id("imp", import_id))
    failure = render_issue(row.failure_code, {}, locale()) if row.failure_code else None
    return screen(ISSUES, template="supplier/import.html", row=row, busy=row.status in UNDER_WAY, failure=failure)


@blueprint.get("/imports/template.<kind>")
def imports_template(kind: str) -> Response:
    body = template.template_xlsx(locale()) if kind == "xlsx" else template.template_csv(locale())
    mimetype = TYPES["xlsx" if kind == "xlsx" else "csv"]
    name = "cardmesh-offers.xlsx" if kind == "xlsx" else "cardmesh-offers.csv"
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return FlaskResponse(body, content_type=mimetype, headers=headers)
