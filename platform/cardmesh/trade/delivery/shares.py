"""Journal legs of a sale: who gets what of the units handed over, and how it is given back."""

import uuid
from collections.abc import Iterable

from ...money.ledger.service import Entry, Leg
from ...money.models import PLATFORM_OWNER, AccountKind
from ..models import Collector, Order, OrderUnit


def source(order: Order) -> tuple[uuid.UUID, AccountKind]:
    """Where an order's money comes from, and goes back to: clearing, or the distributor's own wallet."""
    if order.collected_by == Collector.DISTRIBUTOR:
        return order.tenant_id, AccountKind.AVAILABLE
    return PLATFORM_OWNER, AccountKind.CLEARING


def sale(order: Order, units: Iterable[OrderUnit]) -> Entry:
    """The one entry that splits the money of units handed over together. Keyed by the first of them."""
    rows = list(units)
    owner, kind = source(order)
    currency = order.currency
    legs = [Leg(owner, kind, sum(unit.retail_minor for unit in rows), currency)]
    for unit in rows:
        legs += [
            Leg(unit.supplier_id, AccountKind.PENDING, -unit.supplier_minor, currency),
            Leg(order.tenant_id, AccountKind.PENDING, -unit.distributor_minor, currency),
            Leg(PLATFORM_OWNER, AccountKind.REVENUE, -unit.platform_minor, currency),
        ]
    return Entry(
        key=f"sale:{order.id}:{min(unit.id for unit in rows)}",
        kind="sale",
        legs=legs,
        reference=f"order {order.number}",
        reference_id=order.id,
    )
