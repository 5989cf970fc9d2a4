"""Prices, counts and times as people type them, read exactly or refused. Nothing is rounded, nothing guessed."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import lru_cache

from ...kit.money import Money, exponent
from .problems import CellRefused, quote

CURRENCIES = ("CNY", "USD", "HKD", "EUR", "JPY", "TWD")
MAX_PRICE_MAJOR = 1_000_000
MAX_COUNT = 10_000_000
MAX_HOURS = 24 * 366 * 5

_MARKS: dict[str, tuple[str, ...]] = {
    "¥": ("CNY", "JPY"),
    "RMB": ("CNY",),
    "人民币": ("CNY",),
    "元": ("CNY", "HKD", "TWD"),
    "块": ("CNY",),
    "$": ("USD", "HKD", "TWD"),
    "US$": ("USD",),
    "美元": ("USD",),
    "美金": ("USD",),
    "HK$": ("HKD",),
    "港币": ("HKD",),
    "港元": ("HKD",),
    "€": ("EUR",),
    "欧元": ("EUR",),
    "日元": ("JPY",),
    **{currency: (currency,) for currency in CURRENCIES},
}
_MARK = "|".join(sorted(map(re.escape, _MARKS), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?P<minus>-?)(?P<before>{_MARK})?(?P<whole>\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.(?P<part>\d+))?(?P<after>{_MARK})?",
    re.IGNORECASE | re.ASCII,
)
_HOURS = re.compile(r"(\d{1,5})(小时|hours?|h|天|日|days?|d)?", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[ T]\d{2}:\d{2}.*)?", re.ASCII)
_NEVER = frozenset({"永久", "长期", "长期有效", "无", "不限", "never", "none", "permanent", "-"})


def read_currency(text: str) -> str:
    """`cny`, `人民币`, `RMB`, `¥` → "CNY". Raises CellRefused."""
    known = _MARKS.get(_tight(text).upper())
    if not known:
        raise CellRefused("import_currency_unknown", value=quote(text))
    return known[0]


def read_price(text: str, currency: str) -> int:
    """`¥95`, `95.00元`, `１，２９９` → minor units of `currency`. Raises CellRefused."""
    money = read_amount(text, currency)
    if money.currency != currency:
        raise CellRefused("import_currency_mismatch", value=quote(text), currency=currency)
    return money.minor


def read_amount(text: str, default: str) -> Money:
    """An amount in the currency it names itself, else in `default`; positive, below a sane bound."""
    match = _AMOUNT.fullmatch(_tight(text))
    if not match:
        raise CellRefused("import_amount_unreadable", value=quote(text))
    currency = _currency_of(match, default)
    part = match["part"] or ""
    if len(part) > exponent(currency):
        raise CellRefused("import_amount_decimals", value=quote(text), places=exponent(currency))
    major = Decimal(f"{match['whole'].replace(',', '')}.{part or '0'}")
    if match["minus"] or not major:
        raise CellRefused("import_amount_not_positive", value=quote(text))
    if major > MAX_PRICE_MAJOR:
        raise CellRefused("import_amount_absurd", value=quote(text), limit=MAX_PRICE_MAJOR)
    return Money(int(major.scaleb(exponent(currency))), currency)


def _currency_of(match: re.Match[str], default: str) -> str:
    """Both marks, where given, must allow one currency: `¥95元` is fine, `$95元` is not."""
    allowed = [set(_MARKS[mark.upper()]) for mark in (match["before"], match["after"]) if mark]
    if not allowed:
        return default
    common = set.intersection(*allowed)
    if not common:
        raise CellRefused("import_amount_unreadable", value=quote(match[0]))
    return default if default in common else next(one for one in CURRENCIES if one in common)


def read_quantity_prices(text: str, currency: str) -> tuple[tuple[int, int], ...]:
    """`10:9.3;100:9.1` → ((10, 930), (100, 910)): from that many on, that unit price in minor units."""
    steps: list[tuple[int, int]] = []
    for step in re.split(r"[;\n|]", unicodedata.normalize("NFKC", text)):
        quantity, colon, price = step.partition(":")
        if not step.strip():
            continue
        count = re.fullmatch(r"(?:>=|≥)?(\d{1,7})[+个张份件]?", quantity.replace(" ", ""), re.ASCII)
        if not colon or not count:
            raise CellRefused("import_quantity_prices_unreadable", value=quote(text))
        steps.append((int(count[1]), read_price(price, currency)))
    return tuple(steps)


def read_count(text: str) -> int:
    """A whole number of things, at least 1: `100`, `1,000`, `50 个`."""
    digits = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d{1,8})[个张份件]?", _tight(text), re.ASCII)
    number = int(digits[1].replace(",", "")) if digits else 0
    if not 1 <= number <= MAX_COUNT:
        raise CellRefused("import_number_unreadable", value=quote(text))
    return number


def read_hours(text: str) -> int:
    """`72`, `72小时`, `3天` → 72. Zero is an answer: no warranty."""
    match = _HOURS.fullmatch(_tight(text))
    hours = int(match[1]) * (24 if (match[2] or "h")[0] in "天日dD" else 1) if match else -1
    if not 0 <= hours <= MAX_HOURS:
        raise CellRefused("import_number_unreadable", value=quote(text))
    return hours


@lru_cache(maxsize=1_024)
def read_date(text: str) -> date | None:
    """`2027-12-31`, `2027/1/5`, `2027年12月31日`, `20271231`, a time after it dropped; None for 永久 and the like."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.casefold() in _NEVER:
        return None
    match = _DATE.fullmatch(plain)
    try:
        return date(int(match[1]), int(match[2] or match[4]), int(match[3] or match[5])) if match else _no_date(text)
    except ValueError:
        return _no_date(text)


def _no_date(text: str) -> date:
    raise CellRefused("import_date_unreadable", value=quote(text))


def _tight(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("−", "-")
