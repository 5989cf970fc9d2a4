"""An advance on what is pending: how much, for what fee, and asking for it."""

import uuid

from flask import request
from werkzeug.wrappers import Response

from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import new_id
from ...money.advances import service as advances
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope
from ..common.requests import actor_of
from ..common.step_up import step_up
from . import blueprint

CURRENCY = "CNY"


@blueprint.get("/wallet/advance")
def wallet_advance() -> str:
    owner_id = person().party_id
    with transaction(scope()) as session:
        offer = advances.offer(session, owner_id=owner_id, currency=CURRENCY)
        taken = advances.list_advances(session, owner_id=owner_id)
    return render("supplier/advance.html", offer=offer, taken=taken, currency=CURRENCY, once=str(new_id()))


@blueprint.post("/wallet/advance")
@allow("finance")
@step_up
def wallet_advance_take() -> Response:
    """In the platform's scope, because the fee is its revenue: for nobody but the one who is signed in."""
    try:
        with transaction(tenancy.platform(actor_of(person()))) as session:
            advances.take(
                session, owner_id=person().party_id, amount=forms.money(request.form, "amount", CURRENCY), key=_once()
            )
    except MeshError as error:
        return refused(error, "supplier.wallet_advance")
    return done("已预支到可用余额", "Advanced; it is available now", "supplier.wallet_advance")


def _once() -> uuid.UUID:
    """The form's token makes a double click one advance."""
    try:
        return uuid.UUID(forms.text(request.form, "once", required=True, most=36))
    except ValueError:
        raise forms.refuse("once", "token_unreadable", "请刷新页面后重试", "Load the page anew and try again") from None
