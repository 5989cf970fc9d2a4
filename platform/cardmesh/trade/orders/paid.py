"""What a payment sets off: the goods, or the money back."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.inventory.errors import OutOfStock
from ...goods.models import Offer, OfferStatus
from ...identity.models import PartyStatus, Supplier
from ...kit import clock
from ...kit.failpoints import reach
from ...money.ledger import service as ledger
from ...money.models import Payment
from .. import queries
from ..coupons import redeem as coupons
from ..delivery import service as delivery
from ..delivery.kinds.registry import kind
from ..errors import CollectorShortOfFunds, OrderNotFound
from ..funds import service as funds
from ..models import Order, OrderStatus, OrderUnit, UnitStatus
from ..refunds import service as refunds

TOO_LATE = "paid_after_release"


def mark_paid(session: Session, *, payment: Payment) -> Order:
    """The order of a payment that was just booked is paid, and delivered at once. Repeating changes nothing.

    Paid too late, after its stock went back: what can be taken again is delivered, the rest is given back.
    """
    if payment.order_id is None:
        raise OrderNotFound
    order = queries.lock_order(session, tenant_id=payment.tenant_id, order_id=payment.order_id)
    if order is None:
        raise OrderNotFound
    if order.paid_at is not None:
        return order
    late = order.status == OrderStatus.CANCELED
    order.status, order.paid_at = OrderStatus.PAID, clock.now()
    session.flush()
    reach("order.paid")
    if late:
        _recover(session, order, payment)
    else:
        delivery.tell(session, order, "order.paid")
        delivery.deliver(session, tenant_id=order.tenant_id, order_id=order.id)
    return order


def _recover(session: Session, order: Order, payment: Payment) -> None:
    """Line by line: a line whose stock can be set aside again is sold, any other is refunded; all of them when the
    coupon that it was ordered with has no use left."""
    units = queries.lock_units(session, tenant_id=order.tenant_id, order_id=order.id)
    if funds.concerns(order):  # before the stock, as everybody who spends from a wallet
        ledger.lock_wallet(session, owner_id=order.tenant_id, currency=order.currency)
    reach("order.late.recovering")
    by_line: dict[object, list[OrderUnit]] = {}
    for unit in units:
        by_line.setdefault(unit.line_id, []).append(unit)
    held = coupons.hold_again(session, order)
    lost = [unit for line in by_line.values() if not (held and _take_again(session, order, line)) for unit in line]
    if not held:
        for unit in lost:
            unit.status = UnitStatus.FAILED
        session.flush()
    if len(lost) < len(units):
        delivery.deliver(session, tenant_id=order.tenant_id, order_id=order.id)
    for unit in lost:
        refunds.refund_unit(
            session,
            tenant_id=order.tenant_id,
            unit_id=unit.id,
            reason=TOO_LATE,
            letter="mail.order_paid_late",
            funds_held=False,
        )


def _take_again(session: Session, order: Order, units: Sequence[OrderUnit]) -> bool:
    """All units of a line or none, from the offer whose price they were sold at, if it and its supplier still sell.

    Where the distributor collects, its wallet has to cover them once more.
    """
    selling = select(Offer).join(Supplier, Supplier.id == Offer.supplier_id)
    selling = selling.where(Offer.status == OfferStatus.ACTIVE, Supplier.status == PartyStatus.ACTIVE)
    offer = session.scalar(selling.where(Offer.supplier_id == units[0].supplier_id, Offer.id == units[0].offer_id))
    status = UnitStatus.FAILED
    if offer is not None:
        try:
            with session.begin_nested():
                taken = kind(offer.kind).reserve(session, offer, len(units))
                funds.hold(session, order, units, f"late:{units[0].id}")
        except (OutOfStock, CollectorShortOfFunds):
            taken = []
        for unit, reserved in zip(units, taken, strict=False):
            unit.stock_unit_id, unit.file_id = reserved.stock_unit_id, reserved.file_id
        status = UnitStatus.RESERVED if taken else UnitStatus.FAILED
    for unit in units:
        unit.status = status
    session.flush()
    return status is UnitStatus.RESERVED
