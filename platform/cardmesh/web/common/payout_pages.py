"""How a party is paid: its schedule, minimum and account; the same pages for suppliers and distributors."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from ...goods.imports.amounts import CURRENCIES
from ...identity.models import Party
from ...identity.settings import service as settings
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.money import Money
from ...money.payouts import execution, terms
from ...money.payouts.models import Method, Schedule
from ...money.payouts.providers.registry import connect
from ...money.payouts.rules import Payee
from ...money.wallets import service as wallets
from . import forms
from .console import allow, done, may, person, refused, render, scope, sent_back
from .step_up import step_up

FIRST_CURRENCY = "CNY"


def add_payout_pages(blueprint: Blueprint) -> None:
    """`/wallet/terms`, and the way to the provider's own pages and back."""
    name = blueprint.name
    home = f"{name}.wallet_terms"

    @blueprint.get("/wallet/terms")
    def wallet_terms() -> str | Response:
        owner_id = person().party_id
        if "back" in request.args and may("finance"):
            return _returned(home)
        with transaction(scope()) as session:
            kept = {row.currency: row for row in terms.of_owner(session, owner_id)}
            held = [row.currency for row in wallets.wallet(session, owner_id=owner_id)]
            licensed = settings.read(session).batch_payouts
        currencies = sorted({*held, *kept} or {FIRST_CURRENCY})
        return render("common/terms.html", kept=kept, currencies=currencies, licensed=licensed, face=name)

    @blueprint.post("/wallet/terms")
    @allow("finance")
    @step_up
    def wallet_terms_change() -> Response:
        try:
            with transaction(scope()) as session:
                terms.choose(session, party=Party(person().party), owner_id=person().party_id, choice=_chosen())
        except MeshError as error:
            return refused(error, home)
        return done("已保存", "Saved", home)

    @blueprint.post("/wallet/terms/stripe")
    @allow("finance")
    @step_up
    def wallet_terms_stripe() -> Response:
        """Make the connected account, then lead its owner to the provider's page."""
        try:
            return redirect(_onboarding(name))
        except MeshError as error:
            return refused(error, home)


def _returned(home: str) -> Response:
    """Back from the provider, finished or not: ask how far the account is."""
    with transaction(scope()) as session:
        refs = [row.stripe_account for row in terms.of_owner(session, person().party_id) if row.stripe_account]
    try:
        unready = [ref for ref in refs if not execution.refresh_account(ref)]
    except MeshError as error:
        return sent_back(error, home)
    if not unready:
        return done("收款账户可用", "The account can be paid to", home)
    return done("资料尚未齐全，可继续填写", "Something is still missing; go on where you stopped", home)


def _chosen() -> terms.Choice:
    form = request.form
    currency = forms.choice(form, "currency", CURRENCIES, FIRST_CURRENCY)
    method = Method(forms.choice(form, "payout_method", tuple(Method)))
    typed = Payee(
        name=forms.text(form, "payee_name", most=100),
        bank=forms.text(form, "payee_bank", most=100),
        account=forms.text(form, "payee_account", most=164).replace(" ", ""),
    )
    return terms.Choice(
        schedule=Schedule(forms.choice(form, "schedule", tuple(Schedule))),
        minimum=forms.optional_money(form, "minimum", currency) or Money(0, currency),
        method=method,
        payee=typed if typed.account and method is not Method.STRIPE else None,
    )


def _onboarding(face: str) -> str:
    """The provider is called outside any transaction; a repeat finds the same account."""
    who, provider = person(), connect()
    currency = forms.choice(request.form, "currency", CURRENCIES, FIRST_CURRENCY)
    account = provider.open_account(owner_id=who.party_id, currency=currency, email=who.email)
    with transaction(scope()) as session:
        terms.use_stripe(
            session, party=Party(who.party), owner_id=who.party_id, currency=currency, account=account.ref
        )
    here = url_for(f"{face}.wallet_terms", back=1, _external=True)
    return provider.onboarding_url(account.ref, return_url=here, refresh_url=here)
