"""From priced lines to rows: set stock aside, freeze prices, rules and splits."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ...goods.inventory.errors import OutOfStock
from ...goods.inventory.rules import LOW
from ...goods.pricing.errors import (
    ListingNotActive,
    LossGuard,
    OfferNotActive,
    PriceRuleMissing,
    QuantityOutOfRange,
    RetailOutOfBounds,
)
from ...goods.pricing.service import OfferChoice, PricedLine
from ...identity.settings import service as settings
from ...kit.errors import MeshError
from ...kit.ids import new_id
from ..delivery.kinds.base import Reserved
from ..delivery.kinds.registry import kind
from ..models import Order, OrderLine, OrderUnit, UnitStatus
from ..rules import Item, Share, at, hold_until

_PROBLEMS: dict[str, type[MeshError]] = {
    error.code: error for error in (ListingNotActive, OfferNotActive, OutOfStock)
}
_NOT_THE_BUYERS = (LossGuard.code, PriceRuleMissing.code, RetailOutOfBounds.code)
"""What a distributor would lose, has not set, or may not do, is not the buyer's to see."""


@dataclass(frozen=True, slots=True)
class Portion:
    """A line with what was set aside for it from one offer, and the split of each unit. Short: fewer than asked for."""

    line: PricedLine
    offer: OfferChoice | None
    reserved: Sequence[Reserved]
    shares: Sequence[Share]

    @property
    def total_minor(self) -> int:
        return sum(share.retail_minor for share in self.shares)

    @property
    def discount_minor(self) -> int:
        return sum(share.discount_minor for share in self.shares)


def require_sellable(lines: Sequence[PricedLine], *, but: str | None = None) -> None:
    """Raises the first line's problem as its own error, naming every line's by its place. `but` is let through."""
    faults = [(place, _refusal(line)) for place, line in enumerate(lines) if line.problem and line.problem != but]
    if faults:
        raise located(faults)


def located(faults: Sequence[tuple[int, MeshError]]) -> MeshError:
    """The first of several items' errors, naming the places of all."""
    first = faults[0][1]
    first.errors = [at(place, error) for place, error in faults]
    return first


def _refusal(line: PricedLine) -> MeshError:
    if line.problem == QuantityOutOfRange.code:
        return QuantityOutOfRange(minimum=line.min_quantity, maximum=line.max_quantity)
    if line.problem in _NOT_THE_BUYERS:
        return ListingNotActive()
    return _PROBLEMS[line.problem or ""]()


def reserve(session: Session, offers: Iterable[OfferChoice], count: int) -> tuple[OfferChoice, list[Reserved]] | None:
    """Set `count` units aside from the first offer that has them; None when none has."""
    for offer in offers:
        try:
            return offer, kind(offer.kind).reserve(session, offer, count)
        except OutOfStock:
            continue
    return None


def insert_lines(
    session: Session, order: Order, portions: Sequence[Portion], *, delivered_at: datetime | None = None
) -> list[OrderUnit]:
    """Write the lines and units of an order in two statements; the units come back as plain copies.

    With `delivered_at` they are handed over at once.
    """
    lines, units = rows(order, portions, delivered_at=delivered_at)
    session.execute(insert(OrderLine), lines)
    if units:
        session.execute(insert(OrderUnit), units)
    return [OrderUnit(**unit) for unit in units]


def rows(
    order: Order, portions: Sequence[Portion], *, delivered_at: datetime | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of order_lines, one a portion, and of order_units."""
    lines: list[dict[str, Any]] = []
    units: list[dict[str, Any]] = []
    for portion in portions:
        line = _line_row(order, portion)
        lines.append(line)
        units += _unit_rows(order, line["id"], portion, delivered_at)
    return lines, units


def most_units(items: Iterable[Item]) -> int:
    """How far stock has to be counted to serve any of the items."""
    return max([LOW, *(item.quantity for item in items)])


def _line_row(order: Order, portion: Portion) -> dict[str, Any]:
    line = portion.line
    return {
        "tenant_id": order.tenant_id,
        "id": new_id(),
        "order_id": order.id,
        "listing_id": line.listing_id,
        "sku_id": line.sku_id,
        "kind": line.kind,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price_minor,
        "discount_minor": portion.discount_minor,
        "total_minor": portion.total_minor,
        "currency": order.currency,
        "snapshot": _snapshot(portion),
    }


def _snapshot(portion: Portion) -> dict[str, Any]:
    """Names, prices, rule and terms as they were when the order was placed; nothing changes them later."""
    line, offer = portion.line, portion.offer
    rule = offer.rule if offer else line.rule
    converted = offer.converted if offer else None
    fx = {"fx": {"cost_minor": converted.own_cost_minor, **converted.rate.to_json()}} if converted else {}
    return {
        "product_name": line.product_name,
        "product_slug": line.product_slug,
        "sku_name": line.sku_name,
        "cost_minor": offer.cost_minor if offer else line.cost_minor,
        "warranty_hours": offer.warranty_hours if offer else line.warranty_hours,
        "rule": rule.to_json() if rule else None,
        **fx,
    }


def _unit_rows(
    order: Order, line_id: uuid.UUID, portion: Portion, delivered_at: datetime | None
) -> list[dict[str, Any]]:
    offer = portion.offer
    if offer is None:
        return []
    common = {
        "tenant_id": order.tenant_id,
        "order_id": order.id,
        "line_id": line_id,
        "sku_id": portion.line.sku_id,
        "offer_id": offer.id,
        "supplier_id": offer.supplier_id,
        "currency": order.currency,
        "cost_minor": offer.cost_minor,
        "status": UnitStatus.DELIVERED if delivered_at else UnitStatus.RESERVED,
        "delivered_at": delivered_at,
        "hold_until": _held(delivered_at, offer.warranty_hours) if delivered_at else None,
    }
    pairs = zip(portion.reserved, portion.shares, strict=True)
    return [
        {"id": new_id(), "ordinal": ordinal, **common, **reserved._asdict(), **share._asdict()}
        for ordinal, (reserved, share) in enumerate(pairs, start=1)
    ]


def _held(delivered_at: datetime, warranty_hours: int) -> datetime:
    return hold_until(delivered_at, warranty_hours, settings.current().hold_days)
