"""The audit trail, the same page in every console: filtered by address, taken home as a file."""

from datetime import date
from io import BytesIO

from flask import Blueprint, request
from werkzeug.wrappers import Response

from ...identity.audit import export
from ...identity.audit import service as audit
from ...kit.db import transaction
from .console import person, render, scope
from .requests import locale

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_audit_pages(blueprint: Blueprint) -> None:
    """`/audit` and its file."""

    @blueprint.get("/audit")
    def audit_list() -> str:
        before, wanted = request.args.get("after", ""), _wanted()
        with transaction(scope()) as session:
            rows = audit.trail(
                session,
                party_id=person().party_id,
                before=int(before) if before.isdecimal() and len(before) < 18 else None,
                limit=PAGE,
                wanted=wanted,
            )
            nouns = audit.nouns(session, person().party_id)
        more, rows = len(rows) > PAGE, rows[:PAGE]
        cursor = str(rows[-1].id) if more else None
        return render(
            "common/audit.html", rows=rows, more=more, cursor=cursor, wanted=wanted, nouns=nouns, face=blueprint.name
        )

    @blueprint.get("/audit.<kind>")
    def audit_file(kind: str) -> Response:
        """CSV for every other kind than xlsx."""
        target = BytesIO()
        with transaction(scope()) as session:
            rows = audit.each(session, party_id=person().party_id, wanted=_wanted())
            if kind == "xlsx":
                export.to_xlsx(target, rows, locale=locale())
            else:
                target.writelines(export.to_csv(rows, locale=locale()))
        mimetype, name = (XLSX, "audit.xlsx") if kind == "xlsx" else ("text/csv; charset=utf-8", "audit.csv")
        headers = {"Content-Disposition": f"attachment; filename={name}"}
        return Response(target.getvalue(), content_type=mimetype, headers=headers)


def _wanted() -> audit.Wanted:
    """From the address; a date that is none asks for nothing."""
    args = request.args
    return audit.Wanted(
        action=args.get("action", "").replace("\x00", "")[:80],
        who=args.get("who", "").replace("\x00", "").strip()[:100],
        since=_day(args.get("since", "")),
        until=_day(args.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 9000 else None
