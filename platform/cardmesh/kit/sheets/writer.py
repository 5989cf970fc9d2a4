"""Sheets out: xlsx in constant memory and csv that Excel opens right. Text never becomes a formula.

Strings are guarded (see `text.guard`); int and Decimal are written as numbers, which cannot carry a formula.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO, TypeAlias

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from .text import guard

Cell: TypeAlias = str | int | Decimal | None
_BORN = datetime(2020, 1, 1, tzinfo=UTC)
"""A fixed creation time: the same rows give the same bytes."""
_EXACT = 10**15
_PIECE = 64 << 10


@dataclass(frozen=True, slots=True)
class Column:
    """A title and a width in characters (xlsx only)."""

    title: str
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook; rows are consumed once."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


def write_xlsx(rows: Iterable[Sequence[Cell]], columns: Sequence[Column | str]) -> bytes:
    """One sheet as the bytes of an xlsx."""
    buffer = io.BytesIO()
    write_workbook(buffer, [Sheet("Sheet1", _columns(columns), rows)])
    return buffer.getvalue()


def write_workbook(target: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """Several sheets into a binary file, one row in memory at a time; bold frozen header, text columns."""
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": _BORN.replace(tzinfo=None)})
    as_text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "num_format": "@"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        for index, column in enumerate(sheet.columns):
            page.set_column(index, index, column.width, as_text)
            page.write_string(0, index, guard(column.title), bold)
        for line, row in enumerate(sheet.rows, start=1):
            for index, value in enumerate(row):
                _write_cell(page, line, index, value)
    book.close()


def _write_cell(page: Worksheet, line: int, index: int, value: Cell) -> None:
    if isinstance(value, int | Decimal) and abs(value) < _EXACT:
        page.write_number(line, index, float(value))
    elif value is not None and value != "":
        page.write_string(line, index, guard(str(value)))


def write_csv(rows: Iterable[Sequence[Cell]], columns: Sequence[Column | str]) -> bytes:
    """utf-8 with a byte order mark, without which Excel garbles Chinese."""
    return b"".join(iter_csv(rows, columns))


def iter_csv(rows: Iterable[Sequence[Cell]], columns: Sequence[Column | str]) -> Iterator[bytes]:
    """The same, piece by piece, for a long download."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([guard(column.title) for column in _columns(columns)])
    yield codecs.BOM_UTF8
    for row in rows:
        writer.writerow([_plain(value) for value in row])
        if buffer.tell() > _PIECE:
            yield _drain(buffer)
    yield _drain(buffer)


def _drain(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece


def _plain(value: Cell) -> str | int | Decimal:
    if value is None:
        return ""
    return guard(value) if isinstance(value, str) else value


def _columns(columns: Sequence[Column | str]) -> list[Column]:
    return [Column(column) if isinstance(column, str) else column for column in columns]
