"""The wallet, and topping it up on the gateway's hosted page."""

from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.models import Party
from ...kit import clock
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.money import Money
from ...money.models import Payment, PaymentPurpose, PaymentStatus
from ...money.payments import service as payments
from ...money.payments.gateways.registry import METHODS
from ...money.payments.merchants.routes import routes
from ..common import forms
from ..common.console import allow, person, refused, render, scope
from ..common.payout_pages import add_payout_pages
from ..common.report_pages import add_month_pages, add_report_pages
from ..common.requests import on_phone
from ..common.tables import Table, columns, empty, listed
from ..common.top_ups import page_request
from ..common.wallet_pages import add_wallet_pages
from . import blueprint
from .own import own_store

STATES = {PaymentStatus.OPEN: "pending_payment", PaymentStatus.PAID: "succeeded"}
"""What a top-up's states are called here, where they are not called as they are."""
TOP_UPS = Table(
    name="top-ups",
    prefix="top_ups_",
    title=Text("充值", "Top-ups"),
    source=listed(
        lambda: select(Payment).where(
            Payment.tenant_id == person().party_id, Payment.purpose == PaymentPurpose.TOP_UP
        ),
        Payment.id,
    ),
    columns=(
        columns.time(
            "created",
            "时间",
            "Time",
            lambda row: row.created_at,
            href=lambda row: url_for("distributor.wallet_top_up_page", top_up_id=public_id("top", row.id)),
            sort=Payment.id,
        ),
        columns.money("amount", "金额", "Amount", lambda row: Money(row.amount_minor, row.currency)),
        columns.badge("status", "状态", "State", lambda row: STATES.get(row.status, row.status)),
    ),
    page=5,
    empty=empty("还没有充值", "No top-ups yet", "在上方充值。", "Top up above."),
)


def _methods(session: Session) -> dict[str, Any]:
    currency = own_store(session).currency
    return {
        "currency": currency,
        "methods": list(routes(session, tenant_id=person().party_id, currency=currency, top_up=True)),
    }


add_wallet_pages(blueprint, "distributor/wallet.html", _methods, TOP_UPS)
add_payout_pages(blueprint)
add_month_pages(blueprint)
add_report_pages(blueprint, Party.DISTRIBUTOR)


@blueprint.post("/wallet/top-ups")
@allow("finance", "manager")
def wallet_top_up() -> Response:
    """Record the payment, then ask the gateway for the page to pay it on."""
    try:
        with transaction(scope()) as session:
            payment = payments.top_up(
                session,
                tenant_id=person().party_id,
                amount=forms.money(request.form, "amount", own_store(session).currency),
                method=forms.choice(request.form, "method", METHODS, "card"),
                phone=on_phone(),
            )
        payments.open_page(page_request(payment))
    except MeshError as error:
        return refused(error, "distributor.wallet")
    return redirect(url_for("distributor.wallet_top_up_page", top_up_id=public_id("top", payment.id), go=1))


@blueprint.get("/wallet/top-ups/<top_up_id>")
def wallet_top_up_page(top_up_id: str) -> str:
    """One top-up: the way to its payment page, and what became of it."""
    with transaction(scope()) as session:
        payment = session.get(Payment, (person().party_id, parse_id("top", top_up_id)))
    if payment is None or payment.purpose != PaymentPurpose.TOP_UP:
        raise NotFound
    return render(
        "distributor/top_up.html",
        payment=payment,
        payable=payment.status == PaymentStatus.OPEN and payment.url and payments.page_expiry(payment) > clock.now(),
        go=bool(request.args.get("go")),
        returned=bool(request.args.get("paid")),
    )
