"""Book what a gateway holds about a session: the one place where a payment becomes paid."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import clock
from ...kit.failpoints import reach
from ..ledger import service as ledger
from ..ledger.service import Entry, Leg
from ..models import PLATFORM_OWNER, AccountKind, EventOutcome, Payment, PaymentPurpose, PaymentStatus
from . import queries, rules
from .effects import Effects
from .gateways.base import SessionFacts, SessionStatus

GRACE = timedelta(minutes=5)
"""What a gateway's clock may be behind ours when it ends a page by the time we gave."""
CLOSED = {SessionStatus.EXPIRED: PaymentStatus.EXPIRED, SessionStatus.FAILED: PaymentStatus.FAILED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of something a gateway told; `reason` is a code for the operator."""

    outcome: EventOutcome
    reason: str = ""


def collect(session: Session, *, gateway: str, facts: SessionFacts, effects: Effects) -> Verdict:
    """Match the facts with our payment and book them once, in whatever order and however often they come.

    Facts that contradict our record change nothing: they are refused, audited and shown to the operator.
    """
    payment = queries.lock_payment(session, facts.payment_id) if facts.payment_id else None
    if payment is None:
        return refuse(session, "unknown_payment", facts.session_ref or facts.intent_ref or "")
    if reason := rules.payment_mismatch(payment, gateway, facts):
        return refuse(session, reason, facts.session_ref or facts.intent_ref or "", payment)
    if facts.status is SessionStatus.ABSENT and _is_over(payment):
        facts = replace(facts, status=SessionStatus.EXPIRED)
    if facts.status is SessionStatus.PAID:
        _remember(payment, facts)
        if payment.status != PaymentStatus.PAID:
            _book(session, payment, effects)
        return Verdict(EventOutcome.APPLIED)
    if (closed := CLOSED.get(facts.status)) is None:
        return Verdict(EventOutcome.IGNORED, facts.status)
    if payment.status == PaymentStatus.OPEN:
        payment.status = closed
        session.flush()
    return Verdict(EventOutcome.APPLIED)


def _is_over(payment: Payment) -> bool:
    """Its page ended by its own time, and nobody had begun to pay on it."""
    return payment.expires_at is not None and payment.expires_at + GRACE < clock.now()


def _remember(payment: Payment, facts: SessionFacts) -> None:
    """An event may overtake the answer that names the session."""
    payment.session_ref = payment.session_ref or facts.session_ref
    payment.intent_ref = payment.intent_ref or facts.intent_ref


def _book(session: Session, payment: Payment, effects: Effects) -> None:
    """Gateway's money comes in: for an order into clearing, for a top-up into the tenant's wallet.

    Paid is paid, also on a session that we thought expired: what it is for then is the order's to decide. Money that
    the distributor collects itself is not ours to book.
    """
    payment.status, payment.paid_at = PaymentStatus.PAID, clock.now()
    session.flush()
    if payment.collector == "platform":
        ledger.post_many(session, [receipt(payment)])
    reach("payment.booked")
    if payment.purpose == PaymentPurpose.ORDER:
        effects.order_paid(session, payment)


def receipt(payment: Payment) -> Entry:
    """The entry of a payment that was made. Pure."""
    amount, currency = payment.amount_minor, payment.currency
    if payment.purpose == PaymentPurpose.TOP_UP:
        taker = Leg(payment.tenant_id, AccountKind.AVAILABLE, -amount, currency)
    else:
        taker = Leg(PLATFORM_OWNER, AccountKind.CLEARING, -amount, currency)
    return Entry(
        key=f"payment:{payment.id}",
        kind=f"payment.{payment.purpose}",
        legs=[Leg(PLATFORM_OWNER, AccountKind.GATEWAY, amount, currency), taker],
        reference=f"payment {payment.session_ref or payment.intent_ref}",
        reference_id=payment.order_id or payment.id,
    )


def refuse(session: Session, reason: str, ref: str, payment: Payment | None = None) -> Verdict:
    """Nothing changes but the records of the refusal: the event's outcome and the platform's audit trail."""
    audit.record(
        session,
        party_id=payment.tenant_id if payment and payment.collector != "platform" else PLATFORM_OWNER,
        action="payment.refused",
        subject="payment",
        subject_id=payment.id if payment else None,
        details={"reason": reason, "gateway_ref": ref},
        reason=reason,
    )
    return Verdict(EventOutcome.REFUSED, reason)
