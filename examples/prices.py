"""What a supplier asks for a SKU, and the ways people write it down."""

from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import NamedTuple

_CENT = Decimal("0.01")
_TIERS = (Decimal("0.995"), Decimal("0.99"), Decimal("0.98"))


class Price(NamedTuple):
    """Yuan, two decimals. `steps` are (from quantity, unit price), falling."""

    base: Decimal
    tiers: tuple[Decimal, ...]
    steps: tuple[tuple[int, Decimal], ...]

    @property
    def steps_text(self) -> str:
        return ";".join(f"{quantity}:{price.normalize():f}" for quantity, price in self.steps)


def ask(rng: Random, list_price: Decimal) -> Price:
    """91 to 97 per cent of the list price, a little less for higher tiers, steps for about a third of the goods."""
    base = _cents(list_price * rng.randint(910, 970) / 1000)
    steps = ((10, Decimal("0.99")), (100, Decimal("0.975"))) if rng.random() < 0.35 else ()
    return Price(
        base, tuple(_cents(base * share) for share in _TIERS), tuple((n, _cents(base * share)) for n, share in steps)
    )


def as_typed(rng: Random, price: Decimal) -> str:
    """One of the spellings of `1299.00` found in real sheets: ¥1,299.00, 1299元, １２９９ …"""
    plain = f"{price.normalize():f}"
    match rng.randrange(6):
        case 0:
            return f"¥{price:.2f}"
        case 1:
            return f"{plain}元"
        case 2:
            return wide(plain)
        case 3:
            return f"{price:,.2f}"
        case 4:
            return f" {plain} "
        case _:
            return plain


def wide(text: str) -> str:
    """Full-width forms of digits, letters and points, as a Chinese input method leaves them."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def _cents(price: Decimal) -> Decimal:
    return price.quantize(_CENT, ROUND_HALF_UP)
