"""The books: totals, entries, withdrawals."""

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.ids import parse_id, public_id
from ...kit.pages import paginate
from ...money.ledger import service as ledger_service
from ...money.models import JournalEntry, Withdrawal, WithdrawalStatus
from ...money.withdrawals import service as withdrawals
from ...trade.models import Order
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.lists import cursor_id
from ..common.step_up import step_up
from . import blueprint
from .names import party_names


@blueprint.get("/ledger")
def ledger() -> str:
    with transaction(scope()) as session:
        books = ledger_service.trial_balance(session)
        proof = ledger_service.prove(session) if "prove" in request.args else None
        page = paginate(
            session, select(JournalEntry), JournalEntry.id, after=cursor_id("led", request.args.get("after")), limit=30
        )
    cursor = public_id("led", page.rows[-1].id) if page.has_more else None
    return render("admin/ledger.html", books=books, proof=proof, page=page, cursor=cursor)


@blueprint.get("/ledger/<entry_id>")
def ledger_entry(entry_id: str) -> str:
    with transaction(scope()) as session:
        entry = session.get(JournalEntry, parse_id("led", entry_id))
        if entry is None:
            raise NotFound
        legs = ledger_service.legs_of(session, entry_id=entry.id)
        names = party_names(session, {leg.owner_id for leg in legs})
        order_id = session.scalar(select(Order.id).where(Order.id == entry.reference_id))
    return render("admin/entry.html", entry=entry, legs=legs, names=names, order_id=order_id)


@blueprint.get("/withdrawals")
def withdrawals_list() -> str:
    status = request.args.get("status") or None
    query = select(Withdrawal).where(Withdrawal.status == status) if status else select(Withdrawal)
    with transaction(scope()) as session:
        page = paginate(session, query, Withdrawal.id, after=cursor_id("wdr", request.args.get("after")), limit=50)
        names = party_names(session, {row.owner_id for row in page.rows})
    cursor = public_id("wdr", page.rows[-1].id) if page.has_more else None
    return render("admin/withdrawals.html", page=page, cursor=cursor, status=status, names=names)


@blueprint.post("/withdrawals/<withdrawal_id>")
@allow("finance")
@step_up
def withdrawals_decide(withdrawal_id: str) -> Response:
    try:
        outcome = WithdrawalStatus(forms.choice(request.form, "outcome", ("paid", "failed")))
        with transaction(scope()) as session:
            withdrawals.decide(
                session,
                withdrawal_id=parse_id("wdr", withdrawal_id),
                outcome=outcome,
                reason=forms.text(request.form, "reason"),
            )
    except MeshError as error:
        return refused(error, "admin.withdrawals_list")
    return done("已处理", "Decided", "admin.withdrawals_list")
