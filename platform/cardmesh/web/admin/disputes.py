"""A dispute: what there is to tell the buyer's bank, and telling it in time."""

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit import runtime
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from ...money.payments import disputes
from ...money.payments.errors import DisputeNotAnswerable
from ...money.payments.gateways.base import Evidence
from ...money.payments.models import Dispute
from ...provenance import evidence as log
from ...trade.disputes import evidence
from ...trade.payments import EFFECTS
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.names import dispute_reason
from . import blueprint
from .names import party_names

PREFIX = "dsp"


def _evidence(session: Session, row: Dispute, statement: str = "") -> Evidence:
    told = log.lines(session, row, log_url=f"{runtime.current().settings.public_url}/v1/log")
    return evidence.draft(session, row, log=told, statement=statement)


@blueprint.get("/disputes/<dispute_id>")
def payments_dispute(dispute_id: str) -> str:
    with transaction(scope()) as session:
        row = evidence.get(session, parse_id(PREFIX, dispute_id))
        told, names = _evidence(session, row), party_names(session, {row.tenant_id})
    try:
        disputes.require_answerable(row)
        closed = ""
    except DisputeNotAnswerable as error:
        closed = str(error.extra["reason"])
    name, reason = names.get(row.tenant_id, ""), dispute_reason(row.reason)
    return render("admin/dispute.html", row=row, told=told, closed=closed, name=name, reason=reason)


@blueprint.post("/disputes/<dispute_id>/evidence")
@allow("finance", "support")
def payments_evidence(dispute_id: str) -> Response:
    """Asks the gateway; what was written stays in the form when it refuses."""
    try:
        statement = forms.text(request.form, "statement", required=True, most=evidence.LONGEST)
        with transaction(scope()) as session:
            row = evidence.get(session, parse_id(PREFIX, dispute_id))
            told = _evidence(session, row, statement)
        evidence.submit(scope(), dispute_id=row.id, evidence=told, effects=EFFECTS)
    except MeshError as error:
        return refused(error, "admin.payments_dispute", dispute_id=dispute_id)
    said = "证据已提交，等待银行裁定", "The evidence is handed in; the bank decides"
    return done(*said, "admin.payments_dispute", dispute_id=dispute_id)
