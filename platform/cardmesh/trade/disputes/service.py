"""Follow a dispute about an order that the platform collected. The gateway's side: `money.payments.disputes`.

Opened: shares that are settled are held in the parties' wallets, as far as they are still there; the others stay in
pending, which settlement leaves alone meanwhile. Won: free again. Lost: every share is taken back exactly, as a refund
would, from pending, available, deposit, then below zero; what no unit covers any more is the platform's loss.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...kit import clock
from ...kit.money import split_by_weights
from ...money.ledger import service as ledger
from ...money.ledger.service import Leg
from ...money.models import PLATFORM_OWNER, AccountKind, Payment, Refund
from ...money.payments import disputes
from ...money.payments import refunds as gateway_refunds
from ...money.payments.gateways.base import DisputeStatus
from ...money.payments.models import Dispute
from .. import queries
from ..delivery import service as delivery
from ..models import Order, OrderUnit, UnitStatus
from ..refunds import legs
from ..refunds.legs import Part
from ..settlement import service as settlement

REASON = "dispute_lost"


def follow(session: Session, *, payment: Payment, dispute: Dispute, changed: bool) -> None:
    """Do what the dispute's state asks for and was not done; repeating changes nothing. Scope: PLATFORM.

    The distributor's programs hear of it when its status has `changed`.
    """
    if payment.order_id is None:
        return
    order = queries.lock_order(session, tenant_id=payment.tenant_id, order_id=payment.order_id)
    if order is None:
        return
    units = queries.lock_units(session, tenant_id=order.tenant_id, order_id=order.id)
    if dispute.status == DisputeStatus.OPEN:
        _hold(session, dispute, units)
    elif dispute.status not in disputes.UNDER_WAY:
        disputes.release(session, dispute)
    if dispute.status == DisputeStatus.LOST and not disputes.posted(session, dispute, "lost"):
        _take_back(session, order, units, dispute)
    if changed:
        delivery.tell(session, order, f"dispute.{dispute.status}")


def _hold(session: Session, dispute: Dispute, units: Sequence[OrderUnit]) -> None:
    if disputes.posted(session, dispute, "held"):
        return
    shares: dict[uuid.UUID, int] = {}
    for unit in units:
        if unit.settled_at and unit.status != UnitStatus.REFUNDED:
            for party, amount in ((unit.supplier_id, unit.supplier_minor), (unit.tenant_id, unit.distributor_minor)):
                shares[party] = shares.get(party, 0) + amount
    held: list[Leg] = []
    for party in sorted(shares):
        free = ledger.lock_wallet(session, owner_id=party, currency=dispute.currency)
        held += disputes.hold(party, min(max(free, 0), shares[party]), dispute.currency)
    disputes.post(session, dispute, "held", held)


def _take_back(session: Session, order: Order, units: Sequence[OrderUnit], dispute: Dispute) -> None:
    """What the bank took: first of refunds that never went out, then of what was handed over or is still to be."""
    failed = _failed_refunds(session, order)
    live = [unit for unit in units if unit.status not in (UnitStatus.REFUNDED, UnitStatus.RELEASED)]
    waiting = sum(refund.amount_minor for refund in failed)
    covered = waiting + sum(unit.retail_minor for unit in live)
    if dispute.amount_minor >= covered:
        moved = [*_whole(session, order, live), _clearing(waiting, dispute.currency)]
        _close(session, order, units, live, dispute)
        for refund in failed:
            refund.status, refund.gateway_ref, refund.failure = "succeeded", dispute.gateway_ref, None
    else:
        moved = _part(session, order, live, dispute, waiting)
    rest = dispute.amount_minor - min(covered, dispute.amount_minor)
    moved.append(Leg(PLATFORM_OWNER, AccountKind.ADJUSTMENT, rest, dispute.currency))
    moved.append(Leg(PLATFORM_OWNER, AccountKind.DISPUTED, -dispute.amount_minor, dispute.currency))
    disputes.post(session, dispute, "lost", moved)


def _failed_refunds(session: Session, order: Order) -> Sequence[Refund]:
    """Their units' shares were taken back already, and the money lies in clearing."""
    query = select(Refund).where(
        Refund.tenant_id == order.tenant_id, Refund.order_id == order.id, Refund.status == gateway_refunds.FAILED
    )
    return session.scalars(query.order_by(Refund.id).with_for_update()).all()


def _whole(session: Session, order: Order, live: Sequence[OrderUnit]) -> list[Leg]:
    delivered = [unit for unit in live if unit.delivered_at]
    waiting = sum(unit.retail_minor for unit in live if not unit.delivered_at)
    shares = legs.taken_back(session, [legs.whole(order, unit) for unit in delivered]) if delivered else []
    return [*shares, _clearing(waiting, order.currency)]


def _part(session: Session, order: Order, live: Sequence[OrderUnit], dispute: Dispute, waiting: int) -> list[Leg]:
    """The bank took a part only: what lies in clearing goes first, then each share gives in proportion, to the minor
    unit. The units stay the buyer's.

    They are settled before: nothing is refunded here any more, and later their whole shares would be paid out.
    """
    delivered = [unit for unit in live if unit.delivered_at and unit.retail_minor]
    undelivered = sum(unit.retail_minor for unit in live if not unit.delivered_at)
    from_clearing = min(waiting + undelivered, dispute.amount_minor)
    rest = dispute.amount_minor - from_clearing
    shares = _given(session, order, delivered, rest) if rest else []
    return [*shares, _clearing(from_clearing, dispute.currency)]


def _given(session: Session, order: Order, delivered: Sequence[OrderUnit], amount_minor: int) -> list[Leg]:
    if unsettled := [(unit, order) for unit in delivered if unit.settled_at is None]:
        settlement.settle(session, unsettled, clock.now())
    return legs.taken_back(session, _in_proportion(delivered, amount_minor))


def _in_proportion(units: Sequence[OrderUnit], amount_minor: int) -> list[Part]:
    amounts = split_by_weights(amount_minor, [unit.retail_minor for unit in units])
    return [
        Part(unit, *split_by_weights(amount, [unit.supplier_minor, unit.platform_minor, unit.distributor_minor]))
        for unit, amount in zip(units, amounts, strict=True)
    ]


def _clearing(amount_minor: int, currency: str) -> Leg:
    return Leg(PLATFORM_OWNER, AccountKind.CLEARING, amount_minor, currency)


def _close(
    session: Session, order: Order, units: Sequence[OrderUnit], live: Sequence[OrderUnit], dispute: Dispute
) -> None:
    """The buyer has the money back: the units are refunded, by the bank instead of by us."""
    now = clock.now()
    for unit in live:
        unit.status, unit.refunded_at = UnitStatus.REFUNDED, now
        refund = Refund(
            tenant_id=order.tenant_id,
            order_id=order.id,
            unit_id=unit.id,
            payment_id=dispute.payment_id,
            currency=unit.currency,
            amount_minor=unit.retail_minor,
            reason=REASON,
            status=gateway_refunds.SUCCEEDED,
            gateway_ref=dispute.gateway_ref,
        )
        session.add(refund)
    session.flush()
    lines = queries.lines(session, tenant_id=order.tenant_id, order_ids=[order.id])
    delivery.conclude(session, order, units, lines)
