"""The fast way through a sheet of keys gives what the careful way gives, line by line, whatever the lines hold."""

import io
import uuid
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardmesh.goods.imports import plain
from cardmesh.goods.imports.keys import KeyLayout, find_key_start, key_form, read_keys
from cardmesh.goods.imports.parse import KeyRecord, find_key_layout
from cardmesh.goods.imports.plain import KeyLines
from cardmesh.goods.inventory.credentials import PLAIN
from cardmesh.kit.sheets import open_delimited, open_rows

TODAY = date(2026, 6, 1)
OFFER = uuid.uuid4()
HEADERS = ["卡密", "激活码,有效期", "卡号,密码", "账号,密码,邮箱,有效期", "备注,卡密", "密码", "邮箱", "有效期,key"]
HEADERS += ["有效期,key,pin", ""]
PIECE = st.sampled_from(
    [*"aB3-_ @.:,|'=+\"\\%/é密ſ\t", "--", "ABCD", "https://", "1E+17", "2030-01-02", "2020-01-02", "永久", "CODE-1234"]
)
CELL = st.lists(PIECE, max_size=5).map("".join)


def careful(sheet: bytes) -> dict[int, object]:
    layout, rows = find_key_layout(open_rows(io.BytesIO(sheet)))
    found: dict[int, object] = {}
    for item in read_keys(rows, layout, today=TODAY):
        told = (item.payload, item.fingerprint_text, item.expires_on) if isinstance(item, KeyRecord) else item
        found[item.line] = told
    return found


def fast(sheet: bytes, count: int) -> dict[int, object]:
    text = open_delimited(io.BytesIO(sheet))
    assert text is not None
    layout, place = find_key_start(text.rows())
    lines, found = KeyLines(layout, TODAY, OFFER), {}
    while True:
        block = text.block(place, count)
        if block is None:
            rows = list(text.rows(place))
            got, place = lines.rows(rows), rows[-1].next if rows else None
        elif not block.records:
            return found
        else:
            got, place = lines.block(block), block.next
        for key in zip(got.keys.lines, got.keys.payloads, got.keys.texts, got.keys.expires, strict=True):
            found[key[0]] = (key[1].decode(), key[2].decode(), key[3])
        found |= {error.line: error for error in got.errors}
        assert got.total == len(got.keys) + len(got.errors)
        if block is None:
            return found


@settings(max_examples=300, deadline=None)
@given(
    header=st.sampled_from(HEADERS),
    rows=st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    last=st.booleans(),
    count=st.integers(1, 5),
)
def test_both_ways_give_the_same_keys(header: str, rows: list[list[str]], end: str, last: bool, count: int) -> None:
    text = end.join([*([header] if header else []), *(",".join(cells) for cells in rows)]) + (end if last else "")
    sheet = text.encode()
    try:
        expected: dict[int, object] | type[Exception] = careful(sheet)
    except Exception as error:
        expected = type(error)
    try:
        given_: dict[int, object] | type[Exception] = fast(sheet, count)
    except Exception as error:
        given_ = type(error)
    assert given_ == expected


@pytest.mark.parametrize(
    "sheet",
    [
        "CODE-0001,SECRET-1\nCODE-0002,SECRET-2\n",
        '卡密\nCODE-0001\n"CODE-\n0002"\nCODE-0003\n',
        '卡密,有效期\nCODE-0001,"2030-01-02"\n"CODE-0002",\nCODE-0003,1.5E+17\n',
    ],
    ids=["a list of pairs", "a record of two lines", "quotes"],
)
def test_what_looks_plain_and_is_not(sheet: str) -> None:
    assert fast(sheet.encode(), 3) == careful(sheet.encode())


@pytest.mark.parametrize(
    ("layout", "cells"),
    [
        (KeyLayout({"key": 0}), ["ABCD-EFGH_ij"]),
        (KeyLayout({"card_number": 1, "password": 0}, "激活%码"), ["Pa-ss%w0rd", "CARD-0001"]),
        (KeyLayout({"account": 0, "password": 1, "email": 2, "expires_on": 3}), ["user", "w0rd", "a@b.cd", "2030-1-2"]),
        (KeyLayout({}), ["ABCD-EFGH"]),
    ],
)
def test_plain_lines_do_go_the_fast_way(layout: KeyLayout, cells: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = (",".join(cells) + "\n").encode() * 3
    text = open_delimited(io.BytesIO(sheet))
    block = text.block(None, 10) if text else None
    assert block and len(block.records) == 3
    lines = KeyLines(layout, TODAY, OFFER)
    monkeypatch.setattr(plain, "read_key", None)
    assert lines.block(block).keys.lines == [1, 2, 3]


def test_a_sheet_of_e_mails_alone_has_no_fast_way() -> None:
    assert key_form(KeyLayout({"email": 0})) is None


@pytest.mark.parametrize(
    "value", ["abc", "x" * 65, "http://a.bc", "-abcd", "=abcd", "ab cd", "ab---cd", "1E+17", "ſſſſſ", "abcd\n"]
)
def test_what_is_not_plain(value: str) -> None:
    assert not PLAIN.fullmatch(value)
