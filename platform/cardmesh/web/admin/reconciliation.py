"""Payment truth on screen: what the gateway and the ledger do not agree about, and what became of it."""

from datetime import timedelta

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...kit import clock
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id, public_id
from ...kit.pages import paginate
from ...money.reconciliation import service as reconciliation
from ...money.reconciliation.models import Comparison, ReconciliationTask
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.lists import cursor_id
from . import blueprint
from .names import person_names

PREFIX = "rec"
STATES = ("open", "resolved")


@blueprint.get("/reconciliation")
def reconciliation_list() -> str:
    status = request.args.get("status") if request.args.get("status") in STATES else "open"
    query = select(ReconciliationTask).where(ReconciliationTask.status == status)
    with transaction(scope()) as session:
        page = paginate(
            session, query, ReconciliationTask.id, after=cursor_id(PREFIX, request.args.get("after")), limit=50
        )
        last = session.scalars(select(Comparison).order_by(Comparison.id.desc()).limit(1)).first()
        people = person_names(session, {row.resolved_by for row in page.rows if row.resolved_by})
    cursor = public_id(PREFIX, page.rows[-1].id) if page.has_more else None
    return render(
        "admin/reconciliation.html", page=page, cursor=cursor, last=last, status=status, states=STATES, people=people
    )


@blueprint.post("/reconciliation")
@allow("finance")
def reconciliation_compare() -> Response:
    """Compare now, up to an hour ago."""
    until = clock.now() - reconciliation.GRACE
    try:
        days = forms.whole(request.form, "days", least=1, most=92, default=7)
        made = reconciliation.reconcile(since=until - timedelta(days=days), until=until)
    except MeshError as error:
        return refused(error, "admin.reconciliation_list")
    if made.differences:
        return done("发现差异，请逐条处理", "There are differences to look into", "admin.reconciliation_list")
    return done("两边一致", "Both sides agree", "admin.reconciliation_list")


@blueprint.post("/reconciliation/<task_id>")
@allow("finance")
def reconciliation_resolve(task_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            reconciliation.resolve(
                session,
                task_id=parse_id(PREFIX, task_id),
                note=forms.text(request.form, "note", required=True),
            )
    except MeshError as error:
        return refused(error, "admin.reconciliation_list")
    return done("已处理", "Resolved", "admin.reconciliation_list")
