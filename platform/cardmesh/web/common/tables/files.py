"""Any list as csv or xlsx, all of what is asked for, in bounded memory: money as decimal numbers, times in UTC.

The file is written in the transaction and sent after it, from where it was spooled: a slow reader holds no connection
to the database, and a fault on the way is an error page instead of half a file.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from flask import Response as FlaskResponse
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ....kit.clock import rfc3339
from ....kit.i18n import Text
from ....kit.money import Money, to_major
from ....kit.sheets.writer import Cell, Sheet, iter_csv, write_workbook
from ....kit.sheets.writer import Column as SheetColumn
from ..format import Badge, state_name
from ..requests import locale
from .columns import Column, Kind
from .table import Asked, Table

PAGE = 1_000
MOST = 1_000_000
"""Rows of one file; a worksheet takes 1,048,576 lines."""
IN_MEMORY = 1 << 20
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CURRENCY = Text("币种", "Currency")
CUT = Text("仅前 {most} 行，请缩小范围后再导出", "Only the first {most} rows: narrow the list and export again")
_WIDTHS = {Kind.PROSE: 40, Kind.TIME: 26, Kind.TEXT: 24, Kind.CODE: 24, Kind.OWN: 30}


def write(target: IO[bytes], session: Session, table: Table, asked: Asked, kind: str) -> None:
    """All rows of a list into a binary file, a page of them in memory at a time."""
    columns = list(_in_file(table))
    titles = [SheetColumn(title.render(locale()), width) for title, width in _titles(columns)]
    rows = _rows(session, table, asked, columns)
    if kind == "csv":
        for piece in iter_csv(rows, titles):
            target.write(piece)  # one by one: only then is the file spooled to disk on the way
    else:
        write_workbook(target, [Sheet(table.title.render(locale())[:31], titles, rows)])


def answer(session: Session, table: Table, kind: str) -> Response:
    """The file as an attachment."""
    target = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when it is sent
    try:
        write(target, session, table, table.asked(), kind)
    except BaseException:
        target.close()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="{table.name}.{kind}"',
        "Content-Length": str(target.tell()),
        "Cache-Control": "no-store",
    }
    target.seek(0)
    response = FlaskResponse(_pieces(target), content_type=TYPES[kind], headers=headers)
    response.call_on_close(target.close)
    return response


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    with source:
        while piece := source.read(64 << 10):
            yield piece


def _rows(session: Session, table: Table, asked: Asked, columns: list[Column]) -> Iterator[list[Cell]]:
    asked, written = replace(asked, after=None, before=None), 0
    while True:
        found = table.source(session, table, asked, PAGE)
        for row in table.dress(session, found.rows):
            yield _cells(columns, row)
        written += len(found.rows)
        session.expunge_all()
        if found.below is None:
            return
        if written >= MOST:
            yield [CUT.render(locale(), most=MOST)]
            return
        asked = replace(asked, after=found.below)


def _in_file(table: Table) -> Iterator[Column]:
    return (column for column in table.columns if column.value is not None)


def _titles(columns: list[Column]) -> Iterator[tuple[Text, int]]:
    first = _first_money(columns)
    for column in columns:
        yield column.title, _WIDTHS.get(column.kind, 14)
        if column is first or column.apart:
            yield CURRENCY, 8


def _first_money(columns: list[Column]) -> Column | None:
    return next((one for one in columns if one.kind == Kind.MONEY and not one.apart), None)


def _cells(columns: list[Column], row: Any) -> list[Cell]:
    first, cells = _first_money(columns), list[Cell]()
    for column in columns:
        value = column.value(row) if column.value else None
        cells.append(_cell(column, value))
        if column.apart:
            cells.append(value.currency if value else None)
        elif column is first:
            cells.append(_currency(columns, row))
    return cells


def _currency(columns: list[Column], row: Any) -> str | None:
    """The one that all amounts of a row share."""
    of = (one.value(row) for one in columns if one.kind == Kind.MONEY and not one.apart and one.value)
    return next((value.currency for value in of if value), None)


def _cell(column: Column, value: Any) -> Cell:
    if isinstance(value, Money):
        return to_major(value.minor, value.currency)
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Badge):
        return value.text.render(locale())
    if column.kind == Kind.BADGE and value:
        return state_name(value)
    return value if isinstance(value, int | Decimal) or value is None else str(value)
