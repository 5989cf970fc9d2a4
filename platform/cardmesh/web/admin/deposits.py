"""Suppliers' deposits: who has paid one in, and giving it back."""

import uuid
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.imports.amounts import CURRENCIES
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.i18n import Text
from ...kit.ids import new_id, parse_id
from ...kit.money import Money
from ...money.deposits import service as deposits
from ...money.ledger import service as ledger
from ...money.models import AccountKind
from ..common import forms
from ..common.console import allow, done, refused, scope
from ..common.step_up import step_up
from ..common.tables import Asked, Table, columns, empty, screen, whole
from . import blueprint
from .names import party_names


class Held(NamedTuple):
    """What one supplier has paid in, in one currency."""

    supplier_id: uuid.UUID
    who: str
    amount: Money


def holders(session: Session, kind: AccountKind) -> list[Held]:
    """Who has something in an account of this kind, by name, the largest first; credits positive."""
    found = ledger.holders(session, kind=kind)
    names = party_names(session, {owner for owner, _, _ in found})
    return [Held(owner, names.get(owner, ""), Money(minor, currency)) for owner, currency, minor in found]


def _deposits(session: Session, _asked: Asked) -> list[Held]:
    return holders(session, AccountKind.DEPOSIT)


DEPOSITS = Table(
    name="deposits",
    title=Text("保证金", "Deposits"),
    source=whole(_deposits),
    columns=(
        columns.text("who", "供货商", "Supplier", lambda row: row.who),
        columns.money("amount", "保证金", "Deposit", lambda row: row.amount),
        columns.actions(),
    ),
    empty=empty(
        "没有保证金",
        "No deposits",
        "供货商可在资金页缴纳保证金；退款与拒付先从中扣除。",
        "Suppliers pay one in on their money page; refunds and chargebacks take from it first.",
    ),
)


@blueprint.get("/payouts/deposits")
def payouts_deposits() -> ResponseReturnValue:
    return screen(DEPOSITS, template="admin/deposits.html", once=new_id().hex)


@blueprint.post("/payouts/deposits/<supplier_id>")
@allow("finance")
@step_up
def payouts_deposit_return(supplier_id: str) -> Response:
    try:
        with transaction(scope()) as session:
            owner_id = parse_id("sup", supplier_id)
            if owner_id not in party_names(session, {owner_id}):
                raise NotFound
            deposits.give_back(
                session,
                owner_id=owner_id,
                amount=forms.money(request.form, "amount", forms.choice(request.form, "currency", CURRENCIES, "CNY")),
                reason=forms.text(request.form, "reason", required=True),
                key=forms.text(request.form, "once", required=True, most=64),
            )
    except MeshError as error:
        return refused(error, "admin.payouts_deposits")
    return done("保证金已退还", "The deposit is given back", "admin.payouts_deposits")
