"""Journal legs of a sale: who gets what of the units handed over, and how it is given back."""

import uuid
from collections.abc import Iterable

from ...money.ledger.service import Entry, Leg
from ...money.models import PLATFORM_OWNER, AccountKind
from ..models import Channel, Collector, Order, OrderUnit


def source(order: Order) -> tuple[uuid.UUID, AccountKind]:
    """Where the money of an order's undelivered units is.

    What the platform collects waits in clearing. A distributor that collects itself pays from its wallet: at once in an
    order through the API; in its store's from what was held there when the order was placed.
    """
    if order.collected_by == Collector.PLATFORM:
        return PLATFORM_OWNER, AccountKind.CLEARING
    return order.tenant_id, AccountKind.AVAILABLE if order.channel == Channel.API else AccountKind.HELD


def due(order: Order, units: Iterable[OrderUnit]) -> int:
    """What that money is: all that the buyer paid, or without the distributor's own part, which never came in."""
    kept = order.collected_by == Collector.DISTRIBUTOR
    return sum(unit.retail_minor - (unit.distributor_minor if kept else 0) for unit in units)


def sale(order: Order, units: Iterable[OrderUnit]) -> Entry:
    """The one entry that splits the money of units handed over together. Keyed by the first of them."""
    rows = list(units)
    owner, kind = source(order)
    currency = order.currency
    legs = [Leg(owner, kind, due(order, rows), currency)]
    for unit in rows:
        legs += [
            Leg(unit.supplier_id, AccountKind.PENDING, -unit.supplier_minor, currency),
            Leg(order.tenant_id, AccountKind.PENDING, -income(order, unit), currency),
            Leg(PLATFORM_OWNER, AccountKind.REVENUE, -unit.platform_minor, currency),
        ]
    return Entry(
        key=f"sale:{order.id}:{min(unit.id for unit in rows)}",
        kind="sale",
        legs=legs,
        reference=f"order {order.number}",
        reference_id=order.id,
    )


def income(order: Order, unit: OrderUnit) -> int:
    """What the distributor's wallet gets of a unit: nothing of what it collected itself."""
    return unit.distributor_minor if order.collected_by == Collector.PLATFORM else 0
