"""What a basket, a split and a state are. Pure."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from ..kit.errors import FieldError, MeshError, ValidationFailed, invalid
from ..kit.i18n import Text
from ..kit.money import Money, split_by_weights
from ..money.commission.errors import LossGuard
from ..money.commission.rules import PPM, Rule, commission_ppm, ppm, split
from ..money.models import RuleBasis
from .models import OrderStatus, UnitStatus

MOST_ITEMS = 50
MOST_UNITS = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """What somebody wants: `max_unit_cost` is the most a distributor will pay for one (API orders only)."""

    sku_id: uuid.UUID
    quantity: int
    max_unit_cost: Money | None = None


def check_items(items: Sequence[Item]) -> None:
    """Raises ValidationFailed, with every fault by its place."""
    if not 1 <= len(items) <= MOST_ITEMS:
        raise invalid("/items", "items_count", "商品种类须为 1 到 {most}", "Give 1 to {most} items", most=MOST_ITEMS)
    faults = list(_faults(items))
    if faults:
        raise ValidationFailed(errors=faults)


def _faults(items: Sequence[Item]) -> Iterable[FieldError]:
    seen: set[uuid.UUID] = set()
    for place, item in enumerate(items):
        if not 1 <= item.quantity <= MOST_UNITS:
            text = Text("数量须为 1 到 {most}", "The quantity must be from 1 to {most}")
            yield FieldError(f"/items/{place}/quantity", "quantity_out_of_range", text, {"most": MOST_UNITS})
        if item.sku_id in seen:
            text = Text("同一规格请合并为一行", "Put the same SKU in one item")
            yield FieldError(f"/items/{place}/sku", "duplicate_item", text)
        seen.add(item.sku_id)


def at(place: int, error: MeshError) -> FieldError:
    """An error of one item as a part of the whole request's error."""
    return FieldError(f"/items/{place}", error.code, error.text, dict(error.params))


class Share(NamedTuple):
    """One unit's part of a sale: supplier + platform + distributor = retail, which is what was paid: the price less
    the discount."""

    retail_minor: int
    supplier_minor: int
    platform_minor: int
    distributor_minor: int
    discount_minor: int = 0


def retail_shares(
    rule: Rule, *, unit_price_minor: int, cost_minor: int, count: int, discount_minor: int = 0
) -> list[Share]:
    """Split a line that a buyer pays, exactly, and deal the parts out to its units.

    The price before the discount is what is divided: supplier and platform get what they would without it, the
    distributor bears it all. Raises LossGuard when its share is too small for that.
    """
    whole = split(rule, retail_minor=unit_price_minor * count, cost_minor=cost_minor * count, count=count)
    left = whole.distributor_minor - discount_minor
    if left < 0:
        raise LossGuard(extra={"short_minor": -left})
    return deal(whole.supplier_minor, whole.platform_minor, left, count, discount_minor)


def wholesale_shares(rule: Rule, *, cost_minor: int, count: int) -> list[Share]:
    """Split a line that a distributor buys from its wallet: it pays cost + fee and keeps whatever it sells for.

    What its own buyer pays is unknown here, so the fee is taken of the cost; under a share rule the cost is divided
    between supplier and platform in the proportion of their shares.
    """
    cost, fee = cost_minor * count, 0
    if rule.basis is RuleBasis.SHARE:
        weights = [ppm(rule.supplier_share), ppm(rule.platform_share)]
        supplier, commission = split_by_weights(cost, weights if any(weights) else [1, 0])
    else:
        fee = (cost * ppm(rule.fee_rate) * 2 + PPM) // (2 * PPM)
        commission = (commission_ppm(rule, base=cost, cost=cost, count=count) * 2 + PPM) // (2 * PPM)
        supplier = cost - commission
    return deal(supplier, commission + fee, 0, count)


def deal(supplier: int, platform: int, distributor: int, count: int, discount: int = 0) -> list[Share]:
    """Deal three sums, and what came off before, out to `count` units: a unit's parts differ by at most one minor unit
    from another's.

    What does not divide is dealt like cards, one party after the other round the table, so that the units' totals
    are as equal as the parts allow (all equal when the whole divides).
    """
    parts: list[list[int]] = []
    seat = 0
    for total in (supplier, platform, distributor, discount):
        base, rest = divmod(total, count)
        extra = {(seat + step) % count for step in range(rest)}
        parts.append([base + (unit in extra) for unit in range(count)])
        seat = (seat + rest) % count
    return [Share(sum(unit[:3]), *unit) for unit in zip(*parts, strict=True)]


def hold_until(delivered_at: datetime, warranty_hours: int, hold_days: int = 0) -> datetime:
    """When a delivered unit's money may be settled: after the supplier's warranty, in which it may be claimed back,
    and no sooner than the platform's `hold_days`."""
    return delivered_at + max(timedelta(hours=warranty_hours), timedelta(days=hold_days))


def order_status(units: Iterable[str]) -> OrderStatus:
    """What an order that was paid is, from the states of its units (one `failed` for each it could not get)."""
    states = [UnitStatus(state) for state in units]
    given_back = states.count(UnitStatus.REFUNDED)
    if given_back:
        left = len(states) - given_back - states.count(UnitStatus.FAILED)
        return OrderStatus.PARTIALLY_REFUNDED if left else OrderStatus.REFUNDED
    if any(state in _UNDER_WAY for state in states):
        return OrderStatus.PROCESSING
    done = [state for state in states if state in _DONE]
    if len(done) == len(states):
        return OrderStatus.COMPLETED
    return OrderStatus.PARTIALLY_COMPLETED if done else OrderStatus.FAILED


_UNDER_WAY = (UnitStatus.RESERVED, UnitStatus.DELIVERING, UnitStatus.UNKNOWN)
_DONE = (UnitStatus.DELIVERED, UnitStatus.REPLACED)


def line_status(units: Iterable[str]) -> str:
    """One word for a line: the state of all its units, or of the order as far as this line goes."""
    states = set(units)
    return states.pop() if len(states) == 1 else str(order_status(units))
