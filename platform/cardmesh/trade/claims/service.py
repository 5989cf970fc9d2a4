"""Open, list and decide claims."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import clock
from ...kit.errors import NotFound, invalid
from ...kit.ids import new_id
from ...kit.pages import Page, paginate
from .. import queries
from ..delivery import service as delivery
from ..errors import ClaimStateConflict, OrderStateConflict
from ..models import Claim, Order, OrderLine, UnitStatus
from ..refunds import service as refunds

LONGEST = 2000
OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"


def open_claim(session: Session, *, order: Order, line_id: uuid.UUID, reason: str, evidence: str = "") -> Claim:
    """Raises NotFound (no such line in this order), ValidationFailed, OrderStateConflict, ClaimStateConflict."""
    if not 1 <= len(reason.strip()) <= LONGEST or len(evidence) > LONGEST:
        raise invalid(
            "/reason", "reason_length", "请用 1–{most} 字说明问题", "Say what is wrong in 1 to {most} characters",
            most=LONGEST,
        )  # fmt: skip
    if session.get(OrderLine, (order.tenant_id, order.id, line_id)) is None:
        raise NotFound
    units = queries.units(session, tenant_id=order.tenant_id, order_ids=[order.id])
    if not any(unit.line_id == line_id and unit.status == UnitStatus.DELIVERED for unit in units):
        raise OrderStateConflict(state=order.status, extra={"state": order.status})
    claim = Claim(
        tenant_id=order.tenant_id,
        id=new_id(),
        order_id=order.id,
        line_id=line_id,
        reason=reason.strip(),
        evidence=evidence,
    )
    try:
        with session.begin_nested():
            session.add(claim)
    except IntegrityError as error:  # one open claim a line
        raise ClaimStateConflict from error
    _record(session, order, claim, "claim.opened", reason)
    return claim


def list_claims(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    status: str | None = None,
    after: uuid.UUID | None = None,
    limit: int = 20,
) -> Page[Claim]:
    """Newest first."""
    query = select(Claim).where(Claim.tenant_id == tenant_id)
    if status:
        query = query.where(Claim.status == status)
    return paginate(session, query, Claim.id, after=after, limit=limit)


def claims_of(session: Session, order: Order) -> Sequence[Claim]:
    """An order's claims, newest first."""
    query = select(Claim).where(Claim.tenant_id == order.tenant_id, Claim.order_id == order.id)
    return session.scalars(query.order_by(Claim.id.desc())).all()


def decide(session: Session, *, tenant_id: uuid.UUID, claim_id: uuid.UUID, accept: bool, reason: str) -> Claim:
    """Accepted: every delivered unit of the line is refunded. The buyer reads `reason`. Scope: TRADE.

    Raises NotFound, ClaimStateConflict.
    """
    query = select(Claim).where(Claim.tenant_id == tenant_id, Claim.id == claim_id)
    claim = session.scalar(query)
    order = claim and queries.lock_order(session, tenant_id=tenant_id, order_id=claim.order_id)
    if not claim or not order:
        raise NotFound
    session.refresh(claim, with_for_update=True)
    if claim.status != OPEN:
        raise ClaimStateConflict
    claim.status, claim.decided_at, claim.answer = ACCEPTED if accept else REJECTED, clock.now(), reason
    session.flush()
    _record(session, order, claim, f"claim.{claim.status}", reason)
    if accept:
        for unit in queries.units(session, tenant_id=tenant_id, order_ids=[order.id]):
            if unit.line_id == claim.line_id and unit.status == UnitStatus.DELIVERED:
                refunds.refund_unit(session, tenant_id=tenant_id, unit_id=unit.id, reason=reason or claim.reason)
    return claim


def _record(session: Session, order: Order, claim: Claim, action: str, reason: str) -> None:
    audit.record(
        session,
        party_id=order.tenant_id,
        action=action,
        subject="claim",
        subject_id=claim.id,
        details={"order": order.number},
        reason=reason,
    )
    delivery.tell(session, order, action, claim=claim.id, item=claim.line_id)
