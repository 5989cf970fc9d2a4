"""Give up an unpaid order: its stock goes back on sale, exactly once, and nobody can pay for it any more."""

import logging
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.models import Offer
from ...kit import clock, tenancy
from ...kit.db import transaction
from ...kit.failpoints import reach
from ...kit.jobs import outbox
from ...money.payments import queries as payments
from .. import queries
from ..coupons import redeem as coupons
from ..delivery import service as delivery
from ..delivery.kinds.registry import kind
from ..errors import OrderNotFound, OrderStateConflict
from ..funds import service as funds
from ..models import Order, OrderStatus, OrderUnit, UnitStatus

log = logging.getLogger(__name__)

BATCH = 500


def cancel(session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID) -> Order:
    """Cancel an order that was not paid; a canceled one stays as it is. Scope: TRADE.

    Raises OrderNotFound, OrderStateConflict.
    """
    order = queries.lock_order(session, tenant_id=tenant_id, order_id=order_id)
    if order is None:
        raise OrderNotFound
    if order.status == OrderStatus.CANCELED:
        return order
    allowed = [OrderStatus.PENDING_PAYMENT]
    if order.status not in allowed:
        raise OrderStateConflict(state=order.status, extra={"state": order.status, "allowed": allowed})
    release(session, order)
    coupons.release(session, [order])
    return order


def expire_due(limit: int = BATCH) -> int:
    """Cancel up to `limit` orders whose time to pay is over; how many. Opens its own transaction; repeat at will."""
    with transaction(tenancy.platform()) as session:
        orders = queries.due_orders(session, at=clock.now(), limit=limit)
        for order in orders:
            release(session, order)
        coupons.release(session, orders)
    return len(orders)


def release(session: Session, order: Order) -> None:
    """The locked, unpaid order is canceled, its units are released, its page is closed by a job."""
    units = queries.lock_units(session, tenant_id=order.tenant_id, order_id=order.id)
    reserved = [unit for unit in units if unit.status == UnitStatus.RESERVED]
    funds.free(session, order, reserved, f"order:{order.id}")
    give_back(session, reserved, UnitStatus.RELEASED)
    order.status = OrderStatus.CANCELED
    session.flush()
    delivery.tell(session, order, "order.canceled")
    payment = payments.payment_of_order(session, tenant_id=order.tenant_id, order_id=order.id)
    if payment is not None:
        outbox.send(session, "payments.close", tenant_id=order.tenant_id, payment_id=payment.id)
    reach("order.released")


def give_back(session: Session, units: Sequence[OrderUnit], status: UnitStatus) -> None:
    """Locked units that nobody has seen lose their stock to the next buyer."""
    freed: dict[uuid.UUID, list[uuid.UUID]] = {}
    for unit in units:
        if unit.stock_unit_id:
            freed.setdefault(unit.offer_id, []).append(unit.stock_unit_id)
        unit.status, unit.stock_unit_id = status, None
    session.flush()
    if freed:
        for offer in session.scalars(select(Offer).where(Offer.id.in_(freed)).order_by(Offer.id)):
            kind(offer.kind).give_back(session, offer, freed[offer.id])
