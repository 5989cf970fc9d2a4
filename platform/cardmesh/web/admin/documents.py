"""Papers of suppliers and distributors that wait to be looked at."""

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...identity.documents import service as documents
from ...identity.documents.models import DocumentStatus
from ...identity.models import Supplier, Tenant
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.step_up import step_up
from . import blueprint

DECISIONS = {"approve": DocumentStatus.APPROVED, "reject": DocumentStatus.REJECTED}
EXTENSIONS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@blueprint.get("/documents")
def documents_list() -> str:
    """Whose and what kind; names and numbers are read one by one, each look in the trail."""
    with transaction(scope()) as session:
        rows = documents.waiting(session)
        ids = [row.party_id for row in rows]
        queries = (select(kind.id, kind.name).where(kind.id.in_(ids)) for kind in (Tenant, Supplier))
        names = {found: name for query in queries for found, name in session.execute(query)}
    return render("admin/documents.html", rows=rows, names=names)


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
