"""Sheets of keys: with headers of several kinds, and without any."""

import io
from datetime import date

import pytest

from cardmesh.goods.imports.parse import KeyRecord, LineError, find_key_layout, read_keys
from cardmesh.goods.inventory.credentials import Credential
from cardmesh.kit.sheets import open_rows, write_xlsx
from cardmesh.kit.sheets.errors import ColumnDuplicate

TODAY = date(2026, 11, 22)


def read(text: str | bytes) -> list[KeyRecord | LineError]:
    content = text.encode() if isinstance(text, str) else text
    layout, rows = find_key_layout(open_rows(io.BytesIO(content)))
    return list(read_keys(rows, layout, today=TODAY))


def keys(text: str | bytes) -> list[list[Credential]]:
    """A Credential equals the plain tuple (type, label, value)."""
    return [list(item.credentials) for item in read(text) if isinstance(item, KeyRecord)]


def codes(text: str | bytes) -> list[tuple[int, str]]:
    return [(item.line, item.code) for item in read(text) if isinstance(item, LineError)]


def test_one_column_of_keys_under_the_suppliers_own_word() -> None:
    assert keys("激活码\nAAAA-1111\nBBBB-2222\n") == [
        [("code", "激活码", "AAAA-1111")],
        [("code", "激活码", "BBBB-2222")],
    ]


def test_an_english_header_is_labelled_in_our_words() -> None:
    assert keys("Redeem code\nAAAA-1111\n") == [[("code", "卡密", "AAAA-1111")]]


@pytest.mark.parametrize("header", ["卡号,密码", "Card Number,Password", "卡号,卡密", "密码,卡号"])
def test_number_and_password(header: str) -> None:
    line = "pw-0001,00012345" if header.startswith("密") else "00012345,pw-0001"
    fields = keys(f"{header}\n{line}\n")[0]
    assert [(kind, value) for kind, _, value in fields] == [("code", "00012345"), ("password", "pw-0001")]


def test_account_password_email() -> None:
    fields = keys("邮箱,账号,密码\na@mail.example,ann,pw01\n")[0]
    assert fields == [("account", "账号", "ann"), ("password", "密码", "pw01"), ("account", "邮箱", "a@mail.example")]


def test_a_list_without_header() -> None:
    assert [item.line for item in read("AAAA-1111\nBBBB-2222\n")] == [1, 2]
    assert keys("ann----pw01\n")[0][1] == ("password", "密码", "pw01")
    assert keys("0001234,pw0001\n0001235,pw0002\n")[1] == [("code", "卡号", "0001235"), ("password", "密码", "pw0002")]


def test_a_column_called_password_alone_is_the_key() -> None:
    assert keys("密码\nAAAA-1111\n") == [[("code", "卡密", "AAAA-1111")]]


def test_half_a_pair_is_refused() -> None:
    assert codes("卡号,密码\n00012345,\n,pw-0001\n") == [(2, "import_key_missing"), (3, "import_key_missing")]
    assert codes("卡密,密码\nAAAA-1111,\n") == []


def test_expiry() -> None:
    text = "卡密,有效期\nAAAA-1111,2026-11-22\nBBBB-2222,2026-11-21\nCCCC-3333,永久\nDDDD-4444,soon\n"
    assert [item.expires_on for item in read(text) if isinstance(item, KeyRecord)] == [TODAY, None]
    assert codes(text) == [(3, "import_key_expired"), (5, "import_date_unreadable")]


def test_a_number_excel_damaged_is_refused() -> None:
    assert codes("卡密\n1.23457E+17\nAAAA-1111\n") == [(2, "sheet_number_damaged")]
    assert codes("1.23457E+17\n") == [(1, "sheet_number_damaged")]


def test_a_broken_quote_is_refused() -> None:
    assert codes('卡密\n"AAAA"-1111\nBBBB-2222\n') == [(2, "sheet_quote_broken")]


def test_a_header_that_says_key_twice_is_refused() -> None:
    with pytest.raises(ColumnDuplicate):
        read("卡密,兑换码\na,b\n")


def test_what_our_own_export_guarded_is_read_back() -> None:
    assert keys(write_xlsx([["=AAAA-1111"]], ["卡密"]))[0][0][2] == "=AAAA-1111"


def test_payload_is_canonical_and_repr_hides_the_key() -> None:
    record = read("卡密\nAAAA-1111\n")[0]
    assert isinstance(record, KeyRecord)
    assert record.payload == '[{"label":"卡密","type":"code","value":"AAAA-1111"}]'
    assert "AAAA" not in repr(record)


def test_errors_speak_both_languages_and_name_the_column() -> None:
    error = next(item for item in read("卡密,有效期\nAAAA-1111,soon\n") if isinstance(item, LineError))
    assert error.message("zh-CN") == "有效期：无法识别的日期“soon”"
    assert error.message("en") == 'expires_on: cannot read the date "soon"'
