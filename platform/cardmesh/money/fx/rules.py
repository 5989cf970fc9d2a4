"""Conversion between currencies. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from ...kit.money import exponent


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `base` is `rate` units of `quote`."""

    base: str
    quote: str
    rate: Decimal
    source: str
    stated_at: datetime

    def convert(self, minor: int) -> int:
        """Minor units of `base` in minor units of `quote`, rounded up: nobody is paid less than was asked."""
        scale = Decimal(10) ** (exponent(self.quote) - exponent(self.base))
        return int((minor * self.rate * scale).to_integral_value(rounding=ROUND_CEILING))

    def to_json(self) -> dict[str, str]:
        return {
            "base": self.base,
            "quote": self.quote,
            "rate": f"{self.rate.normalize():f}",
            "source": self.source,
            "stated_at": self.stated_at.isoformat(),
        }


class Rates:
    """The rates in force, by pair. A pair without one cannot be converted: no rate is guessed from its inverse."""

    def __init__(self, found: Iterable[Rate] = ()) -> None:
        self._found: Mapping[tuple[str, str], Rate] = {(rate.base, rate.quote): rate for rate in found}

    def find(self, base: str, quote: str) -> Rate | None:
        return self._found.get((base, quote))

    def convert(self, minor: int, base: str, quote: str) -> int | None:
        """None where there is no rate."""
        if base == quote:
            return minor
        rate = self.find(base, quote)
        return rate.convert(minor) if rate else None


NO_RATES = Rates()
