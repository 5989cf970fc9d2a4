"""Papers of a supplier or distributor: what is there, what is missing, and a form to send one."""

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...identity.documents import service as documents
from ...identity.documents import verified
from ...identity.documents.models import DocumentKind, IdentityDocument
from ...identity.documents.rules import MAX_BYTES
from ...identity.documents.service import Facts
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from . import forms
from .console import allow, done, person, refused, scope
from .names import document_name
from .tables import Table, columns, empty, listed, screen
from .uploads import takes

KINDS = tuple(DocumentKind)
DOCUMENTS = Table(
    name="documents",
    title=Text("证件", "Documents"),
    source=listed(
        lambda: select(IdentityDocument).where(IdentityDocument.party_id == person().party_id), IdentityDocument.id
    ),
    columns=(
        columns.text("kind", "证件", "Document", lambda row: document_name(row.kind)),
        columns.badge("status", "状态", "State", lambda row: row.status),
        columns.prose("note", "说明", "Note", lambda row: row.review_reason),
        columns.time("created", "提交", "Sent", lambda row: row.created_at, sort=IdentityDocument.id),
        columns.time("recheck", "复核时间", "To be shown again", lambda row: row.recheck_at, roomy=True),
    ),
    empty=empty(
        "还没有证件",
        "No documents yet",
        "实名资料审核通过后每半年复核一次。",
        "Once approved, they are asked for again every half year.",
    ),
)


def papers_missing() -> bool:
    """Whether the signed-in party would be refused a withdrawal for want of papers."""
    with transaction(scope()) as session:
        return verified.is_missing(session, person().party_id)


def add_document_pages(blueprint: Blueprint) -> None:
    """`/documents`."""
    home = f"{blueprint.name}.documents_list"

    @blueprint.get("/documents")
    def documents_list() -> ResponseReturnValue:
        return screen(DOCUMENTS, template="common/documents.html", face=blueprint.name, kinds=KINDS)

    @blueprint.post("/documents")
    @takes(MAX_BYTES + 64 * 1024)
    @allow("manager")
    def documents_add() -> Response:
        try:
            file = request.files.get("file")
            documents.add(
                scope(),
                party=person().party,
                party_id=person().party_id,
                kind=forms.choice(request.form, "kind", KINDS),
                facts=_facts(),
                body=file.read(MAX_BYTES + 1) if file else b"",
            )
        except MeshError as error:
            return refused(error, home)
        return done("证件已提交，等待审核", "Sent; the platform will look at it", home)


def register(app: Flask) -> None:
    """What every template may ask about papers."""
    app.jinja_env.globals.update(papers_missing=papers_missing)


def _facts() -> Facts:
    return Facts(
        name=forms.text(request.form, "name", required=True, most=200),
        number=forms.text(request.form, "number", required=True, most=60),
        ends_on=forms.optional_day(request.form, "ends_on"),
    )
