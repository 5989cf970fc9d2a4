"""Reports of sales and a month's statement, on screen and as files; each console shows its own party's."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from operator import attrgetter

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.models import Party, Supplier, Tenant
from ...insight.reports import service as reports
from ...insight.reports.service import Dimension, ReportRow
from ...kit import clock
from ...kit.days import day_of, start_of
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.i18n import Text
from ...kit.money import Money
from ...money.wallets import periods
from . import forms
from .console import person, refused, scope
from .requests import locale
from .statements import lines_of
from .tables import Asked, Table, empty, files, screen, whole
from .tables.columns import Column, Kind

USUAL = timedelta(days=30)
WHOLE = Text("合计", "Total")


def report_of(party: Party, by: Dimension) -> Table:
    """The sums along one dimension, of what a party may see; the last rows are the totals, one a currency."""

    def read(session: Session, _: Asked) -> list[ReportRow]:
        since, until = _days()
        rows = reports.report(session, by=by, since=since, until=until)
        return [*rows, *reports.totals(rows)]

    return Table(
        name="report",
        title=Text("报表", "Report"),
        source=whole(read),
        columns=(
            Column(Kind.TEXT, by, reports.NAMES[by], lambda row: row.label or WHOLE.render(locale())),
            *(Column(Kind.COUNT, name, reports.TITLES[name], attrgetter(name)) for name in ("units", "refunded")),
            *(Column(Kind.MONEY, name, reports.TITLES[name], _amount(name)) for name in reports.SHOWN[party]),
        ),
        empty=empty("这段时间没有销售", "Nothing was sold in this time", "换一段时间看看。", "Try another time."),
    )


def _amount(name: str) -> Callable[[ReportRow], Money]:
    return lambda row: Money(getattr(row, name), row.currency)


def add_report_pages(blueprint: Blueprint, party: Party) -> None:
    """`/reports`, also as a file; the address says along which dimension and which days."""
    allowed = reports.OF_PARTY[party]
    tables = {by: report_of(party, by) for by in allowed}

    @blueprint.get("/reports")
    def reports_page() -> ResponseReturnValue:
        named, (since, until) = request.args.get("by", ""), _days()
        by = Dimension(named) if named in allowed else Dimension.DAY
        return screen(
            tables[by],
            template="common/reports.html",
            by=by,
            dimensions=allowed,
            names=reports.NAMES,
            since=day_of(since),
            until=day_of(until) - timedelta(days=1),
        )


def add_month_pages(blueprint: Blueprint) -> None:
    """`/wallet/month.pdf`: a month's statement, filed by accountants; also as csv and xlsx."""

    @blueprint.get("/wallet/month.<kind>")
    def wallet_month(kind: str) -> Response:
        month = request.args.get("month") or f"{day_of(clock.now()):%Y-%m}"
        currency = forms.text(request.args, "currency", most=3) or "CNY"
        try:
            with transaction(scope()) as session:
                found = periods.monthly_statement(session, owner_id=person().party_id, currency=currency, month=month)
                name = _party_name(session)
                if kind != "pdf":
                    table = lines_of(f"statement-{month}", found.lines)
                    return files.answer(session, table, "csv" if kind == "csv" else "xlsx")
        except MeshError as error:
            return refused(error, f"{blueprint.name}.wallet")
        from ...money.wallets import pdf  # a typesetter is heavy, and most processes never set a page

        body = pdf.to_pdf(found, pdf.Titles(name, month), locale=locale())
        headers = {
            "Content-Disposition": f'attachment; filename="statement-{month}.pdf"',
            "Cache-Control": "private, no-store",
        }
        return Response(body, content_type="application/pdf", headers=headers)


def _party_name(session: Session) -> str:
    model = Supplier if person().party == Party.SUPPLIER else Tenant
    return session.scalars(select(model.name).where(model.id == person().party_id)).one()


def _days() -> tuple[datetime, datetime]:
    """Whole business days: the last 30 unless said."""
    today = day_of(clock.now())
    since, until = _day("since", today - USUAL), _day("until", today)
    return start_of(min(since, until)), start_of(max(since, until) + timedelta(days=1))


def _day(name: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise
    return found if 2000 <= found.year <= 9000 else otherwise
