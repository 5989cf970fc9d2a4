"""Refund a unit, a line, an order."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import clock
from ...kit.errors import NotFound
from ...kit.failpoints import reach
from ...money.ledger import service as ledger
from ...money.models import Refund
from ...money.payments import queries as payments
from ...money.payments import refunds as gateway_refunds
from .. import queries
from ..delivery import service as delivery
from ..errors import OrderStateConflict, UnitStateConflict
from ..funds import service as funds
from ..models import Channel, Order, OrderUnit, UnitStatus
from . import legs

REFUNDABLE = (UnitStatus.DELIVERED, UnitStatus.FAILED, UnitStatus.RESERVED)


def refund_unit(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    unit_id: uuid.UUID,
    reason: str,
    letter: str = "mail.order_refunded",
    funds_held: bool = True,
) -> Refund:
    """Give back what was paid for one unit, once; a second call answers with the first refund. Scope: TRADE, PLATFORM.

    The shares are reversed now; a buyer's money follows by a job through its gateway, a distributor's is in its
    wallet at once. Raises NotFound, OrderStateConflict (not paid), UnitStateConflict, OrderDisputed.
    """
    order_id = queries.order_of_unit(session, tenant_id=tenant_id, unit_id=unit_id)
    order = order_id and queries.lock_order(session, tenant_id=tenant_id, order_id=order_id)
    if not order:
        raise NotFound
    units = queries.lock_units(session, tenant_id=tenant_id, order_id=order.id)
    unit = next(unit for unit in units if unit.id == unit_id)
    if unit.status == UnitStatus.REFUNDED:
        return session.scalars(select(Refund).where(Refund.tenant_id == tenant_id, Refund.unit_id == unit_id)).one()
    reach("refund.locked")
    _require_refundable(order, unit)
    gateway_refunds.require_undisputed(session, tenant_id=tenant_id, order_id=order.id)
    _reverse(session, order, unit, funds_held=funds_held)
    unit.status, unit.refunded_at = UnitStatus.REFUNDED, clock.now()
    session.flush()
    reach("refund.reversed")
    refund = _pay_back(session, order, unit, reason)
    lines = queries.lines(session, tenant_id=tenant_id, order_ids=[order.id])
    delivery.conclude(session, order, units, lines)
    _tell(session, order, unit, reason, letter)
    reach("refund.recorded")
    return refund


def refund_order(
    session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID, reason: str, line_id: uuid.UUID | None = None
) -> list[Refund]:
    """Give back every unit of an order, or of one of its lines, that can be given back; the refunds, old ones too.

    Raises NotFound, OrderStateConflict, OrderDisputed; UnitStateConflict when there is nothing to give back.
    """
    order = queries.lock_order(session, tenant_id=tenant_id, order_id=order_id)
    if order is None:
        raise NotFound
    units = queries.lock_units(session, tenant_id=tenant_id, order_id=order_id)
    wanted = [unit for unit in units if line_id in (None, unit.line_id)]
    if not wanted:
        raise NotFound
    chosen = [unit.id for unit in wanted if unit.status in (*REFUNDABLE, UnitStatus.REFUNDED)]
    if not chosen:
        state = wanted[0].status
        raise UnitStateConflict(state=state, extra={"state": state, "allowed": [str(one) for one in REFUNDABLE]})
    legs.lock_wallets(session, wanted)
    return [refund_unit(session, tenant_id=tenant_id, unit_id=unit_id, reason=reason) for unit_id in chosen]


def _require_refundable(order: Order, unit: OrderUnit) -> None:
    if order.paid_at is None:
        raise OrderStateConflict(state=order.status, extra={"state": order.status})
    if unit.status not in REFUNDABLE:
        raise UnitStateConflict(
            state=unit.status, extra={"state": unit.status, "allowed": [str(state) for state in REFUNDABLE]}
        )


def _reverse(session: Session, order: Order, unit: OrderUnit, *, funds_held: bool) -> None:
    """A unit that was never handed over has no shares yet: its price is in clearing, or still held in the wallet."""
    if unit.delivered_at is None:
        if funds_held:
            funds.free(session, order, [unit], f"refund:{unit.id}")
        return
    ledger.post(
        session,
        key=f"refund:{unit.id}",
        kind="refund",
        legs=legs.reversal(session, order, unit),
        reference=f"order {order.number}",
        reference_id=order.id,
    )


def _pay_back(session: Session, order: Order, unit: OrderUnit, reason: str) -> Refund:
    """Through the gateway that took the money; an order through the API had none."""
    if order.channel != Channel.API:
        payment = payments.payment_of_order(session, tenant_id=order.tenant_id, order_id=order.id)
        if payment is None:
            raise NotFound
        return gateway_refunds.request(
            session, payment=payment, unit_id=unit.id, amount_minor=unit.retail_minor, reason=reason
        )
    refund = Refund(
        tenant_id=order.tenant_id,
        order_id=order.id,
        unit_id=unit.id,
        currency=unit.currency,
        amount_minor=unit.retail_minor,
        reason=reason,
        status=gateway_refunds.SUCCEEDED,
    )
    session.add(refund)
    session.flush()
    return refund


def _tell(session: Session, order: Order, unit: OrderUnit, reason: str, letter: str) -> None:
    audit.record(
        session,
        party_id=order.tenant_id,
        action="unit.refunded",
        subject="order_unit",
        subject_id=unit.id,
        details={
            "order": order.number,
            "amount": {"amount": unit.retail_minor, "currency": unit.currency},
        },
        reason=reason,
    )
    delivery.write(session, order, letter)
    delivery.tell(session, order, "order.refunded", unit=unit.id)
