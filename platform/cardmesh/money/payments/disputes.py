"""A buyer's bank wants its money back: the record, and what moves between gateway and platform.

What the parties' shares do meanwhile is the order's to decide (`effects.disputed`). Messages come in any order and any
number: the status only goes forward, and each movement has a key of its own.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import clock
from ...kit.ids import new_id
from ..ledger import service as ledger
from ..ledger.rules import reversed_legs
from ..ledger.service import Leg
from ..models import PLATFORM_OWNER, AccountKind, EventOutcome, Payment, PaymentPurpose
from . import fees, queries, rules
from .collect import Verdict, refuse
from .effects import Effects
from .errors import DisputeNotAnswerable
from .gateways.base import DisputeFacts, DisputeStatus
from .models import Dispute

UNDER_WAY = (DisputeStatus.INQUIRY, DisputeStatus.OPEN)
_RANK = {DisputeStatus.INQUIRY: 0, DisputeStatus.OPEN: 1, DisputeStatus.WON: 2, DisputeStatus.LOST: 2}
PATIENCE = timedelta(hours=1)
"""So long a dispute waits for the news of its payment, which it may have overtaken."""


def tell(
    session: Session, *, gateway: str, facts: DisputeFacts, effects: Effects, received_at: datetime
) -> Verdict:
    """Record what a gateway tells of a dispute, and move what follows from it, once."""
    payment = queries.lock_payment_by_intent(session, gateway=gateway, intent_ref=facts.intent_ref)
    if payment is None:
        if received_at > clock.now() - PATIENCE:
            return Verdict(EventOutcome.STORED, "payment_not_known_yet")
        return refuse(session, "unknown_payment", facts.gateway_ref)
    if reason := rules.dispute_mismatch(payment, gateway, facts):
        return refuse(session, reason, facts.gateway_ref, payment)
    dispute = queries.find_dispute(session, payment=payment, gateway_ref=facts.gateway_ref)
    if dispute is not None and _contradicts(dispute, facts):
        return refuse(session, "dispute_decided", facts.gateway_ref, payment)
    before = dispute.status if dispute else None
    dispute = _advance(session, dispute or _new(session, payment, facts), facts)
    if payment.collector == "platform":
        _move(session, dispute)
        ledger.post_many(session, [fees.entry(gateway, fee) for fee in facts.fees])
        if payment.purpose == PaymentPurpose.ORDER:
            effects.disputed(session, payment, dispute, dispute.status != before)
        else:
            _follow_top_up(session, dispute)
    return Verdict(EventOutcome.APPLIED)


def require_answerable(dispute: Dispute) -> None:
    """Raises DisputeNotAnswerable: it is decided or too late, was answered, or its gateway hears nobody."""
    reason = (
        "closed" if dispute.status not in UNDER_WAY
        else "answered" if dispute.answered_at
        else "late" if dispute.due_by and dispute.due_by <= clock.now()
        else "gateway" if not dispute.gateway.startswith("stripe")
        else None
    )  # fmt: skip
    if reason:
        raise DisputeNotAnswerable(extra={"reason": reason})


def entry_key(dispute: Dispute, step: str) -> str:
    """Of the journal entry for one step of a dispute."""
    return f"dispute:{dispute.id}:{step}"


def posted(session: Session, dispute: Dispute, step: str) -> list[Leg]:
    """The legs of a step that was taken; none of one that was not."""
    return ledger.legs_under(session, key=entry_key(dispute, step))


def post(session: Session, dispute: Dispute, step: str, legs: list[Leg]) -> None:
    """Take a step that moves something."""
    if any(leg.amount_minor for leg in legs):
        ledger.post(
            session,
            key=entry_key(dispute, step),
            kind=f"dispute.{step}",
            legs=legs,
            reference=f"dispute {dispute.gateway_ref}",
            reference_id=dispute.order_id or dispute.payment_id,
        )


def release(session: Session, dispute: Dispute) -> None:
    """What was held while the bank decided is free again, once."""
    held = posted(session, dispute, "held")
    if held and not posted(session, dispute, "released"):
        post(session, dispute, "released", reversed_legs(held))


def _contradicts(dispute: Dispute, facts: DisputeFacts) -> bool:
    """A bank decides once; a second opinion needs a person."""
    decided = (DisputeStatus.WON, DisputeStatus.LOST)
    return dispute.status in decided and facts.status in decided and dispute.status != facts.status


def _new(session: Session, payment: Payment, facts: DisputeFacts) -> Dispute:
    dispute = Dispute(
        tenant_id=payment.tenant_id,
        id=new_id(),
        payment_id=payment.id,
        order_id=payment.order_id,
        gateway=payment.gateway,
        gateway_ref=facts.gateway_ref,
        reason=facts.reason,
        status=facts.status,
        currency=facts.currency,
        amount_minor=facts.amount_minor,
        withdrawn=False,
        reinstated=False,
    )
    session.add(dispute)
    session.flush()
    _record(session, dispute)
    return dispute


def _advance(session: Session, dispute: Dispute, facts: DisputeFacts) -> Dispute:
    before = DisputeStatus(dispute.status)
    if _RANK[facts.status] > _RANK[before]:
        dispute.status = facts.status
        _record(session, dispute)
    if dispute.status not in UNDER_WAY and dispute.decided_at is None:
        dispute.decided_at = clock.now()
    dispute.withdrawn |= facts.withdrawn
    dispute.reinstated |= facts.reinstated
    dispute.due_by = facts.due_by or dispute.due_by
    dispute.answered_at = dispute.answered_at or (clock.now() if facts.answered else None)
    session.flush()
    return dispute


def _move(session: Session, dispute: Dispute) -> None:
    """What the gateway took out of our balance, and what it put back."""
    for done, step, sign in ((dispute.withdrawn, "withdrawn", 1), (dispute.reinstated, "reinstated", -1)):
        if done:
            amount = sign * dispute.amount_minor
            legs = [
                Leg(PLATFORM_OWNER, AccountKind.DISPUTED, amount, dispute.currency),
                Leg(PLATFORM_OWNER, AccountKind.GATEWAY, -amount, dispute.currency),
            ]
            post(session, dispute, step, legs)


def _follow_top_up(session: Session, dispute: Dispute) -> None:
    """The wallet that was filled is held as far as it goes; when the bank takes the money, it may go below zero."""
    owner, currency = dispute.tenant_id, dispute.currency
    if dispute.status == DisputeStatus.OPEN and not posted(session, dispute, "held"):
        free = ledger.lock_wallet(session, owner_id=owner, currency=currency)
        post(session, dispute, "held", hold(owner, min(max(free, 0), dispute.amount_minor), currency))
    elif dispute.status not in UNDER_WAY:
        release(session, dispute)
    if dispute.status == DisputeStatus.LOST:
        legs = [
            Leg(owner, AccountKind.AVAILABLE, dispute.amount_minor, currency),
            Leg(PLATFORM_OWNER, AccountKind.DISPUTED, -dispute.amount_minor, currency),
        ]
        post(session, dispute, "lost", legs)


def hold(owner_id: uuid.UUID, amount_minor: int, currency: str) -> list[Leg]:
    """Out of a wallet that is locked, into what cannot be withdrawn."""
    return [
        Leg(owner_id, AccountKind.AVAILABLE, amount_minor, currency),
        Leg(owner_id, AccountKind.HELD, -amount_minor, currency),
    ]


def _record(session: Session, dispute: Dispute) -> None:
    """On the platform's trail and on the distributor's."""
    for party_id in (PLATFORM_OWNER, dispute.tenant_id):
        audit.record(
            session,
            party_id=party_id,
            action=f"dispute.{dispute.status}",
            subject="dispute",
            subject_id=dispute.id,
            details={"amount": {"amount": dispute.amount_minor, "currency": dispute.currency}},
            reason=dispute.reason,
        )
