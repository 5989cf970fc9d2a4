"""The wallet's pages, the same in the supplier's and the distributor's console."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.models import Party
from ...kit import clock
from ...kit.days import day_of
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import new_id, parse_id
from ...money.models import WithdrawalStatus
from ...money.wallets import service as wallets
from ...money.wallets.export import kind_text
from ...money.withdrawals import service as withdrawals
from . import forms
from .console import allow, done, person, refused, render, scope
from .requests import locale
from .step_up import step_up
from .wallets import statement_file


def add_wallet_pages(
    blueprint: Blueprint,
    template: str = "common/wallet.html",
    more: Callable[[Session], dict[str, Any]] = lambda _: {},
) -> None:
    """`/wallet`, its statement as a file, and withdrawals. `more` adds what a template of its own shows besides."""
    name = blueprint.name

    @blueprint.get("/wallet")
    def wallet() -> str:
        owner_id = person().party_id
        with transaction(scope()) as session:
            balances = wallets.wallet(session, owner_id=owner_id)
            page = wallets.statement(session, owner_id=owner_id, after=request.args.get("after"), limit=30)
            asked = withdrawals.list_withdrawals(session, owner_id=owner_id, limit=10)
            besides = more(session)
        kinds = {line.kind: kind_text(line.kind).render(locale()) for line in page.lines}
        shown = {"balances": balances, "page": page, "asked": asked, "kinds": kinds, "once": new_id().hex}
        currencies = [(row.currency, row.currency) for row in balances] or [("CNY", "CNY")]
        month = f"{day_of(clock.now()):%Y-%m}"
        return render(template, face=name, this_month=month, currencies=currencies, **shown, **besides)

    @blueprint.get("/wallet/statement.<kind>")
    def wallet_statement(kind: str) -> Response:
        with transaction(scope()) as session:
            return statement_file(session, person().party_id, "csv" if kind == "csv" else "xlsx")

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
