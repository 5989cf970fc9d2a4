"""One cell, many habits: codes, numbers with passwords, whole accounts; and one fingerprint for all spellings."""

import pytest

from cardmesh.goods.imports.credentials import name_parts, split_key
from cardmesh.goods.imports.problems import CellRefused
from cardmesh.goods.inventory.credentials import fingerprint_text


def shape(text: str) -> list[tuple[str, str]]:
    return [(one.type, one.value) for one in split_key(text)]


@pytest.mark.parametrize(
    ("cell", "fields"),
    [
        ("AAAA-1111-BBBB", [("code", "AAAA-1111-BBBB")]),
        ("AAAA 1111 BBBB 2222", [("code", "AAAA 1111 BBBB 2222")]),
        ("AAAA 1111", [("code", "AAAA 1111")]),
        ("00012345678901 000987654321", [("code", "00012345678901"), ("password", "000987654321")]),
        ("00012345678901----000987", [("code", "00012345678901"), ("password", "000987")]),
        ("00012345678901 | 000987", [("code", "00012345678901"), ("password", "000987")]),
        ("00012345678901，000987", [("code", "00012345678901"), ("password", "000987")]),
        ("00012345678901\t000987", [("code", "00012345678901"), ("password", "000987")]),
        ("ann@mail.example----pa,ss|w0rd", [("account", "ann@mail.example"), ("password", "pa,ss|w0rd")]),
        ("ann----pw----ann@mail.example", [("account", "ann"), ("password", "pw"), ("account", "ann@mail.example")]),
        ("ann----pw----", [("account", "ann"), ("password", "pw")]),
        ("ann----pw----hint", [("account", "ann"), ("password", "pw"), ("code", "hint")]),
        ("https://redeem.example/x?a=1", [("link", "https://redeem.example/x?a=1")]),
    ],
)
def test_splits_as_the_trade_writes(cell: str, fields: list[tuple[str, str]]) -> None:
    assert shape(cell) == fields


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "import_key_missing"),
        ("abc", "import_key_too_short"),
        ("x" * 2_049, "import_key_too_long"),
        ("two\nlines", "import_key_unreadable"),
        ("ann----", "import_key_missing"),
        ("----password", "import_key_missing"),
        ("a|b|c|d|e|f|g", "import_key_unreadable"),
    ],
)
def test_refuses_what_is_no_key(cell: str, code: str) -> None:
    with pytest.raises(CellRefused) as caught:
        split_key(cell)
    assert caught.value.code == code
    assert not any(cell and cell in str(value) for value in caught.value.params.values()), "an error quoted a key"


SPELLINGS = ["AbCd-1234-EfGh", "abcd 1234 efgh", "ＡＢＣＤ１２３４ＥＦＧＨ", "ABCD_1234_EFGH", " abcd1234efgh "]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_all_spellings_of_a_code_have_one_fingerprint(spelling: str) -> None:
    assert fingerprint_text(name_parts([spelling])) == "code:abcd1234efgh"


def test_columns_and_one_cell_have_one_fingerprint() -> None:
    assert fingerprint_text(split_key("0001234567----000987")) == fingerprint_text(
        name_parts(["000-1234567", "000987"])
    )


def test_whether_a_first_part_is_a_number_or_an_account_does_not_matter() -> None:
    assert fingerprint_text(split_key("abc1234567----pw")) == fingerprint_text(split_key("ABC1234567----pw"))


def test_an_account_is_the_same_with_and_without_its_email() -> None:
    assert fingerprint_text(split_key("ann----Pw")) == fingerprint_text(split_key("ANN----Pw----a@mail.example"))
    assert fingerprint_text(split_key("ann----Pw")) != fingerprint_text(split_key("ann----pw"))
