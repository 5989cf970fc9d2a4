"""Money: integer minor units with a currency. No floats, no bare numbers across a boundary."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel.core import Locale
from babel.numbers import format_currency, get_currency_precision

MAX_MINOR = 10**15
"""A bound on any single amount: far above a real one, far below BIGINT."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`Money(1999, "CNY")` is ¥19.99."""

    minor: int
    currency: str

    def to_json(self) -> dict[str, object]:
        return {"amount": self.minor, "currency": self.currency}


@lru_cache(maxsize=64)
def exponent(currency: str) -> int:
    """Decimal places of a currency: CNY 2, JPY 0."""
    return get_currency_precision(currency)


def to_major(minor: int, currency: str) -> Decimal:
    """1999 CNY → Decimal('19.99')."""
    return Decimal(minor).scaleb(-exponent(currency))


def display(minor: int, currency: str, locale: str = "zh-CN") -> str:
    """`¥19.99` as a reader of `locale` writes it."""
    return format_currency(to_major(minor, currency), currency, locale=Locale.parse(locale, sep="-"))


def split_by_weights(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` in proportion to non-negative `weights` by largest remainder: the parts add up to `total`.

    Ties go to the earlier part, so the result is a function of its input. A negative total is the mirror image of
    the positive one, so that a refund reverses a sale exactly.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    sign = -1 if total < 0 else 1
    size = abs(total)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for index in by_remainder[: size - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
