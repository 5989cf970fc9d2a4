"""What a party chose: how often it is paid, from which amount on, and where to."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...identity.models import Party
from ...identity.settings import service as settings
from ...kit import clock, runtime
from ...kit.errors import invalid
from ...kit.ids import new_id
from ...kit.money import MAX_MINOR, Money
from .errors import MethodNotLicensed
from .models import Method, PayoutLine, PayoutTerms, Schedule
from .providers.base import AccountFacts
from .rules import Payee, checked_payee


def of_owner(session: Session, owner_id: uuid.UUID) -> Sequence[PayoutTerms]:
    """One row per currency, in order of the currency."""
    query = select(PayoutTerms).where(PayoutTerms.owner_id == owner_id).order_by(PayoutTerms.currency)
    return session.scalars(query).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The terms of one currency, `minimum`'s; `payee` None keeps the account that is on file."""

    schedule: Schedule
    minimum: Money
    method: Method
    payee: Payee | None = None


def choose(session: Session, *, party: Party, owner_id: uuid.UUID, choice: Choice) -> PayoutTerms:
    """Set the terms. Audited, without the account. Raises ValidationFailed, MethodNotLicensed."""
    if choice.method is not Method.STRIPE and not settings.read(session).batch_payouts:
        raise MethodNotLicensed
    if not 0 <= choice.minimum.minor <= MAX_MINOR:
        raise invalid("/minimum", "amount_invalid", "金额不能为负", "The amount must not be negative")
    row = _row(session, party, owner_id, choice.minimum.currency, choice.method)
    if choice.method not in (row.method, Method.STRIPE):
        row.payee, row.key_version, row.payee_hint = None, None, ""
    row.schedule, row.method = choice.schedule, choice.method
    row.minimum_minor, row.updated_at = choice.minimum.minor, clock.now()
    if choice.payee is not None:
        keep_payee(session, row, checked_payee(choice.method, choice.payee))
    session.flush()
    _audit(session, row)
    return row


def use_stripe(session: Session, *, party: Party, owner_id: uuid.UUID, currency: str, account: str) -> PayoutTerms:
    """Remember the connected account that was made for a party."""
    row = _row(session, party, owner_id, currency, Method.STRIPE)
    row.method, row.stripe_account, row.stripe_ready, row.updated_at = Method.STRIPE, account, False, clock.now()
    session.flush()
    _audit(session, row)
    return row


def note_account(session: Session, facts: AccountFacts) -> int:
    """Keep what the provider says of a connected account; how many terms name it."""
    query = select(PayoutTerms).where(PayoutTerms.stripe_account == facts.ref).with_for_update()
    rows = session.scalars(query).all()
    for row in rows:
        row.stripe_ready = facts.ready
    session.flush()
    return len(rows)


def is_ready(row: PayoutTerms) -> bool:
    """Whether money could be sent on these terms."""
    return bool(row.stripe_ready and row.stripe_account) if row.method == Method.STRIPE else row.payee is not None


def keep_payee(session: Session, row: PayoutTerms | PayoutLine, payee: Payee) -> None:
    """Seal a payee into a row, bound to its owner and id."""
    vault = runtime.current().vault
    version = vault.current_version(session, row.owner_id)
    text = json.dumps(asdict(payee)).encode()
    ids = {"owner_id": row.owner_id, "secret_id": row.id, "place_id": row.id}
    row.payee, row.key_version = vault.seal(session, text, **ids, version=version), version
    row.payee_hint = payee.hint


def payee_of(session: Session, row: PayoutTerms | PayoutLine) -> Payee | None:
    """The payee in clear, None when there is none."""
    if row.payee is None or row.key_version is None:
        return None
    ids = {"owner_id": row.owner_id, "secret_id": row.id, "place_id": row.id}
    return Payee(**json.loads(runtime.current().vault.open(session, row.payee, **ids, version=row.key_version)))


def _row(session: Session, party: Party, owner_id: uuid.UUID, currency: str, method: Method) -> PayoutTerms:
    mine = PayoutTerms.owner_id == owner_id, PayoutTerms.currency == currency
    row = session.scalar(select(PayoutTerms).where(*mine).with_for_update())
    if row is None:
        row = PayoutTerms(owner_id=owner_id, id=new_id(), party=party, currency=currency, method=method)
        session.add(row)
        session.flush()
    return row


def _audit(session: Session, row: PayoutTerms) -> None:
    record(
        session,
        party_id=row.owner_id,
        action="payout_terms.changed",
        subject="payout_terms",
        subject_id=row.id,
        details={"schedule": row.schedule, "method": row.method, "minimum": row.minimum_minor, "payee": row.payee_hint},
    )
