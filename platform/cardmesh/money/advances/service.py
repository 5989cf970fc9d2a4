"""Set terms, see what can be advanced, take it, pay it back."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...kit import clock
from ...kit.db import require_scope
from ...kit.errors import invalid
from ...kit.ids import new_id, public_id
from ...kit.money import MAX_MINOR, Money
from ..ledger import service as ledger
from ..ledger.service import Entry, Leg
from ..models import PLATFORM_OWNER, AccountKind
from . import rules
from .errors import AdvanceUnavailable
from .models import Advance, AdvanceTerms
from .rules import HISTORY, Standing

ADVANCE, AVAILABLE, PENDING = AccountKind.ADVANCE, AccountKind.AVAILABLE, AccountKind.PENDING
_SETTLED = text("""
select cast(coalesce(-sum(p.amount_minor) filter (where p.created_at >= :since), 0) as bigint) as settled,
    min(p.created_at) as since
from postings p join ledger_accounts a on a.id = p.account_id join journal_entries e on e.id = p.entry_id
where p.owner_id = :owner_id and p.currency = :currency and a.kind = 'available' and e.kind = 'settlement'
""")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier may take now, on which terms (None: nothing is advanced), and what it owes."""

    terms: AdvanceTerms | None
    standing: Standing
    limit_minor: int


def terms_in_force(session: Session, currency: str) -> AdvanceTerms | None:
    query = select(AdvanceTerms).where(AdvanceTerms.currency == currency).order_by(AdvanceTerms.id.desc()).limit(1)
    return session.scalar(query)


def set_terms(session: Session, terms: AdvanceTerms) -> AdvanceTerms:
    """From now on; what was taken stays as it was taken. Scope: PLATFORM. Audited."""
    terms.id, terms.set_by = new_id(), require_scope(session).actor.id
    session.add(terms)
    session.flush()
    names = ("currency", "enabled", "pending_permille", "history_permille", "fee_permille", "least_days", "most_minor")
    details = {name: getattr(terms, name) for name in names}
    record(session, party_id=PLATFORM_OWNER, action="advance_terms.set", subject="advance_terms",
           subject_id=terms.id, details=details)  # fmt: skip
    return terms


def offer(session: Session, *, owner_id: uuid.UUID, currency: str) -> Offer:
    """What could be advanced to a supplier at this moment."""
    terms, standing = terms_in_force(session, currency), _standing(session, owner_id, currency)
    return Offer(terms, standing, rules.limit(terms, standing, clock.now()))


def take(session: Session, *, owner_id: uuid.UUID, amount: Money, key: uuid.UUID) -> Advance:
    """Advance `amount` less its fee to a supplier, once per `key`. Audited. Scope: PLATFORM, whose revenue the fee is.

    Raises ValidationFailed, AdvanceUnavailable.
    """
    if not 0 < amount.minor <= MAX_MINOR:
        raise invalid("/amount", "amount_invalid", "金额须大于零", "The amount must be above zero")
    ledger.lock_wallet(session, owner_id=owner_id, currency=amount.currency)
    if (made := session.get(Advance, (owner_id, key))) is not None:
        return made
    now = offer(session, owner_id=owner_id, currency=amount.currency)
    if now.terms is None or amount.minor > now.limit_minor:
        raise AdvanceUnavailable(extra={"limit": {"amount": now.limit_minor, "currency": amount.currency}})
    fee = rules.fee(now.terms, amount.minor)
    if fee >= amount.minor:
        raise invalid("/amount", "amount_too_small", "金额不足以支付手续费", "The fee would take all of it")
    row = Advance(
        owner_id=owner_id, id=key, currency=amount.currency, amount_minor=amount.minor, fee_minor=fee,
        limit_minor=now.limit_minor, pending_minor=now.standing.pending, monthly_minor=now.standing.monthly,
        terms_id=now.terms.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _pay(session, row)
    return row


def repay(session: Session, incomes: Mapping[tuple[uuid.UUID, str], int], cause: uuid.UUID) -> int:
    """Out of what was just settled, (owner, currency) → minor; how many owners paid something back.

    `cause` names the settlement, in whose transaction this runs. Owners are locked in order, behind the units.
    """
    entries: list[Entry] = []
    for (owner_id, currency), income in sorted(incomes.items()):
        if income > 0 and _owed(session, owner_id, currency) > 0:
            available = ledger.lock_wallet(session, owner_id=owner_id, currency=currency)
            owed = _owed(session, owner_id, currency)
            if part := rules.repayment(owed=owed, income=income, available=available):
                entries.append(_repaid(owner_id, currency, part, cause))
    if entries:
        ledger.post_many(session, entries)
    return len(entries)


def _standing(session: Session, owner_id: uuid.UUID, currency: str) -> Standing:
    held = ledger.balances(session, owner_id=owner_id).get(currency, {})
    values = {"owner_id": owner_id, "currency": currency, "since": clock.now() - HISTORY}
    settled, since = session.execute(_SETTLED, values).one()
    return Standing(
        pending=held.get(PENDING, 0), available=held.get(AVAILABLE, 0), owed=-held.get(ADVANCE, 0), settled=settled,
        since=since,
    )  # fmt: skip


def _owed(session: Session, owner_id: uuid.UUID, currency: str) -> int:
    return -ledger.balance(session, owner_id=owner_id, kind=ADVANCE, currency=currency)


def _pay(session: Session, row: Advance) -> None:
    legs = [
        Leg(row.owner_id, ADVANCE, row.amount_minor, row.currency),
        Leg(row.owner_id, AVAILABLE, row.fee_minor - row.amount_minor, row.currency),
        Leg(PLATFORM_OWNER, AccountKind.REVENUE, -row.fee_minor, row.currency),
    ]
    ledger.post(session, key=f"advance:{row.id}", kind="advance_paid", legs=legs, reference=public_id("adv", row.id))
    record(session, party_id=row.owner_id, action="advance.taken", subject="advance", subject_id=row.id,
           details={"amount": row.amount_minor, "fee": row.fee_minor, "currency": row.currency})  # fmt: skip


def _repaid(owner_id: uuid.UUID, currency: str, part: int, cause: uuid.UUID) -> Entry:
    legs = [Leg(owner_id, AVAILABLE, part, currency), Leg(owner_id, ADVANCE, -part, currency)]
    return Entry(key=f"advance_repaid:{cause}:{owner_id}:{currency}", kind="advance_repaid", legs=legs)
