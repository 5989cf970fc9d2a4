"""Pure arithmetic of prices, all in minor units of one currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

from ...kit.money import MAX_MINOR, to_major
from ...money.commission.errors import LossGuard as SplitRefused
from ...money.commission.rules import PPM, Rule, ppm, split
from ...money.models import RuleBasis
from .errors import LossGuard

_HUNDRED = Decimal(100)


class PriceRow(NamedTuple):
    """A price from a tier (`""` = any) and from a quantity on."""

    tier: str
    min_quantity: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class Prices:
    """An offer's base price and its rows."""

    base_minor: int
    rows: tuple[PriceRow, ...] = ()


class BulkStep(NamedTuple):
    """So many percent off each unit from a quantity on."""

    min_quantity: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """A listing's price rule: a fixed `retail_minor`, a markup on cost, or neither: the store's rules then say."""

    retail_minor: int | None = None
    markup_percent: Decimal | None = None
    markup_fixed_minor: int = 0
    round_to_minor: int = 1
    floor_minor: int = 0
    bulk: tuple[BulkStep, ...] = ()

    @property
    def own(self) -> bool:
        return self.retail_minor is not None or self.markup_percent is not None


def cost(prices: Prices, *, tier: str, quantity: int) -> int:
    """The best price that applies: the base, or any row that this tier and the quantity have reached."""
    reached = (row.price_minor for row in _matching(prices.rows, tier) if row.min_quantity <= quantity)
    return min(prices.base_minor, min(reached, default=prices.base_minor))


def _matching(rows: Iterable[PriceRow], tier: str) -> Iterable[PriceRow]:
    """A tier has what the tiers below it have."""
    return (row for row in rows if tier_rank(row.tier) <= tier_rank(tier))


def tier_rank(tier: str) -> int:
    """VIP3 → 3; 0 for any."""
    return int(tier[3:]) if tier else 0


def retail(terms: Terms, cost_minor: int, quantity: int = 1) -> int:
    """What a buyer of `quantity` pays for a unit: the price before `bulk`, less its percent, rounded up to the minor
    unit, and not below the floor."""
    whole = _single(terms, cost_minor)
    percent = bulk_percent(terms.bulk, quantity)
    if not percent:
        return whole
    off = (whole * (_HUNDRED - percent) / _HUNDRED).to_integral_value(rounding=ROUND_CEILING)
    return max(int(off), min(terms.floor_minor, whole))


def _single(terms: Terms, cost_minor: int) -> int:
    """The fixed price, or cost + percent + fixed, rounded up to the step, at least the floor."""
    if terms.retail_minor is not None:
        return terms.retail_minor
    percent = terms.markup_percent or Decimal(0)
    exact = cost_minor * (_HUNDRED + percent) / _HUNDRED + terms.markup_fixed_minor
    steps = (exact / terms.round_to_minor).to_integral_value(rounding=ROUND_CEILING)
    return min(max(int(steps) * terms.round_to_minor, terms.floor_minor), MAX_MINOR)


def bulk_percent(steps: Iterable[BulkStep], quantity: int) -> Decimal:
    """What comes off at this quantity: the highest step that it reaches."""
    return max((step.percent for step in steps if step.min_quantity <= quantity), default=Decimal(0))


class Margin(NamedTuple):
    """What is left of one unit's retail for the distributor; negative is a loss."""

    retail_minor: int
    cost_minor: int
    fees_minor: int
    profit_minor: int


def margin(rule: Rule, *, retail_minor: int, cost_minor: int) -> Margin:
    """The distributor's side of the split of one unit. Selling below cost is a loss under a share rule too."""
    try:
        shares = split(rule, retail_minor=retail_minor, cost_minor=cost_minor)
    except SplitRefused:
        fees = 0 if rule.basis is RuleBasis.SHARE else -(-retail_minor * ppm(rule.fee_rate) // PPM)
        return Margin(retail_minor, cost_minor, fees, retail_minor - cost_minor - fees)
    profit = retail_minor - cost_minor if retail_minor < cost_minor else shares.distributor_minor
    return Margin(retail_minor, cost_minor, shares.fee_minor, profit)


def is_loss(rule: Rule, *, retail_minor: int, cost_minor: int) -> bool:
    """Whether the loss guard stops a sale at this price."""
    return margin(rule, retail_minor=retail_minor, cost_minor=cost_minor).profit_minor < 0


def check_loss(rule: Rule, *, retail_minor: int, cost_minor: int, currency: str) -> Margin:
    """The margin of one unit. Raises LossGuard, with the figures, when it would be a loss."""
    found = margin(rule, retail_minor=retail_minor, cost_minor=cost_minor)
    if found.profit_minor >= 0:
        return found
    figures = {
        "retail": found.retail_minor,
        "cost": found.cost_minor,
        "fees": found.fees_minor,
        "loss": -found.profit_minor,
    }
    shown: dict[str, Any] = {name: to_major(minor, currency) for name, minor in figures.items()}
    raise LossGuard(extra={**figures, "currency": currency}, currency=currency, **shown)
