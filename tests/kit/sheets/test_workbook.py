"""xlsx: what cells read as, which sheet is read, and everything hostile refused before it costs anything."""

import io
import os
import struct
import zipfile
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from cardmesh.kit.sheets import Column, Cursor, Limits, Row, Sheet, open_rows, unguard, write_workbook, write_xlsx
from cardmesh.kit.sheets.errors import (
    FormulaError,
    NumberDamaged,
    SheetBomb,
    SheetEmpty,
    SheetError,
    SheetTooLarge,
    SheetUnsupported,
)

from .builders import archive, parts, text_cell, workbook


def rows(file: io.BytesIO, **options) -> list[Row]:
    return list(open_rows(file, **options))


@pytest.fixture
def book():
    """An open xlsxwriter workbook and the function that reads it back."""
    buffer = io.BytesIO()
    writing = xlsxwriter.Workbook(buffer, {"in_memory": True})

    def read(**options) -> list[Row]:
        writing.close()
        buffer.seek(0)
        return rows(buffer, **options)

    return writing, read


def test_cells_read_as_their_reader_sees_them(book) -> None:
    writing, read = book
    page = writing.add_worksheet()
    day = writing.add_format({"num_format": "yyyy-mm-dd"})
    moment = writing.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    page.write_row(0, 0, [123, -3, 95.5, 0.1 + 0.2, 999_999_999_999_999, 1e-7, True, "００1", "#1"])
    page.write_datetime(1, 0, datetime(2027, 12, 31), day)
    page.write_datetime(1, 1, datetime(2027, 12, 31, 8, 30, 1), moment)
    page.write_datetime(1, 2, clock(8, 30), writing.add_format({"num_format": "hh:mm"}))
    page.write_formula(1, 3, "=1+1", None, 2)
    first, second = read()
    assert first.cells == ["123", "-3", "95.5", "0.3", "999999999999999", "0.0000001", "TRUE", "００1", "#1"]
    assert second.cells[:4] == ["2027-12-31", "2027-12-31 08:30:01", "08:30:00", "2"]
    assert not first.marks and not second.marks


@pytest.mark.parametrize("number", [10**15, 1234567890123456, 12345678901234567890, -(10**15)])
def test_numbers_beyond_fifteen_digits_are_marked(book, number: int) -> None:
    writing, read = book
    writing.add_worksheet().write_row(0, 0, ["ok", float(number)])
    assert dict(read()[0].marks) == {1: NumberDamaged.code}


def test_formula_errors_are_marked_not_read_as_blank(book) -> None:
    writing, read = book
    page = writing.add_worksheet()
    page.write_string(0, 0, "x")
    page.write_formula(0, 1, "=NA()", None, "#N/A")
    page.write_formula(0, 2, "=1/0", None, "#DIV/0!")
    row = read()[0]
    assert row.cells == ["x", "#N/A", "#DIV/0!"]
    assert dict(row.marks) == {1: FormulaError.code, 2: FormulaError.code}


def test_the_first_visible_sheet_that_holds_anything_is_read(book) -> None:
    writing, read = book
    writing.add_worksheet("blank")
    hidden = writing.add_worksheet("hidden")
    hidden.write_string(0, 0, "hidden")
    hidden.hide()
    writing.add_worksheet("goods").write_string(2, 1, "found")
    assert [(row.line, row.cells) for row in read()] == [(3, ["", "found"])]


def test_lines_resume_where_they_were(book) -> None:
    writing, read = book
    page = writing.add_worksheet()
    for line in (0, 1, 4, 5):
        page.write_string(line, 0, f"row{line}")
    assert [row.line for row in read(start=Cursor(3))] == [5, 6]


def test_cells_without_references_and_prefixed_names_are_read() -> None:
    plain = "<row><c t='inlineStr'><is><t>a</t></is></c><c><v>1</v></c></row>"
    assert rows(workbook(plain))[0].cells == ["a", "1"]


@pytest.mark.parametrize("shift", [0, 12, 24, 36, 48])
def test_error_cells_are_found_wherever_a_block_ends(shift: int) -> None:
    """A megabyte of error cells; over all shifts, the block's end falls into a tag at least once."""
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="e"><v>#REF!</v></c></row>' for n in range(1, 20_001))
    found = rows(workbook(f"<!--{'z' * shift}-->{cells}"))
    assert len(found) == 20_000 and all(row.marks == {0: FormulaError.code} for row in found)


def test_an_empty_workbook_is_empty(book) -> None:
    writing, read = book
    writing.add_worksheet()
    with pytest.raises(SheetEmpty):
        read()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ({"content.xml": "<a/>", "mimetype": "x"}, "ods"),
        ({"word/document.xml": "<a/>"}, "docx"),
        ({"xl/workbook.bin": "x"}, "xlsb"),
        ({"readme.txt": "x"}, "zip"),
    ],
)
def test_other_zips_are_told_apart(content: dict[str, str | bytes], name: str) -> None:
    with pytest.raises(SheetUnsupported) as caught:
        open_rows(archive(content))
    assert caught.value.params == {"format": name}


def test_a_megabyte_that_holds_234_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real thing: 234 MB of rows in about 1 MB of zip, and not a byte of it inflated."""
    line = b"<row>" + b"<c><v>1</v></c>" * 60 + b"</row>"
    sheet = b"<worksheet><sheetData>" + line * (234_000_000 // len(line)) + b"</sheetData></worksheet>"
    bomb = archive({**parts(""), "xl/worksheets/sheet1.xml": sheet, "xl/media/noise.png": os.urandom(700_000)})
    del sheet
    assert 500_000 < len(bomb.getvalue()) < 2_000_000
    monkeypatch.setattr(zipfile.ZipFile, "open", _never)
    with pytest.raises(SheetBomb) as caught:
        open_rows(bomb)
    assert caught.value.params == {"why": "ratio"}


def _never(*_: object) -> None:
    raise AssertionError("the directory alone must tell")


def test_many_parts_that_are_each_harmless_are_refused_together() -> None:
    part = os.urandom(30_000) * 35
    content = {**parts(""), **{f"xl/media/{n}.xml": part for n in range(8)}}
    with pytest.raises(SheetBomb) as caught:
        open_rows(archive(content), limits=Limits(unpacked_bytes=8_000_000))
    assert caught.value.params == {"why": "size"}


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(SheetBomb) as caught:
        open_rows(archive({f"xl/{n}.xml": "" for n in range(1_001)}))
    assert caught.value.params == {"why": "entries"}


def test_a_directory_too_large_to_parse_is_not_parsed() -> None:
    """65,000 entries behind a count that says 3."""
    lying = bytearray(archive({f"xl/{'d' * 40}{n}.xml": "" for n in range(65_000)}).getvalue())
    struct.pack_into("<HH", lying, len(lying) - 14, 3, 3)
    with pytest.raises(SheetBomb) as caught:
        open_rows(io.BytesIO(bytes(lying)))
    assert caught.value.params == {"why": "directory"}


@pytest.mark.parametrize(
    "name", ["../evil.xml", "/etc/passwd.xml", "a/../../b.xml", "\\evil.xml", "a/b/c/d/e/f/g/h/i/j.xml"]
)
def test_paths_that_lead_astray_are_refused(name: str) -> None:
    with pytest.raises(SheetBomb) as caught:
        open_rows(archive({**parts(""), name: "x"}))
    assert caught.value.params == {"why": "path"}


def test_sizes_that_lie_do_not_get_past_the_copy() -> None:
    """The directory says 100 bytes; the stream holds 20 MB. Nothing larger than was said is ever written."""
    body = b"<worksheet>" + b" " * 20_000_000 + b"</worksheet>"
    content = archive({**parts(""), "xl/worksheets/sheet1.xml": body}).getvalue()
    true_size, said = struct.pack("<L", len(body)), struct.pack("<L", 100)
    assert content.count(true_size) == 2
    with pytest.raises(SheetError) as caught:
        open_rows(io.BytesIO(content.replace(true_size, said)))
    assert type(caught.value) is SheetError


@pytest.mark.parametrize(
    "cells",
    [
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c r='XFD1048576'><v>2</v></c></row>",
        "<row r='1'><c r='A1'><v>1</v></c><c r='XFD1'><v>1</v></c></row>",
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c><v>1</v></c><c r='IV1048576'><v>2</v></c></row>",
        "<row r='4000000'><c><v>1</v></c></row>",
        f"<row r='900000'>{'<c><v>1</v></c>' * 20}</row>",
    ],
)
def test_two_far_cells_do_not_reach_the_parser(cells: str) -> None:
    """The parser allocates the rectangle between them and aborts the whole process."""
    with pytest.raises(SheetTooLarge):
        open_rows(workbook(cells))


def test_empty_formatted_cells_far_away_are_harmless() -> None:
    far = (
        "<row r='1'>" + text_cell("A1", "x") + "<c r='XFD1' s='0'/></row><row r='1048576'><c r='A1048576' s='0'/></row>"
    )
    assert [row.cells for row in rows(workbook(far))] == [["x"]]


def test_shared_strings_are_counted_too() -> None:
    strings = "<sst>" + "<si/>" * 5_000 + "</sst>"
    with pytest.raises(SheetTooLarge):
        open_rows(workbook("", **{"xl/sharedStrings.xml": strings}), limits=Limits(cells=4_000))


@pytest.mark.parametrize(
    "sheet",
    [
        '<!DOCTYPE a [<!ENTITY b "bbbb">]><worksheet>&b;</worksheet>',
        "<worksheet><sheetData><row></worksheet>",
        "<worksheet><c r='nonsense'><v>1</v></c></worksheet>",
        "",
    ],
)
def test_xml_that_is_wrong_is_damage(sheet: str) -> None:
    with pytest.raises(SheetError) as caught:
        open_rows(workbook("", **{"xl/worksheets/sheet1.xml": sheet}))
    assert caught.value.code == "sheet_damaged"


@pytest.mark.parametrize("cut", [30, 200, -1, -10, -30])
def test_a_truncated_file_is_damage(cut: int) -> None:
    content = write_xlsx([["a"]], ["h"])
    with pytest.raises(SheetError) as caught:
        open_rows(io.BytesIO(content[:cut]))
    assert caught.value.code == "sheet_damaged"


def test_a_flipped_byte_is_damage() -> None:
    content = bytearray(write_xlsx([[f"key-{number}"] for number in range(500)], ["h"]))
    content[content.index(b"sheet1.xml") + 40] ^= 0xFF
    with pytest.raises(SheetError) as caught:
        rows(io.BytesIO(bytes(content)))
    assert caught.value.code == "sheet_damaged"


def test_two_parts_of_one_name_are_damage() -> None:
    buffer = workbook("")
    with zipfile.ZipFile(buffer, "a") as out, pytest.warns(UserWarning, match="Duplicate name"):
        out.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(SheetError):
        open_rows(buffer)


def test_encrypted_workbooks_are_unsupported() -> None:
    content = bytearray(workbook("").getvalue())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    with pytest.raises(SheetUnsupported):
        open_rows(io.BytesIO(bytes(content)))


def test_an_xlsx_named_csv_is_an_xlsx(tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    path.write_bytes(write_xlsx([["1"]], ["h"]))
    assert [row.cells for row in open_rows(path)] == [["h"], ["1"]]


PRINTABLE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=40
)


@given(st.lists(st.lists(PRINTABLE, min_size=1, max_size=3), max_size=6))
def test_what_we_write_comes_back(table: list[list[str]]) -> None:
    content = write_xlsx(table, ["h1", "h2", "h3"])
    found = rows(io.BytesIO(content))[1:]
    expected = [[*row, "", ""][:3] for row in table if any(row)]
    assert [[unguard(cell) for cell in row.cells] for row in found] == expected


def test_dates_are_dates_in_any_sheet_of_ours() -> None:
    buffer = io.BytesIO()
    write_workbook(buffer, [Sheet("一", [Column("日期")], [[date(2026, 11, 22).isoformat()]]), Sheet("二", [], [])])
    assert rows(buffer)[1].cells == ["2026-11-22"]
