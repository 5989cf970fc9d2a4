"""Money back through the gateway: promised in a transaction, asked for by a job, booked when the gateway has done it.

The parties' shares were reversed when the refund was decided (`trade.refunds`); until the gateway pays, the buyer's
money waits in clearing.
"""

import uuid

from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import clock, tenancy
from ...kit.db import transaction
from ...kit.errors import NotFound
from ...kit.failpoints import reach
from ...kit.jobs import outbox
from ..ledger import service as ledger
from ..ledger.service import Leg
from ..models import PLATFORM_OWNER, AccountKind, EventOutcome, Payment, Refund
from . import queries, rules
from .channels import gateway
from .collect import Verdict, refuse
from .errors import GatewayRefused, OrderDisputed, RefundNotFailed
from .gateways.base import DisputeStatus, RefundFacts, RefundRequest, RefundStatus

REQUESTED, SUCCEEDED, FAILED = "requested", "succeeded", "failed"


def request(session: Session, *, payment: Payment, unit_id: uuid.UUID, amount_minor: int, reason: str) -> Refund:
    """Promise to give back the price of one unit of a paid order. UNIQUE per unit."""
    row = Refund(
        tenant_id=payment.tenant_id,
        order_id=payment.order_id,
        unit_id=unit_id,
        payment_id=payment.id,
        currency=payment.currency,
        amount_minor=amount_minor,
        reason=reason,
        status=REQUESTED,
    )
    session.add(row)
    session.flush()
    _promise(session, row)
    return row


def retry(session: Session, *, refund_id: uuid.UUID) -> Refund:
    """Have a refund that failed asked for again, as a new attempt: the gateway would repeat its answer to the old one.

    Scope: PLATFORM, or the TENANT whose it is. Audited. Raises NotFound, RefundNotFailed, OrderDisputed.
    """
    row = queries.lock_refund(session, refund_id)
    if row is None:
        raise NotFound
    if row.status != FAILED:
        raise RefundNotFailed(state=row.status, extra={"state": row.status})
    require_undisputed(session, tenant_id=row.tenant_id, order_id=row.order_id)
    row.status, row.attempt = REQUESTED, row.attempt + 1
    row.gateway_ref, row.failure, row.settled_at = None, None, None
    session.flush()
    _promise(session, row)
    audit.record(
        session,
        party_id=row.tenant_id,
        action="refund.retried",
        subject="refund",
        subject_id=row.id,
        details={"attempt": row.attempt},
    )
    return row


def require_undisputed(session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """The bank may give the buyer the money, or has: it must not go out twice. Raises OrderDisputed."""
    told = queries.disputes_of(session, tenant_id=tenant_id, order_id=order_id)
    if any(dispute.status in (DisputeStatus.OPEN, DisputeStatus.LOST) for dispute in told):
        raise OrderDisputed


def _promise(session: Session, row: Refund) -> None:
    outbox.send(session, "refunds.execute", tenant_id=row.tenant_id, refund_id=row.id)


def execute(*, tenant_id: uuid.UUID, refund_id: uuid.UUID) -> None:
    """Ask the gateway. Call outside any transaction; repeating asks for the same refund again, never for another.

    Raises GatewayUnavailable: try again. A refusal is final: the refund has failed and an operator must look.
    """
    with transaction(tenancy.platform()) as session:
        refund = queries.lock_refund(session, refund_id)
        if refund is None or refund.tenant_id != tenant_id or refund.status != REQUESTED:
            return
        payment = queries.payment(session, tenant_id=tenant_id, payment_id=refund.payment_id or refund_id)
    if payment is None or payment.intent_ref is None:
        _fail_for_good(refund_id, "payment_unknown_to_gateway")
        return
    reach("refund.asking")
    try:
        facts = gateway(payment.gateway).refund(_request(refund, payment, payment.intent_ref))
    except GatewayRefused as error:
        _fail_for_good(refund_id, str(error.params.get("reason")))
        return
    reach("refund.asked")
    with transaction(tenancy.platform()) as session:
        settle(session, gateway=payment.gateway, facts=facts)
        reach("refund.booked")


def _request(refund: Refund, payment: Payment, intent_ref: str) -> RefundRequest:
    return RefundRequest(
        refund_id=refund.id,
        attempt=refund.attempt,
        tenant_id=refund.tenant_id,
        session_ref=payment.session_ref or "",
        intent_ref=intent_ref,
        currency=refund.currency,
        amount_minor=refund.amount_minor,
        total_minor=payment.amount_minor,
    )


def settle(session: Session, *, gateway: str, facts: RefundFacts) -> Verdict:
    """Book what the gateway holds about a refund, once. Failed is final and wins over an older success.

    A refund that we did not ask for is refused and shown: somebody gave money back past the platform.
    """
    refund = queries.lock_refund(session, facts.refund_id) if facts.refund_id else None
    refund = refund or queries.refund_by_ref(session, facts.gateway_ref)
    payment = _payment_of(session, refund)
    if refund is None or payment is None:
        return refuse(session, "refund_not_ours", facts.gateway_ref)
    if facts.attempt != refund.attempt:  # of an attempt that failed, and was made good since
        return Verdict(EventOutcome.IGNORED, "earlier_attempt")
    if reason := rules.refund_mismatch(refund, payment, gateway, facts):
        return refuse(session, reason, facts.gateway_ref, payment)
    refund.gateway_ref = facts.gateway_ref
    if facts.status is RefundStatus.SUCCEEDED and refund.status == REQUESTED:
        refund.status, refund.settled_at = SUCCEEDED, clock.now()
        _post(session, refund, payment, sign=1)
    elif facts.status is RefundStatus.FAILED and refund.status != FAILED:
        was_booked = refund.status == SUCCEEDED
        _mark_failed(session, refund, facts.failure or "gateway_failed")
        if was_booked:
            _post(session, refund, payment, sign=-1)
    session.flush()
    return Verdict(EventOutcome.APPLIED)


def _payment_of(session: Session, refund: Refund | None) -> Payment | None:
    if refund is None or refund.payment_id is None:
        return None
    return queries.payment(session, tenant_id=refund.tenant_id, payment_id=refund.payment_id)


def _post(session: Session, refund: Refund, payment: Payment, *, sign: int) -> None:
    """The buyer's money leaves clearing through the gateway (sign 1), or comes back from a failed refund (-1).

    What the distributor collected itself it gives back itself: none of it was ever in the books.
    """
    if payment.collector != "platform":
        return
    amount, step = sign * refund.amount_minor, "paid" if sign > 0 else "returned"
    ledger.post(
        session,
        key=f"refund:{refund.id}:{step}" + (f":{refund.attempt}" if refund.attempt > 1 else ""),
        kind=f"refund.{step}",
        legs=[
            Leg(PLATFORM_OWNER, AccountKind.CLEARING, amount, refund.currency),
            Leg(PLATFORM_OWNER, AccountKind.GATEWAY, -amount, refund.currency),
        ],
        reference=f"refund {refund.gateway_ref}",
        reference_id=refund.order_id,
    )


def _mark_failed(session: Session, refund: Refund, failure: str) -> None:
    refund.status, refund.failure = FAILED, failure
    audit.record(
        session,
        party_id=PLATFORM_OWNER,
        action="refund.failed",
        subject="refund",
        subject_id=refund.id,
        reason=failure,
    )


def _fail_for_good(refund_id: uuid.UUID, failure: str) -> None:
    with transaction(tenancy.platform()) as session:
        refund = queries.lock_refund(session, refund_id)
        if refund is not None and refund.status == REQUESTED:
            _mark_failed(session, refund, failure)
