"""Prices as people write them: read exactly, or refused with the reason."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardmesh.goods.imports.amounts import (
    read_amount,
    read_count,
    read_currency,
    read_date,
    read_hours,
    read_price,
    read_quantity_prices,
)
from cardmesh.goods.imports.problems import CellRefused
from cardmesh.kit.money import Money


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("95", 9500),
        ("95.00元", 9500),
        ("¥95", 9500),
        ("￥ 95.5", 9550),
        ("１００", 10000),
        ("９５．０１", 9501),
        ("1,299.00", 129900),
        ("1，299", 129900),
        ("CNY 95", 9500),
        ("95 rmb", 9500),
        ("¥95元", 9500),
        ("0.01", 1),
        ("1000000", 100_000_000),
    ],
)
def test_reads_yuan(typed: str, minor: int) -> None:
    assert read_price(typed, "CNY") == minor


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("-95", "import_amount_not_positive"),
        ("−95", "import_amount_not_positive"),
        ("0", "import_amount_not_positive"),
        ("0.00", "import_amount_not_positive"),
        ("9.999", "import_amount_decimals"),
        ("95.000", "import_amount_decimals"),
        ("1,29", "import_amount_unreadable"),
        ("9,5", "import_amount_unreadable"),
        ("12,99.00", "import_amount_unreadable"),
        ("面议", "import_amount_unreadable"),
        ("95-100", "import_amount_unreadable"),
        ("9.5折", "import_amount_unreadable"),
        ("1e3", "import_amount_unreadable"),
        ("٩٥", "import_amount_unreadable"),
        ("nan", "import_amount_unreadable"),
        ("€95元", "import_amount_unreadable"),
        ("1000000.01", "import_amount_absurd"),
        ("$95", "import_currency_mismatch"),
        ("95 HKD", "import_currency_mismatch"),
    ],
)
def test_refuses_the_rest(typed: str, code: str) -> None:
    with pytest.raises(CellRefused) as caught:
        read_price(typed, "CNY")
    assert caught.value.code == code


def test_other_currencies_have_their_own_decimals() -> None:
    assert read_price("¥500", "JPY") == 500
    with pytest.raises(CellRefused, match="import_amount_decimals"):
        read_price("500.5", "JPY")


def test_a_face_value_may_be_in_other_money_than_the_price() -> None:
    assert read_amount("$25", "CNY") == Money(2500, "USD")
    assert read_amount("HK$50", "CNY") == Money(5000, "HKD")
    assert read_amount("100 元", "HKD") == Money(10000, "HKD")


@given(st.integers(1, 10**8), st.sampled_from(["{}", "¥{}", "{}元", " {} ", "CNY{}"]), st.booleans())
def test_every_amount_survives_every_spelling(minor: int, form: str, grouped: bool) -> None:
    major = Decimal(minor).scaleb(-2)
    assert read_price(form.format(f"{major:,.2f}" if grouped else f"{major:.2f}"), "CNY") == minor


@given(st.text(max_size=12))
def test_no_text_is_ever_misread_into_an_error_of_ours(text: str) -> None:
    for reader in (read_count, read_hours, read_currency, read_date, lambda one: read_price(one, "CNY")):
        try:
            reader(text)
        except CellRefused as refusal:
            assert refusal.code.startswith("import_")


@pytest.mark.parametrize(
    "typed", ["10:9.3;100:9.1", "10：9.3；100：9.1", "10+:9.3元\n100+:¥9.1", " 10 : 9.30 ; 100 : 9.10 ;"]
)
def test_quantity_prices(typed: str) -> None:
    assert read_quantity_prices(typed, "CNY") == ((10, 930), (100, 910))


@pytest.mark.parametrize("typed", ["10=9.3", "10", "ten:9", "10:9.3,100:9.1", "10:"])
def test_quantity_prices_that_are_none(typed: str) -> None:
    with pytest.raises(CellRefused):
        read_quantity_prices(typed, "CNY")


@pytest.mark.parametrize(("typed", "count"), [("100", 100), ("1,000", 1000), ("５０个", 50)])
def test_counts(typed: str, count: int) -> None:
    assert read_count(typed) == count


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "many", "10000001"])
def test_counts_that_are_none(typed: str) -> None:
    with pytest.raises(CellRefused, match="import_number_unreadable"):
        read_count(typed)


@pytest.mark.parametrize(("typed", "hours"), [("72", 72), ("72小时", 72), ("3天", 72), ("7 days", 168), ("0", 0)])
def test_hours(typed: str, hours: int) -> None:
    assert read_hours(typed) == hours


@pytest.mark.parametrize(
    "typed",
    ["2027-12-31", "2027/12/31", "2027.12.31", "2027年12月31日", "20271231", "2027-12-31 08:00:00", "２０２７-12-31"],
)
def test_dates(typed: str) -> None:
    assert read_date(typed) == date(2027, 12, 31)


def test_some_keys_never_expire() -> None:
    assert read_date("长期有效") is None


@pytest.mark.parametrize("typed", ["2027-13-01", "31/12/2027", "soon", "2027", "2027123"])
def test_dates_that_are_none(typed: str) -> None:
    with pytest.raises(CellRefused, match="import_date_unreadable"):
        read_date(typed)
