"""Reports of sales and a month's statement, on screen and as files; each console shows its own party's."""

from datetime import date, datetime, timedelta
from io import BytesIO

from flask import Blueprint, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.models import Party, Supplier, Tenant
from ...insight.reports import service as reports
from ...insight.reports.service import Dimension
from ...kit import clock
from ...kit.days import day_of, start_of
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...money.wallets import periods
from . import forms
from .console import person, refused, render, scope
from .requests import locale
from .statements import lines_of
from .tables import files

USUAL = timedelta(days=30)


def add_report_pages(blueprint: Blueprint, party: Party) -> None:
    """`/reports`, and the same as a file."""
    allowed = reports.OF_PARTY[party]

    @blueprint.get("/reports")
    def reports_page() -> str:
        by, since, until = _asked(allowed)
        with transaction(scope()) as session:
            rows = reports.report(session, by=by, since=since, until=until)
        shown = {"rows": rows, "totals": reports.totals(rows), "amounts": reports.SHOWN[party]}
        days = {"since": day_of(since), "until": day_of(until) - timedelta(days=1)}
        return render("common/reports.html", by=by, dimensions=allowed, face=blueprint.name, names=reports.NAMES,
                      titles=reports.TITLES, **shown, **days)  # fmt: skip

    @blueprint.get("/reports.<kind>")
    def reports_file(kind: str) -> Response:
        by, since, until = _asked(allowed)
        with transaction(scope()) as session:
            rows = reports.report(session, by=by, since=since, until=until)
        if kind == "csv":
            return _file(b"".join(reports.to_csv(rows, by=by, party=party, locale=locale())), "report.csv")
        target = BytesIO()
        reports.to_xlsx(target, rows, by=by, party=party, locale=locale())
        return _file(target.getvalue(), "report.xlsx")


def add_month_pages(blueprint: Blueprint) -> None:
    """`/wallet/month.pdf`: a month's statement, filed by accountants; also as csv and xlsx."""

    @blueprint.get("/wallet/month.<kind>")
    def wallet_month(kind: str) -> Response:
        month = request.args.get("month") or f"{day_of(clock.now()):%Y-%m}"
        currency = forms.text(request.args, "currency", most=3) or "CNY"
        try:
            with transaction(scope()) as session:
                found = periods.monthly_statement(
                    session, owner_id=person().party_id, currency=currency, month=month
                )
                name = _party_name(session)
                if kind != "pdf":
                    table = lines_of(f"statement-{month}", found.lines)
                    return files.answer(session, table, "csv" if kind == "csv" else "xlsx")
        except MeshError as error:
            return refused(error, f"{blueprint.name}.wallet")
        from ...money.wallets import pdf  # a typesetter is heavy, and most processes never set a page

        return _file(pdf.to_pdf(found, pdf.Titles(name, month), locale=locale()), f"statement-{month}.pdf")


def _party_name(session: Session) -> str:
    model = Supplier if person().party == Party.SUPPLIER else Tenant
    return session.scalars(select(model.name).where(model.id == person().party_id)).one()


def _asked(allowed: tuple[Dimension, ...]) -> tuple[Dimension, datetime, datetime]:
    """The dimension, and whole business days: the last 30 unless said."""
    named = request.args.get("by", "")
    today = day_of(clock.now())
    since, until = _day("since", today - USUAL), _day("until", today)
    by = Dimension(named) if named in allowed else Dimension.DAY
    return by, start_of(min(since, until)), start_of(max(since, until) + timedelta(days=1))


def _day(name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise


def _file(body: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(body, content_type=_TYPES[name.rpartition(".")[2]], headers=headers)


_TYPES = files.TYPES | {"pdf": "application/pdf"}
