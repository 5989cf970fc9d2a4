"""Papers of suppliers and distributors that wait to be looked at."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.documents import service as documents
from ...identity.documents.models import DocumentStatus, IdentityDocument
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.names import document_name, party_name
from ..common.step_up import step_up
from ..common.tables import Table, columns, empty, listed, screen
from . import blueprint
from .names import party_names

DECISIONS = {"approve": DocumentStatus.APPROVED, "reject": DocumentStatus.REJECTED}
EXTENSIONS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


class Waiting(NamedTuple):
    document: IdentityDocument
    whose: str


def _named(session: Session, rows: Sequence[IdentityDocument]) -> list[Waiting]:
    names = party_names(session, {row.party_id for row in rows})
    return [Waiting(row, names.get(row.party_id, "")) for row in rows]


DOCUMENTS = Table(
    name="documents",
    title=Text("实名审核", "Documents"),
    source=listed(
        lambda: select(IdentityDocument).where(IdentityDocument.status == DocumentStatus.PENDING),
        IdentityDocument.id,
        descending=False,
    ),
    dress=_named,
    columns=(
        columns.text("whose", "商户", "Whose", lambda row: row.whose),
        columns.text("party", "身份", "Kind", lambda row: party_name(row.document.party), roomy=True),
        columns.text("kind", "证件", "Document", lambda row: document_name(row.document.kind)),
        columns.time("created", "提交", "Sent", lambda row: row.document.created_at, sort=IdentityDocument.id),
        columns.actions(),
    ),
    empty=empty(
        "没有待审核的证件",
        "Nothing waits for you",
        "供货商与分销商提交后会出现在这里。",
        "What suppliers and distributors send appears here.",
    ),
)


@blueprint.get("/documents")
def documents_list() -> ResponseReturnValue:
    """Whose and what kind; names and numbers are read one by one, each look in the trail."""
    return screen(DOCUMENTS, template="admin/documents.html")


@blueprint.post("/documents/<document_id>/open")
@allow("manager")
@step_up
def document_open(document_id: str) -> str:
    with transaction(scope()) as session:
        row = documents.get(session, parse_id("doc", document_id))
        facts = documents.facts(session, row)
    return render("admin/document.html", row=row, facts=facts)


@blueprint.post("/documents/<document_id>/file")
@allow("manager")
@step_up
def document_file(document_id: str) -> Response:
    """Never shown in our pages: it comes from a stranger."""
    row, body = documents.picture(scope(), parse_id("doc", document_id))
    name = f"{row.kind}-{document_id}.{EXTENSIONS[row.content_type]}"
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"}
    return Response(body, content_type=row.content_type, headers=headers)


@blueprint.post("/documents/<document_id>")
@allow("manager")
def document_decide(document_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            documents.review(
                session,
                document_id=parse_id("doc", document_id),
                decision=DECISIONS[forms.choice(request.form, "decision", tuple(DECISIONS))],
                reason=forms.text(request.form, "reason", most=300),
            )
    except MeshError as error:
        return refused(error, "admin.documents_list")
    return done("已处理", "Done", "admin.documents_list")
