"""xlsx: the first visible sheet that holds anything, row by row, every cell as text."""

import os
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, TypeAlias

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ..scratch import scratch_file
from .archive import open_archive
from .errors import FormulaError, NumberDamaged, SheetEmpty, SheetError, SheetUnsupported
from .limits import Limits
from .numbers import render_number
from .rows import NO_MARKS, Cursor, Row
from .unpack import copy_parts

Value: TypeAlias = int | float | str | bool | time | date | datetime | timedelta

_ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
)


def read_workbook(file: BinaryIO, limits: Limits, start: Cursor | None) -> Iterator[Row]:
    """Rows that hold anything, from `start.line` on.

    The file is checked and the sheet chosen before this returns, so only the call raises: SheetBomb,
    SheetTooLarge, SheetUnsupported, SheetEmpty or SheetError.
    """
    archive = open_archive(file, limits)
    if "xl/workbook.xml" not in archive.namelist():
        raise SheetUnsupported(format=_other_format(archive.namelist()))
    with scratch_file() as copy:
        copy_parts(archive, copy, limits)
        copy.seek(0)
        sheet = _first_filled(copy)
    return _rows(sheet, start.line if start else 1, file.seek(0, os.SEEK_END))


def _first_filled(copy: BinaryIO) -> CalamineSheet:
    try:
        with CalamineWorkbook.from_filelike(copy) as book:
            for about in book.sheets_metadata:
                if about.typ is SheetTypeEnum.WorkSheet and about.visible is SheetVisibleEnum.Visible:
                    sheet = book.get_sheet_by_name(about.name)
                    if sheet.end is not None:
                        return sheet
    except CalamineError as error:
        raise SheetError from error
    raise SheetEmpty


def _rows(sheet: CalamineSheet, first: int, size: int) -> Iterator[Row]:
    """A row's `end` is its share of the file's `size`: no place to go on from, but the progress so far."""
    height = max(sheet.total_height, 1)
    margin = [""] * (sheet.start[1] if sheet.start else 0)
    for line, values in enumerate(sheet.iter_rows(), start=1):
        if line < first:
            continue
        marks: dict[int, str] = {}
        cells = margin + [value if type(value) is str and value[:1] != "#" else "" for value in values]
        for index, value in enumerate(values, start=len(margin)):
            if type(value) is not str or value[:1] == "#":
                cells[index], code = _render(value)
                if code:
                    marks[index] = code
        if any(cells):
            yield Row(line, cells, marks or NO_MARKS, size * line // height)


def _render(value: Value) -> tuple[str, str | None]:
    """A cell's text as its reader sees it, and the code of what is wrong with it."""
    match value:
        case str():
            return value, FormulaError.code if value in _ERRORS else None
        case bool():
            return ("TRUE" if value else "FALSE"), None
        case int() | float():
            text, damaged = render_number(value)
            return text, NumberDamaged.code if damaged else None
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds"), None
        case date() | time():
            return value.isoformat(), None
        case timedelta():
            return str(value), None


def _other_format(names: list[str]) -> str:
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "content.xml" in names:
        return "ods"
    return "docx" if "word/document.xml" in names else "zip"
