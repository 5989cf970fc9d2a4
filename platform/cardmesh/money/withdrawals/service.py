"""Request, decide and list withdrawals. The money is in transit from the request until it is paid or given back."""

import uuid

from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...identity.documents.verified import require_verified
from ...identity.models import Party
from ...kit import clock
from ...kit.db import require_scope
from ...kit.errors import NotFound, invalid
from ...kit.failpoints import reach
from ...kit.ids import new_id, public_id
from ...kit.money import MAX_MINOR, Money
from ...kit.pages import Page, paginate
from ..ledger.rules import reversed_legs
from ..ledger.service import Leg, find_entry, legs_of, post, require_funds
from ..models import PLATFORM_OWNER, AccountKind, Withdrawal, WithdrawalStatus
from . import queries
from .errors import WithdrawalDecided

OUTCOMES = (WithdrawalStatus.FAILED, WithdrawalStatus.CANCELED)
"""What one person may decide: money leaves only by a payout run, for which two answer."""


def request(
    session: Session, *, party: Party, owner_id: uuid.UUID, amount: Money, note: str = "", period: str | None = None
) -> Withdrawal:
    """Ask to be paid `amount` from the available balance. Audited.

    `period` is for the party's schedule alone, see `payouts.schedule`. Raises DocumentsRequired, ValidationFailed,
    InsufficientFunds.
    """
    require_verified(session, party=party, party_id=owner_id)
    if not 0 < amount.minor <= MAX_MINOR:
        raise invalid("/amount", "amount_invalid", "金额须大于零", "The amount must be above zero")
    require_funds(session, owner_id=owner_id, currency=amount.currency, amount_minor=amount.minor)
    withdrawal = Withdrawal(
        id=new_id(),
        party=party,
        owner_id=owner_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        status=WithdrawalStatus.REQUESTED,
        note=note,
        period=period,
    )
    session.add(withdrawal)
    session.flush()
    _move(session, withdrawal, WithdrawalStatus.REQUESTED, source=AccountKind.AVAILABLE, target=AccountKind.IN_TRANSIT)
    _audit(session, withdrawal, WithdrawalStatus.REQUESTED, note)
    reach("withdrawal.requested")
    return withdrawal


def decide(session: Session, *, withdrawal_id: uuid.UUID, outcome: WithdrawalStatus, reason: str = "") -> Withdrawal:
    """`failed`, `canceled`: what was asked for is available again. Audited.

    The platform decides; a party may only cancel its own (another's is not found). What is in a payout run is decided
    by `conclude`. Raises NotFound, WithdrawalDecided.
    """
    if outcome not in OUTCOMES:
        raise invalid("/outcome", "outcome_invalid", "未知的处理结果", "Unknown outcome")
    if (withdrawal := queries.locked(session, withdrawal_id)) is None:
        raise NotFound
    if withdrawal.status != WithdrawalStatus.REQUESTED:
        raise WithdrawalDecided(extra={"state": withdrawal.status})
    return _decide(session, withdrawal, outcome, reason)


def conclude(session: Session, *, withdrawal_id: uuid.UUID, outcome: WithdrawalStatus, reason: str = "") -> Withdrawal:
    """The end of a withdrawal in a payout run, audited. `failed` also for one that was paid: the bank has sent it back.

    Scope: PLATFORM. Raises NotFound, WithdrawalDecided.
    """
    if (withdrawal := queries.locked(session, withdrawal_id)) is None:
        raise NotFound
    was = withdrawal.status
    if was == WithdrawalStatus.PAID and outcome is WithdrawalStatus.FAILED:
        return _send_back(session, withdrawal, reason)
    if was != WithdrawalStatus.PROCESSING:
        raise WithdrawalDecided(extra={"state": was})
    return _decide(session, withdrawal, outcome, reason)


def _decide(session: Session, withdrawal: Withdrawal, outcome: WithdrawalStatus, reason: str) -> Withdrawal:
    withdrawal.status = outcome
    withdrawal.decided_by = require_scope(session).actor.id
    withdrawal.decided_at = clock.now()
    session.flush()
    if outcome is WithdrawalStatus.PAID:
        _move(session, withdrawal, outcome, source=AccountKind.IN_TRANSIT, target=AccountKind.PAID_OUT)
    else:
        _give_back(session, withdrawal, outcome)
    _audit(session, withdrawal, outcome, reason)
    reach("withdrawal.decided")
    return withdrawal


def _send_back(session: Session, withdrawal: Withdrawal, reason: str) -> Withdrawal:
    """Paid, then returned by the bank: out of what was paid, and available again."""
    withdrawal.status, withdrawal.decided_at = WithdrawalStatus.FAILED, clock.now()
    session.flush()
    post(
        session,
        key=_key(withdrawal, "returned"),
        kind="withdrawal_returned",
        legs=[
            Leg(PLATFORM_OWNER, AccountKind.PAID_OUT, withdrawal.amount_minor, withdrawal.currency),
            Leg(withdrawal.owner_id, AccountKind.AVAILABLE, -withdrawal.amount_minor, withdrawal.currency),
        ],
        reference=public_id("wdr", withdrawal.id),
        reference_id=withdrawal.id,
    )
    _audit(session, withdrawal, "returned", reason)
    return withdrawal


def list_withdrawals(
    session: Session,
    *,
    owner_id: uuid.UUID | None = None,
    status: WithdrawalStatus | None = None,
    after: uuid.UUID | None = None,
    limit: int = 20,
) -> Page[Withdrawal]:
    """Newest first; of one owner and/or in one state."""
    return paginate(session, queries.listed(owner_id, status), Withdrawal.id, after=after, limit=limit)


def _move(session: Session, withdrawal: Withdrawal, step: str, *, source: AccountKind, target: AccountKind) -> None:
    """Paid-out money belongs to the platform's books, every other state to the owner's."""
    receiver = PLATFORM_OWNER if target is AccountKind.PAID_OUT else withdrawal.owner_id
    post(
        session,
        key=_key(withdrawal, step),
        kind=f"withdrawal_{step}",
        legs=[
            Leg(withdrawal.owner_id, source, withdrawal.amount_minor, withdrawal.currency),
            Leg(receiver, target, -withdrawal.amount_minor, withdrawal.currency),
        ],
        reference=public_id("wdr", withdrawal.id),
        reference_id=withdrawal.id,
    )


def _give_back(session: Session, withdrawal: Withdrawal, step: str) -> None:
    """The mirror image of the request's entry, which it names."""
    requested = find_entry(session, key=_key(withdrawal, WithdrawalStatus.REQUESTED))
    post(
        session,
        key=_key(withdrawal, step),
        kind=f"withdrawal_{step}",
        legs=reversed_legs(legs_of(session, entry_id=requested)),
        reference=public_id("wdr", withdrawal.id),
        reference_id=withdrawal.id,
        reverses_id=requested,
    )


def _key(withdrawal: Withdrawal, step: str) -> str:
    return f"withdrawal:{withdrawal.id}:{step}"


def _audit(session: Session, withdrawal: Withdrawal, step: str, reason: str) -> None:
    record(
        session,
        party_id=withdrawal.owner_id,
        action=f"withdrawal.{step}",
        subject="withdrawal",
        subject_id=withdrawal.id,
        details={"amount": withdrawal.amount_minor, "currency": withdrawal.currency},
        reason=reason,
    )
