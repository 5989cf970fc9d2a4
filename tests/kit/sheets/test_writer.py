"""Sheets out: nothing a reader's spreadsheet would run, numbers as numbers, long downloads in pieces."""

import io
import re
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardmesh.kit.sheets import Column, Sheet, iter_csv, open_rows, unguard, write_csv, write_workbook, write_xlsx

EVIL = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "＝1+1", '=HYPERLINK("http://evil.example")']


def first_sheet(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def test_xlsx_holds_no_formula_and_no_link() -> None:
    content = write_xlsx([[text] for text in EVIL], ["=title"])
    assert "<f>" not in first_sheet(content) and "hyperlink" not in first_sheet(content)
    assert all(row.cells[0].startswith("'") for row in open_rows(io.BytesIO(content)))


def test_csv_cells_never_begin_like_a_formula() -> None:
    content = write_csv([[text, "x"] for text in EVIL], ["h", "=title"])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(open_rows(io.BytesIO(content)))
    assert [unguard(row.cells[0]) for row in rows[1:]] == EVIL
    assert all(not re.match("[=+\\-@\t\r＝]", cell) for row in rows for cell in row.cells)


def test_numbers_stay_numbers_and_long_ones_become_text() -> None:
    rows = [[1999, Decimal("-19.90"), 12345678901234567890, None, "007"]]
    found = list(open_rows(io.BytesIO(write_xlsx(rows, ["a", "b", "c", "d", "e"]))))[1]
    assert found.cells == ["1999", "-19.9", "12345678901234567890", "", "007"] and not found.marks
    assert '<c r="A2"' in first_sheet(write_xlsx(rows, ["a"])) and "<v>1999</v>" in first_sheet(write_xlsx(rows, ["a"]))
    assert write_csv(rows, ["a"]).endswith(b'1999,-19.90,12345678901234567890,"","007"\r\n')


def test_the_same_rows_give_the_same_bytes() -> None:
    assert write_xlsx([["a", 1]], ["x", "y"]) == write_xlsx([["a", 1]], ["x", "y"])


def test_several_sheets_with_widths() -> None:
    buffer = io.BytesIO()
    write_workbook(buffer, [Sheet("商品", [Column("名称", 30)], [["a"]]), Sheet("说明", [Column("注")], [["b"]])])
    with zipfile.ZipFile(buffer) as archive:
        assert "商品" in archive.read("xl/workbook.xml").decode()
        assert archive.read("xl/worksheets/sheet2.xml")


def test_a_long_download_comes_in_pieces() -> None:
    pieces = list(iter_csv(([f"row {number}", number] for number in range(20_000)), ["a", "b"]))
    assert len(pieces) > 3 and max(map(len, pieces)) < 1 << 17
    assert len(list(open_rows(io.BytesIO(b"".join(pieces))))) == 20_001


@pytest.mark.parametrize("size", [1, 3])
@given(
    table=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufdd0")), min_size=3, max_size=3)
    )
)
def test_csv_round_trip(size: int, table: list[list[str]]) -> None:
    """One column or three: quotes, separators, newlines, formulas and all."""
    rows = [row[:size] for row in table]
    found = list(open_rows(io.BytesIO(write_csv(rows, ["甲", "乙", "丙"][:size]))))
    assert [[unguard(cell) for cell in row.cells] for row in found[1:]] == [row for row in rows if any(row)]
