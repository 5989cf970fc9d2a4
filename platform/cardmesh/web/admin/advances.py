"""Advances on receivables: the operator's terms, who owes how much, what was taken."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.models import Supplier
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import public_id
from ...kit.money import Money
from ...money.advances import service as advances
from ...money.advances.models import Advance, AdvanceTerms
from ...money.models import AccountKind
from ..common import forms
from ..common.console import allow, done, refused, scope
from ..common.step_up import step_up
from ..common.tables import Asked, Shown, Table, columns, empty, filters, listed, screen, whole
from . import blueprint
from .deposits import Held, holders
from .names import party_names

CURRENCY = "CNY"


def _of_supplier(q: str) -> ColumnElement[bool]:
    return Advance.owner_id.in_(select(Supplier.id).where(Supplier.name.icontains(q, autoescape=True)))


class Taken(NamedTuple):
    advance: Advance
    who: str


def _named(session: Session, rows: Sequence[Advance]) -> list[Taken]:
    names = party_names(session, {row.owner_id for row in rows})
    return [Taken(row, names.get(row.owner_id, "")) for row in rows]


def _owed(session: Session, _asked: Asked) -> list[Held]:
    return holders(session, AccountKind.ADVANCE)


OWED = Table(
    name="advances-owed",
    prefix="owed_",
    title=Text("未还的预支", "Owed"),
    source=whole(_owed),
    columns=(
        columns.text("who", "供货商", "Supplier", lambda row: row.who),
        columns.money("owed", "未还", "Owed", lambda row: Money(-row.amount.minor, row.amount.currency)),
    ),
    empty=empty(
        "没有未还的预支", "Nobody owes anything", "预支由之后的结算自动归还。", "Advances are repaid out of settlement."
    ),
)
TAKEN = Table(
    name="advances",
    title=Text("预支货款", "Advances"),
    source=listed(lambda: select(Advance), Advance.id),
    dress=_named,
    columns=(
        columns.time("created", "时间", "Time", lambda row: row.advance.created_at, sort=Advance.id),
        columns.text("who", "供货商", "Supplier", lambda row: row.who),
        columns.money("amount", "预支", "Advanced", lambda row: Money(row.advance.amount_minor, row.advance.currency)),
        columns.money("fee", "手续费", "Fee", lambda row: Money(row.advance.fee_minor, row.advance.currency)),
        columns.money(
            "limit",
            "当时额度",
            "Limit then",
            lambda row: Money(row.advance.limit_minor, row.advance.currency),
            roomy=True,
        ),
        columns.code("id", "编号", "ID", lambda row: public_id("adv", row.advance.id), only_file=True),
    ),
    filters=(
        filters.search("供货商", "Supplier", _of_supplier),
        filters.within(Advance.created_at, Advance.id),
    ),
    empty=empty(
        "还没有预支",
        "Nothing was advanced yet",
        "开放后，供货商的每笔预支会列在这里。",
        "When it is on, each advance is listed here.",
    ),
)


@blueprint.get("/advances")
def advances_list() -> ResponseReturnValue:
    return screen(TAKEN, OWED, template="admin/advances.html", more=_terms, currency=CURRENCY)


def _terms(session: Session, _shown: Shown) -> dict[str, Any]:
    return {"terms": advances.terms_in_force(session, CURRENCY)}


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
