"""Selects and row locks over orders, lines and units.

Lock order: order, then its units in key order, then wallets in order of their owners. A payment is locked before its
order (money.payments), never after.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, cast, func, or_, select
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Session

from .models import Order, OrderLine, OrderStatus, OrderUnit


def lock_order(session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID) -> Order | None:
    """The order, locked and read afresh."""
    query = select(Order).where(Order.tenant_id == tenant_id, Order.id == order_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def lock_units(session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[OrderUnit]:
    """Every unit of an order, locked in key order and read afresh."""
    query = (
        select(OrderUnit).where(OrderUnit.tenant_id == tenant_id, OrderUnit.order_id == order_id).order_by(OrderUnit.id)
    )
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def lines(session: Session, *, tenant_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> Sequence[OrderLine]:
    query = (
        select(OrderLine)
        .where(OrderLine.tenant_id == tenant_id, OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.id)
    )
    return session.scalars(query).all()


def units(session: Session, *, tenant_id: uuid.UUID, order_ids: Sequence[uuid.UUID]) -> Sequence[OrderUnit]:
    query = (
        select(OrderUnit)
        .where(OrderUnit.tenant_id == tenant_id, OrderUnit.order_id.in_(order_ids))
        .order_by(OrderUnit.line_id, OrderUnit.ordinal)
    )
    return session.scalars(query).all()


def order_of_unit(session: Session, *, tenant_id: uuid.UUID, unit_id: uuid.UUID) -> uuid.UUID | None:
    query = select(OrderUnit.order_id).where(OrderUnit.tenant_id == tenant_id, OrderUnit.id == unit_id)
    return session.scalar(query)


def by_number(session: Session, *, tenant_id: uuid.UUID, number: str) -> Order | None:
    return session.scalar(select(Order).where(Order.tenant_id == tenant_id, Order.number == number))


def by_external_ref(session: Session, *, tenant_id: uuid.UUID, external_ref: str) -> Order | None:
    query = select(Order).where(Order.tenant_id == tenant_id, Order.external_ref == external_ref)
    return session.scalar(query)


def unpaid(
    session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID, contact: str, ip: str | None
) -> tuple[int, int, int]:
    """(orders of the contact, units of the contact, orders from the address) that wait to be paid in one store."""
    same_contact = Order.contact == contact
    same_ip = _from(ip)
    held = (
        select(func.coalesce(func.sum(OrderLine.quantity), 0))
        .where(OrderLine.tenant_id == Order.tenant_id, OrderLine.order_id == Order.id)
        .scalar_subquery()
    )
    waiting = (
        select(same_contact.label("same_contact"), same_ip.label("same_ip"), held.label("held"))
        .where(
            Order.tenant_id == tenant_id,
            Order.store_id == store_id,
            Order.status == OrderStatus.PENDING_PAYMENT,
            or_(same_contact, same_ip),
        )
        .subquery()
    )
    mine, theirs = waiting.c.same_contact, waiting.c.same_ip
    query = select(
        func.count().filter(mine),
        func.coalesce(func.sum(waiting.c.held).filter(mine), 0),
        func.count().filter(theirs),
    )
    orders, held_units, from_ip = session.execute(query).one()
    return orders, int(held_units), from_ip


def _from(ip: str | None) -> ColumnElement[bool]:
    """Orders of whoever has this address: of IPv6 one has a whole network of 2^64 (RFC 6177)."""
    if ip is None or "." in ip:
        return Order.ip == ip
    return cast(Order.ip, INET).op("<<=", is_comparison=True)(cast(f"{ip}/64", INET))


def due_orders(session: Session, *, at: datetime, limit: int) -> Sequence[Order]:
    """Unpaid orders whose time is up, locked; what another sweeper or a payment holds is left to it."""
    query = (
        select(Order)
        .where(Order.status == OrderStatus.PENDING_PAYMENT, Order.expires_at <= at)
        .order_by(Order.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query.execution_options(populate_existing=True)).all()
