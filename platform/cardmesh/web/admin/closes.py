"""Closed days of the books, and the journal for an accounting program."""

from datetime import date, timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit import clock
from ...kit.days import day_of, start_of
from ...kit.db import transaction
from ...kit.i18n import Text
from ...money.closes import service as closes
from ...money.closes.journal import journal_csv
from ...money.closes.models import DailyClose
from ..common.console import allow, scope
from ..common.format import as_money
from ..common.names import account_name
from ..common.requests import locale
from ..common.tables import Shown, Table, columns, empty, filters, listed, screen
from . import blueprint


def _moved(row: DailyClose) -> str:
    """Each kind of account with what the day moved in it."""
    return " · ".join(
        f"{account_name(kind)} {as_money(minor, currency)}"
        for currency, kinds in (row.totals or {}).items()
        for kind, minor in kinds.items()
        if minor
    )


def _digest(row: DailyClose) -> str:
    return (row.digest or b"").hex()


CLOSES = Table(
    name="closes",
    title=Text("日结", "Daily closes"),
    source=listed(lambda: select(DailyClose).where(DailyClose.digest.is_not(None)), DailyClose.day),
    columns=(
        columns.text("day", "日期", "Day", lambda row: row.day.isoformat(), sort=DailyClose.day),
        columns.count("entries", "分录数", "Entries", lambda row: row.entries),
        columns.prose("moved", "各科目发生额（借正贷负）", "Moved, debit positive", _moved),
        columns.own("digest", "摘要值（已封存于公开日志）", "Digest, sealed in the public log", _digest),
        columns.time("closed", "结账时间", "Closed", lambda row: row.closed_at, roomy=True),
    ),
    filters=filters.days(DailyClose.day),
    empty=empty(
        "还没有日结",
        "Nothing is closed yet",
        "每天零点（UTC+8）之后自动结账并封存。",
        "Each day is closed and sealed after midnight, UTC+8.",
    ),
)


@blueprint.get("/ledger/closes")
def ledger_closes() -> ResponseReturnValue:
    """Closed days: what they moved, and the digest that the public log holds."""
    return screen(CLOSES, template="admin/closes.html", more=_proved)


def _proved(session: Session, _shown: Shown) -> dict[str, Any]:
    today, latest = day_of(clock.now()), closes.list_closes(session, limit=1)
    broken = closes.prove(session) if "prove" in request.args else None
    return {"latest": latest, "broken": broken, "first": today.replace(day=1), "today": today}


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
        return min(since, until), max(since, until) + timedelta(days=1)
    except (ValueError, OverflowError):
        today = day_of(clock.now())
        return today, today + timedelta(days=1)
