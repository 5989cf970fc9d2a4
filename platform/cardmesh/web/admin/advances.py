"""Advances on receivables: the operator's terms, who owes how much, what was taken."""

from flask import request
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError
from ...money.advances import service as advances
from ...money.advances.models import AdvanceTerms
from ...money.ledger import service as ledger
from ...money.models import AccountKind
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.step_up import step_up
from . import blueprint
from .names import party_names

CURRENCY = "CNY"


@blueprint.get("/advances")
def advances_list() -> str:
    with transaction(scope()) as session:
        terms = advances.terms_in_force(session, CURRENCY)
        owed = ledger.holders(session, kind=AccountKind.ADVANCE)
        taken = advances.list_advances(session)
        names = party_names(session, {*(owner for owner, _, _ in owed), *(row.owner_id for row in taken)})
    return render("admin/advances.html", terms=terms, owed=owed, taken=taken, names=names, currency=CURRENCY)


@blueprint.post("/advances")
@allow("finance")
@step_up
def advances_set() -> Response:
    form = request.form
    try:
        with transaction(scope()) as session:
            advances.set_terms(session, AdvanceTerms(
                currency=CURRENCY,
                enabled="enabled" in form,
                pending_permille=_permille("pending_percent", "100"),
                history_permille=_permille("history_percent", "1200"),
                fee_permille=_permille("fee_percent", "100"),
                least_days=forms.whole(form, "least_days", most=3650),
                most_minor=forms.money(form, "most", CURRENCY).minor,
            ))  # fmt: skip
    except MeshError as error:
        return refused(error, "admin.advances_list")
    return done("已保存，即刻生效", "Saved; in force from now on", "admin.advances_list")


def _permille(name: str, most: str) -> int:
    return round(forms.decimal(request.form, name, most=most) * 10)
