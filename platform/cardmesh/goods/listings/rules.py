"""What a listing's price rule may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ...kit.money import MAX_MINOR
from ..pricing.rules import BulkStep, Terms
from .errors import BulkInvalid, MarkupInvalid, PriceRuleInvalid, RetailInvalid

MAX_PERCENT = Decimal(10_000)
MAX_BULK_STEPS = 5
MAX_BULK_QUANTITY = 1_000
_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Markup:
    """retail = cost × (1 + percent / 100) + fixed, rounded up to a multiple of `round_to_minor`, at least the floor."""

    percent: Decimal = Decimal(0)
    fixed_minor: int = 0
    round_to_minor: int = 1
    floor_minor: int = 0


def terms(retail_minor: int | None, markup: Markup | None, *, by_rules: bool = False) -> Terms:
    """Exactly one of a price, a markup and `by_rules`. Raises PriceRuleInvalid, RetailInvalid, MarkupInvalid."""
    if by_rules and retail_minor is None and markup is None:
        return Terms()
    if by_rules or (retail_minor is None) == (markup is None):
        raise PriceRuleInvalid
    if markup is None:
        if retail_minor is None or not 0 < retail_minor <= MAX_MINOR:
            raise RetailInvalid
        return Terms(retail_minor=retail_minor)
    return Terms(None, _percent(markup.percent), *_amounts(markup))


def bulk_steps(steps: Sequence[tuple[int, Decimal]]) -> tuple[BulkStep, ...]:
    """Raises BulkInvalid: quantities rise from 2 on, and so do the percents, between 0 and 100."""
    made = tuple(BulkStep(count, percent) for count, percent in sorted(steps))
    counts, percents = [step.min_quantity for step in made], [step.percent for step in made]
    rising = all(a < b for a, b in pairwise(counts)) and all(a < b for a, b in pairwise(percents))
    sound = all(1 < count <= MAX_BULK_QUANTITY for count in counts) and all(
        percent.is_finite() and 0 < percent < 100 and percent == percent.quantize(_PLACES) for percent in percents
    )
    if not (rising and sound and len(made) <= MAX_BULK_STEPS):
        raise BulkInvalid(limit=MAX_BULK_STEPS)
    return made


def _percent(percent: Decimal) -> Decimal:
    if not percent.is_finite() or not -100 <= percent <= MAX_PERCENT or percent != percent.quantize(_PLACES):
        raise MarkupInvalid(limit=MAX_PERCENT)
    return percent


def _amounts(markup: Markup) -> tuple[int, int, int]:
    """Fixed (which may be a discount), rounding step, floor."""
    sound = abs(markup.fixed_minor) <= MAX_MINOR and 1 <= markup.round_to_minor <= MAX_MINOR
    if not sound or not 0 <= markup.floor_minor <= MAX_MINOR:
        raise MarkupInvalid(limit=MAX_PERCENT)
    return markup.fixed_minor, markup.round_to_minor, markup.floor_minor


def columns(terms: Terms) -> dict[str, Any]:
    """A price rule as columns of `listings`, which are named alike."""
    return {
        "retail_minor": terms.retail_minor,
        "markup_percent": terms.markup_percent,
        "markup_fixed_minor": terms.markup_fixed_minor,
        "round_to_minor": terms.round_to_minor,
        "floor_minor": terms.floor_minor,
        "bulk_steps": [[step.min_quantity, f"{step.percent.normalize():f}"] for step in terms.bulk],
    }
