"""What people type into forms, read exactly. Each reader raises ValidationFailed naming the field."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from ...kit.days import ZONE, start_of
from ...kit.errors import FieldError, ValidationFailed
from ...kit.i18n import Text
from ...kit.money import MAX_MINOR, Money, exponent

_AMOUNT = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d+(\.\d+)?")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
LONGEST = 28
"""Digits and signs of a number: as many as `decimal` reckons with exactly."""


def refuse(name: str, code: str, zh: str, en: str, **params: object) -> ValidationFailed:
    return ValidationFailed(errors=[FieldError(f"/{name}", code, Text(zh, en), params)])


def text(form: Mapping[str, str], name: str, *, required: bool = False, most: int = 500) -> str:
    """A text without surrounding space."""
    value = form.get(name, "").strip()
    if required and not value:
        raise refuse(name, "missing", "请填写必填项", "Fill in the required field")
    if len(value) > most:
        raise refuse(name, "string_too_long", "内容不能超过 {most} 字", "At most {most} characters", most=most)
    return value


def choice(form: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    """One of the allowed words."""
    value = form.get(name) or default or ""
    if value not in allowed:
        raise refuse(name, "literal_error", "请从选项中选择", "Choose one of the options")
    return value


def day(form: Mapping[str, str], name: str) -> date:
    """As the browser's own field writes a day."""
    try:
        return date.fromisoformat(text(form, name, required=True))
    except ValueError:
        raise _no_date(name) from None


def optional_day(form: Mapping[str, str], name: str) -> date | None:
    return day(form, name) if form.get(name, "").strip() else None


def midnight(form: Mapping[str, str], name: str) -> datetime | None:
    """The beginning of a business day (`kit.days`), as all days of the consoles; None where none is filled in."""
    found = optional_day(form, name)
    return _of_this_age(name, start_of(found)) if found else None


def moment(form: Mapping[str, str], name: str) -> datetime:
    """As the browser's own field writes a day and time, by the clock of business days."""
    try:
        found = datetime.fromisoformat(text(form, name, required=True)).replace(tzinfo=ZONE)
    except ValueError:
        raise _no_date(name) from None
    return _of_this_age(name, found)


def _of_this_age(name: str, found: datetime) -> datetime:
    """A moment with days around it, in every zone."""
    if not 2000 <= found.year <= 9000:
        raise _no_date(name)
    return found


def _no_date(name: str) -> ValidationFailed:
    return refuse(name, "date_unreadable", "日期格式不正确", "This is not a date")


def whole(form: Mapping[str, str], name: str, *, least: int = 0, most: int = 10**9, default: int | None = None) -> int:
    """A whole number between two bounds; `default` when the field is empty."""
    value = unicodedata.normalize("NFKC", form.get(name, "")).strip()
    if not value and default is not None:
        return default
    if not re.fullmatch(r"-?\d{1,12}", value) or not least <= int(value) <= most:
        raise refuse(name, "number_out_of_range", "须为 {least}–{most} 的整数", "A whole number from {least} to {most}",
                     least=least, most=most)  # fmt: skip
    return int(value)


def optional_whole(form: Mapping[str, str], name: str, *, least: int = 0, most: int = 10**9) -> int | None:
    return whole(form, name, least=least, most=most) if form.get(name, "").strip() else None


def decimal(form: Mapping[str, str], name: str, *, least: str = "0", most: str = "10000", default: str = "") -> Decimal:
    """A decimal number between two bounds, such as a percentage."""
    value = unicodedata.normalize("NFKC", form.get(name, "") or default).strip().rstrip("%").strip()
    readable = len(value) <= LONGEST and _DECIMAL.fullmatch(value)
    if not readable or not Decimal(least) <= (number := Decimal(value)) <= Decimal(most):
        raise refuse(name, "number_out_of_range", "须为 {least}–{most} 的数", "A number from {least} to {most}",
                     least=least, most=most)  # fmt: skip
    return number


def money(form: Mapping[str, str], name: str, currency: str = "CNY", *, positive: bool = True) -> Money:
    """An amount in major units as people write it (`¥1,299.00`, `95`, `９５元`) as exact minor units."""
    value = unicodedata.normalize("NFKC", form.get(name, "")).strip().strip("¥元 ")
    if len(value) > LONGEST or not _AMOUNT.fullmatch(value):
        raise refuse(name, "amount_unreadable", "金额格式不正确", "This is not an amount")
    minor = Decimal(value.replace(",", "")).scaleb(exponent(currency))
    if minor != int(minor):
        raise refuse(name, "amount_too_fine", "金额最多 {places} 位小数", "At most {places} decimals",
                     places=exponent(currency))  # fmt: skip
    if abs(minor) > MAX_MINOR or (positive and minor <= 0):
        raise refuse(name, "amount_out_of_range", "金额须大于零", "The amount must be above zero")
    return Money(int(minor), currency)


def optional_money(form: Mapping[str, str], name: str, currency: str = "CNY") -> Money | None:
    return money(form, name, currency) if form.get(name, "").strip() else None
