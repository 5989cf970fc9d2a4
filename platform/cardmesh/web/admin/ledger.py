"""The books: totals, entries, withdrawals."""

from datetime import date, timedelta

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...identity.models import Party
from ...kit import clock
from ...kit.days import day_of, start_of
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.ids import parse_id, public_id
from ...kit.pages import paginate
from ...money.closes import service as closes
from ...money.closes.journal import journal_csv
from ...money.ledger import service as ledger_service
from ...money.models import JournalEntry, Withdrawal, WithdrawalStatus
from ...money.withdrawals import service as withdrawals
from ...trade.models import Order
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.lists import cursor_id
from ..common.report_pages import add_report_pages
from ..common.requests import locale
from ..common.step_up import step_up
from . import blueprint
from .names import party_names

add_report_pages(blueprint, Party.PLATFORM)


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


@blueprint.get("/ledger/closes")
def ledger_closes() -> str:
    """Closed days: what they moved, and the digest that the public log holds."""
    with transaction(scope()) as session:
        rows = closes.list_closes(session)
        broken = closes.prove(session) if "prove" in request.args else None
    today = day_of(clock.now())
    return render("admin/closes.html", rows=rows, broken=broken, first=today.replace(day=1), today=today)


@blueprint.get("/ledger/journal.csv")
@allow("finance")
def ledger_journal() -> Response:
    """Every posting of whole business days, for an accounting program."""
    since, until = _days()
    with transaction(scope()) as session:
        body = b"".join(journal_csv(session, since=start_of(since), until=start_of(until), locale=locale()))
    headers = {"Content-Disposition": f'attachment; filename="journal-{since}.csv"', "Cache-Control": "no-store"}
    return Response(body, content_type="text/csv; charset=utf-8", headers=headers)


def _days() -> tuple[date, date]:
    """First day, and the day after the last."""
    try:
        since = date.fromisoformat(request.args.get("since", ""))
        until = date.fromisoformat(request.args.get("until", ""))
    except ValueError:
        since = until = day_of(clock.now())
    return min(since, until), max(since, until) + timedelta(days=1)


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
    """Refuse one: what is paid is paid by a run, for which two people answer."""
    try:
        outcome = WithdrawalStatus(forms.choice(request.form, "outcome", ("failed",)))
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
