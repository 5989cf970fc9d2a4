"""The wallet's pages, the same in the supplier's and the distributor's console."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.models import Party
from ...kit import clock
from ...kit.days import day_of
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.ids import new_id, parse_id
from ...kit.money import Money
from ...money.models import Withdrawal, WithdrawalStatus
from ...money.wallets import service as wallets
from ...money.withdrawals import service as withdrawals
from . import forms
from .console import allow, done, person, refused, scope
from .statements import statement_of
from .step_up import step_up
from .tables import Shown, Table, columns, empty, listed, screen

STATEMENT = statement_of(lambda: person().party_id)
WITHDRAWALS = Table(
    name="withdrawals",
    prefix="withdrawals_",
    title=Text("提现", "Withdrawals"),
    source=listed(lambda: select(Withdrawal).where(Withdrawal.owner_id == person().party_id), Withdrawal.id),
    columns=(
        columns.time("created", "提现", "Withdrawal", lambda row: row.created_at, sort=Withdrawal.id),
        columns.money("amount", "金额", "Amount", lambda row: Money(row.amount_minor, row.currency)),
        columns.badge("status", "状态", "State", lambda row: row.status),
        columns.prose("note", "备注", "Note", lambda row: row.note, roomy=True),
        columns.actions(),
    ),
    page=10,
    empty=empty("还没有提现", "No withdrawals yet", "在上方申请第一笔。", "Ask for the first one above."),
)


def add_wallet_pages(
    blueprint: Blueprint,
    template: str = "common/wallet.html",
    more: Callable[[Session], dict[str, Any]] = lambda _: {},
    *lists: Table,
) -> None:
    """`/wallet`: statement and withdrawals. `more` and `lists` add what a template of its own shows besides."""
    name = blueprint.name

    def besides(session: Session, _shown: Shown) -> dict[str, Any]:
        balances = wallets.wallet(session, owner_id=person().party_id)
        return {
            "balances": balances,
            "currencies": [(row.currency, row.currency) for row in balances] or [("CNY", "CNY")],
            "this_month": f"{day_of(clock.now()):%Y-%m}",
            "once": new_id().hex,
            **more(session),
        }

    @blueprint.get("/wallet")
    def wallet() -> ResponseReturnValue:
        return screen(STATEMENT, WITHDRAWALS, *lists, template=template, more=besides, face=name)

    @blueprint.post("/wallet/withdrawals")
    @allow("finance")
    @step_up
    def wallet_withdraw() -> Response:
        try:
            with transaction(scope()) as session:
                withdrawals.request(
                    session,
                    party=Party(person().party),
                    owner_id=person().party_id,
                    amount=forms.money(request.form, "amount"),
                    note=forms.text(request.form, "note"),
                )
        except MeshError as error:
            return refused(error, f"{name}.wallet")
        return done("提现申请已提交", "Your withdrawal is requested", f"{name}.wallet")

    @blueprint.post("/wallet/withdrawals/<withdrawal_id>/cancel")
    @allow("finance")
    def wallet_cancel(withdrawal_id: str) -> Response:
        try:
            with transaction(scope()) as session:
                withdrawals.decide(
                    session, withdrawal_id=parse_id("wdr", withdrawal_id), outcome=WithdrawalStatus.CANCELED
                )
        except MeshError as error:
            return refused(error, f"{name}.wallet")
        return done("提现已撤回", "The withdrawal is canceled", f"{name}.wallet")
