"""The rows behind a figure: the orders, or a supplier's units, that were counted into it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, TextClause, func, select, text
from sqlalchemy.sql.elements import ColumnElement

from ...kit.ids import first_id
from ...trade.models import Order, OrderUnit
from .models import StoreBuyer
from .rules import WAITS, ZONE

SOLD, REFUNDED, FAILED, UNPAID, NEW, RETURNING, ANONYMOUS = (
    *("sold", "refunded", "failed", "unpaid", "new", "returning", "anonymous"),
)
WHAT = (SOLD, REFUNDED, FAILED, UNPAID, NEW, RETURNING, ANONYMOUS)
"""Handed over; given back; paid, never delivered and given back; never paid; first and later orders of a contact, and
those without one. The last three are of orders that were handed over."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a figure counted. `hour` is of the day, in the zone of the figures; `wait` one of `rules.WAITS`."""

    what: str
    since: datetime
    until: datetime
    supplier_id: uuid.UUID | None = None
    skus: Select[uuid.UUID] | None = None
    currency: str | None = None
    hour: int | None = None
    wait: str | None = None

    def orders(self) -> Sequence[ColumnElement[bool] | TextClause]:
        """Conditions on `Order`."""
        if self.what == UNPAID:
            return text("orders.status = 'canceled'"), *placed(self.since, self.until)
        ours = OrderUnit.tenant_id == Order.tenant_id, OrderUnit.order_id == Order.id
        units = select(OrderUnit.id).where(*ours, *self.units())
        if self.supplier_id:
            units = units.where(OrderUnit.supplier_id == self.supplier_id)
        if self.wait:
            units = units.where(text(f"({_waited(self.wait)})"))
        found: list[ColumnElement[bool]] = [units.exists()]
        if self.what in (NEW, RETURNING):
            first = select(StoreBuyer.buyer).where(
                StoreBuyer.tenant_id == Order.tenant_id,
                StoreBuyer.buyer == func.sha256(func.convert_to(Order.contact, "UTF8")),
                StoreBuyer.order_id == Order.id,
            )
            found += [Order.contact.is_not(None), first.exists() if self.what == NEW else ~first.exists()]
        return [*found, Order.contact.is_(None)] if self.what == ANONYMOUS else found

    def units(self) -> Sequence[ColumnElement[bool]]:
        """Conditions on `OrderUnit`, but for the supplier: a console's own is its scope's."""
        moment = OrderUnit.refunded_at if self.what in (REFUNDED, FAILED) else OrderUnit.delivered_at
        found: list[ColumnElement[bool]] = [moment >= self.since, moment < self.until]
        if self.what in (REFUNDED, FAILED):
            delivered = OrderUnit.delivered_at
            found.append(delivered.is_(None) if self.what == FAILED else delivered.is_not(None))
        if self.skus is not None:
            found.append(OrderUnit.sku_id.in_(self.skus))
        if self.currency:
            found.append(OrderUnit.currency == self.currency)
        if self.hour is not None:
            found.append(func.extract("hour", func.timezone(ZONE.key, moment)) == self.hour)
        return found


def placed(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """An order's id says when it was placed, and is indexed."""
    return Order.id >= first_id(since), Order.id < first_id(until)


def _waited(name: str) -> str:
    """Of the enclosing select's order and its unit, from our own list of waits."""
    return WAITS[name].replace("wait", "extract(epoch from order_units.delivered_at - orders.paid_at)")
