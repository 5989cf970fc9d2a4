"""csv as it arrives: any encoding, any separator, quotes of every kind, a million lines, from the middle."""

import csv
import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardmesh.kit import sheets
from cardmesh.kit.sheets import Cursor, Limits, Row, SheetError, open_rows
from cardmesh.kit.sheets.delimited import find_delimiter
from cardmesh.kit.sheets.errors import (
    NumberDamaged,
    QuoteBroken,
    SheetDamaged,
    SheetEmpty,
    SheetEncoding,
    SheetTooLarge,
    SheetUnsupported,
)

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufdd0"))
CHINESE = "商品名称,面值\r\n星穹手游点券,100 元\r\n"


def rows(content: bytes, **options) -> list[Row]:
    return list(open_rows(io.BytesIO(content), **options))


def cells(content: bytes) -> list[list[str]]:
    return [row.cells for row in rows(content)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_reads_chinese_in_every_encoding_suppliers_use(encoding: str) -> None:
    assert cells(CHINESE.encode(encoding)) == [["商品名称", "面值"], ["星穹手游点券", "100 元"]]


def test_reads_big_endian_utf16() -> None:
    assert cells(b"\xfe\xff" + CHINESE.encode("utf-16-be"))[1] == ["星穹手游点券", "100 元"]


def test_gbk_far_behind_the_start_is_still_found() -> None:
    content = ("plain,line\n" * 200_000 + "名称,值\n").encode("gbk")
    assert rows(content)[-1].cells == ["名称", "值"]


def test_bytes_of_no_encoding_are_refused_with_their_place() -> None:
    content = "名称,值\n".encode() * 3 + b"abc\xff\xff\n"
    with pytest.raises(SheetEncoding) as caught:
        open_rows(io.BytesIO(content))
    assert caught.value.params == {"offset": len("名称,值\n".encode()) * 3 + 3}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_finds_the_separator(separator: str) -> None:
    content = f"a{separator}b{separator}c\n1{separator}2{separator}3\n"
    assert cells(content.encode()) == [["a", "b", "c"], ["1", "2", "3"]]


def test_a_list_of_keys_has_no_separator() -> None:
    assert cells(b"AAAA-1\nBB,B-2\nCCCC-3\nDDDD-4\n") == [["AAAA-1"], ["BB,B-2"], ["CCCC-3"], ["DDDD-4"]]


def test_commas_in_quotes_do_not_choose_the_separator() -> None:
    assert find_delimiter('"a,b";1\n"c,d";2\n') == ";"


def test_quoted_newlines_stay_in_their_cell_and_lines_count_records() -> None:
    found = rows(b'a,b\n"one\ntwo",x\nlast,y\n')
    assert [(row.line, row.cells) for row in found] == [(1, ["a", "b"]), (2, ["one\ntwo", "x"]), (3, ["last", "y"])]


def test_blank_lines_are_left_out_but_counted() -> None:
    assert [row.line for row in rows(b"a,b\n\n,\n1,2\n")] == [1, 4]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending(ending: str) -> None:
    assert cells(f"a,b{ending}1,2{ending}".encode()) == [["a", "b"], ["1", "2"]]


def test_a_broken_quote_costs_its_own_line_only() -> None:
    found = rows(b'a,b\n"x"y,1\nfine,2\n')
    assert found[1].marks == {0: QuoteBroken.code} and found[1].cells == []
    assert found[2].cells == ["fine", "2"] and found[2].line == 3


def test_a_quote_that_never_closes_refuses_the_file_after_the_good_rows() -> None:
    reading = open_rows(io.BytesIO(b'a,b\n1,2\n"open,3\n4,5\n6,7\n'))
    assert [next(reading).line, next(reading).line] == [1, 2]
    with pytest.raises(SheetDamaged) as caught:
        next(reading)
    assert caught.value.params == {"line": 3}


def test_a_number_that_excel_rounded_is_marked() -> None:
    found = rows(b"key,price\n1.23457E+17,95\nAB1.5E+17,96\n1.5E+03,97\n")
    assert [dict(row.marks) for row in found] == [{}, {0: NumberDamaged.code}, {}, {}]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b",,,\n,,\n"])
def test_a_file_of_nothing_is_empty(content: bytes) -> None:
    with pytest.raises(SheetEmpty):
        open_rows(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xls"),
        (b"%PDF-1.4\n", "pdf"),
        (b"<html><table><tr><td>1</td></tr></table>", "html/xml"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "html/xml"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"key\n\0\0\0\n", "csv"),
        (b"key\n" * 500 + b"\0", "binary"),
    ],
)
def test_what_is_no_sheet_is_refused_by_content(content: bytes, name: str, tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    path.write_bytes(content)
    with pytest.raises(SheetUnsupported) as caught:
        open_rows(path)
    assert caught.value.params == {"format": name}


def test_keys_that_begin_like_a_zip_are_still_text() -> None:
    assert cells(b"PK-1234-5678\nPK-8765-4321\n") == [["PK-1234-5678"], ["PK-8765-4321"]]


@pytest.mark.parametrize(
    ("limits", "what"),
    [(Limits(file_bytes=10), "bytes"), (Limits(rows=1), "rows"), (Limits(line_chars=6), "characters in a line")],
)
def test_limits_are_refusals_of_their_own(limits: Limits, what: str) -> None:
    with pytest.raises(SheetTooLarge) as caught:
        rows(b"a,b\n1234567,2\n", limits=limits)
    assert caught.value.params["what"] == what


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_what_a_csv_writer_writes_comes_back(table: list[list[str]], encoding: str) -> None:
    """Header first, so that the separator is plain to see; cells may hold newlines, quotes and separators."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["h1", "h2"], *table])
    try:
        found = rows(text.getvalue().encode(encoding))
    except SheetUnsupported:
        return  # markup on purpose: a first cell may begin with "<html"
    assert [row.cells for row in found[1:]] == [row for row in table if any(row)]
    assert all(_resumed(text.getvalue().encode(encoding), row) for row in found)


def _resumed(content: bytes, row: Row) -> bool:
    """Reading on after `row` gives exactly the rest."""
    everything = rows(content)
    return rows(content, start=row.next) == [one for one in everything if one.line > row.line]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_resumes_at_a_byte_without_reading_what_is_before(encoding: str) -> None:
    lines = ["卡密,有效期", *(f"KEY-{n:05},长期" for n in range(500)), '"两\n行",x', "末,尾"]
    content = "\n".join(lines).encode(encoding)
    whole = rows(content)
    cursor = whole[300].next
    assert cursor == Cursor(302, whole[300].end)
    assert rows(content, start=cursor) == whole[301:]
    spoiled = "\n".join(lines).replace("KEY-00099", '"EY-00099').encode(encoding)
    with pytest.raises(SheetDamaged):
        rows(spoiled)
    assert rows(spoiled, start=cursor) == whole[301:], "what is before the cursor was looked at"


def test_resumes_by_line_alone() -> None:
    assert [row.cells for row in rows(b"a\nb\nc\nd\n", start=Cursor(3))] == [["c"], ["d"]]


MILLION = """
import sys
from cardmesh.kit.sheets import open_rows
count = 0
for row in open_rows(sys.argv[1]):
    count += 1
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(count, row.cells[0], peak.split()[1])
"""


def test_a_million_lines_stream_in_little_memory(tmp_path: Path, python: str) -> None:
    """In a process of its own, whose highest memory use the kernel tells."""
    path = tmp_path / "keys.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("卡密,有效期\n")
        out.writelines(f"DEMO-{number:012d},2031-12-31\n" for number in range(1_000_000))
    source = Path(sheets.__file__).parents[3]
    command = [python, "-c", MILLION, str(path)]
    result = subprocess.run(command, cwd=source, capture_output=True, text=True, check=True)
    count, last, peak_kb = result.stdout.split()
    assert (count, last) == ("1000001", "DEMO-000000999999")
    assert int(peak_kb) < 100 << 10


def test_the_callers_file_stays_open_and_its_own() -> None:
    file = io.BytesIO(b"a,b\n1,2\n")
    list(open_rows(file))
    assert not file.closed


def test_every_refusal_speaks_both_languages() -> None:
    for kind in SheetError.__subclasses__():
        assert kind.code.startswith("sheet_")
        assert kind.text.zh != kind.text.en and kind.text.zh and kind.text.en
