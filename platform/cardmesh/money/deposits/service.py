"""Put money aside as a deposit, give it back. What a reversal takes of it is trade's to post."""

import uuid

from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...kit.errors import invalid
from ...kit.money import MAX_MINOR, Money
from ..ledger import service as ledger
from ..ledger.errors import InsufficientFunds
from ..ledger.service import Entry, Leg
from ..models import AccountKind

AVAILABLE, DEPOSIT = AccountKind.AVAILABLE, AccountKind.DEPOSIT


def pay_in(session: Session, *, owner_id: uuid.UUID, amount: Money, key: str) -> uuid.UUID:
    """AVAILABLE → DEPOSIT, once per `key`; the entry. Audited. Raises ValidationFailed, InsufficientFunds."""
    _require(amount)
    available = ledger.lock_wallet(session, owner_id=owner_id, currency=amount.currency)
    entry = _entry(owner_id, amount, f"deposit:{key}", "deposit_paid", AVAILABLE, DEPOSIT)
    return _post(session, owner_id, entry, amount, holds=available)


def give_back(session: Session, *, owner_id: uuid.UUID, amount: Money, reason: str, key: str) -> uuid.UUID:
    """DEPOSIT → AVAILABLE, by the platform, once per `key`; the entry. Audited.

    Raises ValidationFailed, InsufficientFunds when the deposit holds less.
    """
    _require(amount)
    ledger.lock_wallet(session, owner_id=owner_id, currency=amount.currency)
    kept = ledger.balance(session, owner_id=owner_id, kind=DEPOSIT, currency=amount.currency)
    entry = _entry(owner_id, amount, f"deposit_returned:{key}", "deposit_returned", DEPOSIT, AVAILABLE)
    return _post(session, owner_id, entry, amount, holds=kept, reason=reason)


def _require(amount: Money) -> None:
    if not 0 < amount.minor <= MAX_MINOR:
        raise invalid("/amount", "amount_invalid", "金额须大于零", "The amount must be above zero")


def _entry(
    owner_id: uuid.UUID, amount: Money, key: str, kind: str, source: AccountKind, target: AccountKind
) -> Entry:
    legs = [
        Leg(owner_id, source, amount.minor, amount.currency),
        Leg(owner_id, target, -amount.minor, amount.currency),
    ]
    return Entry(key=key, kind=kind, legs=legs)


def _post(
    session: Session, owner_id: uuid.UUID, entry: Entry, amount: Money, *, holds: int, reason: str = ""
) -> uuid.UUID:
    """A repetition answers with the first entry, whatever is left; only a new one needs the money."""
    (posted,) = ledger.post_many(session, [entry])
    if not posted.fresh:
        return posted.entry_id
    if holds < amount.minor:
        raise InsufficientFunds
    record(
        session,
        party_id=owner_id,
        action=f"wallet.{entry.kind}",
        subject="journal_entry",
        subject_id=posted.entry_id,
        details=amount.to_json(),
        reason=reason,
    )
    return posted.entry_id
