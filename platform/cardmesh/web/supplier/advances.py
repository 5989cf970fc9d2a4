"""An advance on what is pending: how much, for what fee, and asking for it."""

import uuid
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import new_id, public_id
from ...kit.money import Money
from ...money.advances import service as advances
from ...money.advances.models import Advance
from ..common import forms
from ..common.console import allow, done, person, refused
from ..common.requests import actor_of
from ..common.step_up import step_up
from ..common.tables import Shown, Table, columns, empty, filters, listed, screen
from . import blueprint

CURRENCY = "CNY"


TAKEN = Table(
    name="advances",
    title=Text("预支货款", "Advance"),
    source=listed(lambda: select(Advance).where(Advance.owner_id == person().party_id), Advance.id),
    columns=(
        columns.time("created", "时间", "Time", lambda row: row.created_at, sort=Advance.id),
        columns.money("amount", "预支", "Advanced", lambda row: Money(row.amount_minor, row.currency)),
        columns.money("fee", "手续费", "Fee", lambda row: Money(row.fee_minor, row.currency)),
        columns.money(
            "received", "到账", "Received", lambda row: Money(row.amount_minor - row.fee_minor, row.currency)
        ),
        columns.code("id", "编号", "ID", lambda row: public_id("adv", row.id), only_file=True),
    ),
    filters=(filters.within(Advance.created_at, Advance.id),),
    empty=empty(
        "还没有预支过",
        "Nothing was advanced yet",
        "每笔预支会列在这里，并在结算时自动归还。",
        "Each advance is listed here, and repaid out of settlement.",
    ),
)


@blueprint.get("/wallet/advance")
def wallet_advance() -> ResponseReturnValue:
    return screen(TAKEN, template="supplier/advance.html", more=_offer, currency=CURRENCY, once=str(new_id()))


def _offer(session: Session, _shown: Shown) -> dict[str, Any]:
    return {"offer": advances.offer(session, owner_id=person().party_id, currency=CURRENCY)}


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
