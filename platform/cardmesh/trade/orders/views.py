"""Orders with their lines and units, as pages and programs show them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...kit.pages import Page, paginate
from ...money.models import Payment
from ...money.payments import queries as payments
from .. import queries
from ..models import Order, OrderLine, OrderUnit, UnitStatus
from ..rules import line_status


@dataclass(frozen=True, slots=True)
class LineView:
    """A line, its units, and one word for their state. A unit that could not be had counts as failed."""

    line: OrderLine
    units: Sequence[OrderUnit]

    @property
    def status(self) -> str:
        missing = self.line.quantity - len(self.units)
        return line_status([*(unit.status for unit in self.units), *[UnitStatus.FAILED] * missing])


@dataclass(frozen=True, slots=True)
class OrderView:
    order: Order
    lines: Sequence[LineView]


def views(session: Session, orders: Sequence[Order]) -> list[OrderView]:
    """Orders of one tenant with everything that belongs to them, in two selects."""
    if not orders:
        return []
    tenant_id, ids = orders[0].tenant_id, [order.id for order in orders]
    units: dict[uuid.UUID, list[OrderUnit]] = {}
    for unit in queries.units(session, tenant_id=tenant_id, order_ids=ids):
        units.setdefault(unit.line_id, []).append(unit)
    lines: dict[uuid.UUID, list[LineView]] = {}
    for line in queries.lines(session, tenant_id=tenant_id, order_ids=ids):
        lines.setdefault(line.order_id, []).append(LineView(line, units.get(line.id, [])))
    return [OrderView(order, lines.get(order.id, [])) for order in orders]


def view(session: Session, order: Order) -> OrderView:
    return views(session, [order])[0]


def find(session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID) -> Order | None:
    return session.scalar(select(Order).where(Order.tenant_id == tenant_id, Order.id == order_id))


def list_orders(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    status: str | None = None,
    channel: str | None = None,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = 20,
) -> Page[Order]:
    """A tenant's orders, newest first."""
    query = select(Order).where(Order.tenant_id == tenant_id)
    if status:
        query = query.where(Order.status == status)
    if channel:
        query = query.where(Order.channel == channel)
    return paginate(session, query, Order.id, after=after, before=before, limit=limit)


def payment_of(session: Session, order: Order) -> Payment | None:
    """How an order is paid; None for one from the wallet."""
    return payments.payment_of_order(session, tenant_id=order.tenant_id, order_id=order.id)
