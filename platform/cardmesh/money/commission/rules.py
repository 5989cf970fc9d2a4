"""Pure rules of commission: a rule as plain data, and the exact split of one sale."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ...kit.money import split_by_weights
from ..models import CommissionRule, RuleBasis
from .errors import LossGuard

PPM = 1_000_000
"""Rates have six decimals at most: in parts per million they are integers and all arithmetic is exact."""

_GOODS = ("sku_id", "product_id", "category_id")
_PARTIES = ("supplier_id", "tenant_id")
_RATES = ("rate", "fee_rate", "supplier_share", "platform_share", "distributor_share")
_SCOPE = (*_GOODS, *_PARTIES)


_SUMS = ("min_minor", "cap_minor", "volume_minor")


class Step(NamedTuple):
    """The rate from a volume on: what the supplier sold in thirty days, at cost, in the rule's currency."""

    volume_minor: int
    rate: Decimal


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A commission rule. What it applies to: at most one of SKU, product, category, and/or a supplier, a tenant.

    One with a `currency` is for sales in it alone, and may name sums: the least and the most commission of a unit, and
    `steps` that lower the rate. In a book, `rate` is what the supplier's `volume_minor` has reached.
    """

    id: uuid.UUID
    basis: RuleBasis
    rate: Decimal = Decimal(0)
    fee_rate: Decimal = Decimal(0)
    supplier_share: Decimal | None = None
    platform_share: Decimal | None = None
    distributor_share: Decimal | None = None
    sku_id: uuid.UUID | None = None
    product_id: uuid.UUID | None = None
    category_id: uuid.UUID | None = None
    supplier_id: uuid.UUID | None = None
    tenant_id: uuid.UUID | None = None
    currency: str | None = None
    min_minor: int | None = None
    cap_minor: int | None = None
    steps: tuple[Step, ...] = ()
    volume_minor: int | None = None
    effective_from: datetime | None = None

    @classmethod
    def from_row(cls, row: CommissionRule) -> "Rule":
        stored = (field.name for field in fields(cls) if field.name != "volume_minor")
        values: dict[str, Any] = {name: getattr(row, name) for name in stored}
        values["basis"] = RuleBasis(row.basis)
        values["steps"] = _steps(row.steps)
        return cls(**values)

    def at_volume(self, volume_minor: int) -> "Rule":
        """The rule with the rate that this volume has reached: of the steps the highest one begun, else its own."""
        reached = [step.rate for step in sorted(self.steps) if step.volume_minor <= volume_minor]
        return replace(self, rate=reached[-1] if reached else self.rate, volume_minor=volume_minor)

    def to_json(self) -> dict[str, Any]:
        """For the snapshot on an order line: rates as decimal strings, absent members left out."""
        stored: dict[str, Any] = {"id": str(self.id), "basis": str(self.basis)}
        stored |= {name: _plain(value) for name in _RATES if (value := getattr(self, name)) is not None}
        stored |= {name: str(value) for name in _SCOPE if (value := getattr(self, name))}
        stored |= {name: value for name in _SUMS if (value := getattr(self, name)) is not None}
        if self.currency:
            stored["currency"] = self.currency
        if self.steps:
            stored["steps"] = [[step.volume_minor, _plain(step.rate)] for step in self.steps]
        if self.effective_from:
            stored["effective_from"] = self.effective_from.astimezone(UTC).isoformat()
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Rule":
        values: dict[str, Any] = {name: Decimal(stored[name]) for name in _RATES if name in stored}
        values |= {name: uuid.UUID(stored[name]) for name in _SCOPE if name in stored}
        values |= {name: stored[name] for name in (*_SUMS, "currency") if name in stored}
        values["steps"] = _steps(stored.get("steps", ()))
        if "effective_from" in stored:
            values["effective_from"] = datetime.fromisoformat(stored["effective_from"])
        return cls(id=uuid.UUID(stored["id"]), basis=RuleBasis(stored["basis"]), **values)


def _steps(stored: Iterable[Sequence[Any]] | None) -> tuple[Step, ...]:
    return tuple(Step(int(volume), Decimal(rate)) for volume, rate in stored or ())


@dataclass(frozen=True, slots=True)
class Split:
    """What each party gets: supplier + platform + distributor = retail, commission + fee = platform."""

    supplier_minor: int
    platform_minor: int
    distributor_minor: int
    commission_minor: int
    fee_minor: int

    def __neg__(self) -> "Split":
        return Split(
            -self.supplier_minor,
            -self.platform_minor,
            -self.distributor_minor,
            -self.commission_minor,
            -self.fee_minor,
        )


def split(rule: Rule, *, retail_minor: int, cost_minor: int, count: int = 1) -> Split:
    """Divide one sale of `count` units exactly: fractions of a minor unit go by largest remainder, ties to the earlier
    party.

    A negative sale (retail and cost negative) is the mirror image of the positive one. Raises LossGuard when a party
    would get less than nothing; `extra["short_minor"]` says by how much.
    """
    if retail_minor < 0:
        return -split(rule, retail_minor=-retail_minor, cost_minor=-cost_minor, count=count)
    supplier, commission, fee, distributor = _exact(rule, retail_minor, cost_minor, count)
    if (short := min(supplier, commission, fee, distributor)) < 0:
        raise LossGuard(extra={"short_minor": -(short // PPM)})
    if retail_minor == 0:
        return Split(0, 0, 0, 0, 0)
    to_supplier, to_platform, to_distributor = split_by_weights(retail_minor, [supplier, commission + fee, distributor])
    of_commission, of_fee = split_by_weights(to_platform, [commission, fee]) if to_platform else (0, 0)
    return Split(to_supplier, to_platform, to_distributor, of_commission, of_fee)


def _exact(rule: Rule, retail: int, cost: int, count: int) -> tuple[int, int, int, int]:
    """Supplier, commission, fee, distributor in millionths of a minor unit; they add up to retail × PPM."""
    if rule.basis is RuleBasis.SHARE:
        supplier, platform = retail * ppm(rule.supplier_share), retail * ppm(rule.platform_share)
        return supplier, platform, 0, retail * PPM - supplier - platform
    fee = retail * ppm(rule.fee_rate)
    commission = commission_ppm(rule, base=cost if rule.basis is RuleBasis.COST else retail, cost=cost, count=count)
    return cost * PPM - commission, commission, fee, (retail - cost) * PPM - fee


def commission_ppm(rule: Rule, *, base: int, cost: int, count: int) -> int:
    """The commission of `count` units in millionths of a minor unit: the rate of `base`, at least the minimum, at most
    the cap of so many units, and never more than the cost."""
    exact = ppm(rule.rate) * base
    if rule.min_minor is not None:
        exact = max(exact, rule.min_minor * count * PPM)
    if rule.cap_minor is not None:
        exact = min(exact, rule.cap_minor * count * PPM)
    return min(exact, cost * PPM)


def ppm(rate: Decimal | None) -> int:
    """`Decimal("0.05")` → 50,000."""
    return int((rate or Decimal(0)) * PPM)


def _plain(rate: Decimal) -> str:
    """`0.050000` → `0.0500`: at least four decimals, as the API writes rates."""
    return (
        f"{rate.quantize(Decimal('0.0001'))}" if rate == rate.quantize(Decimal("0.0001")) else f"{rate.normalize():f}"
    )
