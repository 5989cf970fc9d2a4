"""Withdrawals that nobody has to ask for: once a day, week or month, as the party chose."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.models import Party
from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.failpoints import reach
from ...kit.money import Money
from ..ledger.service import lock_wallet
from ..models import Withdrawal
from ..withdrawals import service as withdrawals
from .models import PayoutTerms, Schedule
from .rules import period


def request_due(at: datetime) -> int:
    """Ask for what is due at `at`, each party in a transaction of its own; how many withdrawals.

    Repeating, and running at once, asks for nothing twice: a period has one withdrawal, and the wallet's lock makes
    the second one see it. A party that may not withdraw (see `withdrawals.request`) is left for the next run.
    """
    with transaction(tenancy.platform()) as session:
        due = _automatic(session)
    return sum(_request(owner_id, currency, at) for owner_id, currency in due)


def _automatic(session: Session) -> Sequence[tuple[uuid.UUID, str]]:
    query = select(PayoutTerms.owner_id, PayoutTerms.currency).where(PayoutTerms.schedule != Schedule.MANUAL)
    rows = session.execute(query.order_by(PayoutTerms.owner_id, PayoutTerms.currency))
    return [(row.owner_id, row.currency) for row in rows]


def _request(owner_id: uuid.UUID, currency: str, at: datetime) -> bool:
    try:
        with transaction(tenancy.platform()) as session:
            return _request_in(session, owner_id, currency, at)
    except MeshError:
        return False


def _request_in(session: Session, owner_id: uuid.UUID, currency: str, at: datetime) -> bool:
    available = lock_wallet(session, owner_id=owner_id, currency=currency)
    mine = PayoutTerms.owner_id == owner_id, PayoutTerms.currency == currency
    terms = session.scalars(select(PayoutTerms).where(*mine)).one()
    name = period(terms.schedule, at)
    if name is None or available < max(terms.minimum_minor, 1) or _asked(session, owner_id, currency, name):
        return False
    amount, party = Money(available, currency), Party(terms.party)
    withdrawals.request(session, party=party, owner_id=owner_id, amount=amount, note="", period=name)
    reach("payout.scheduled")
    return True


def _asked(session: Session, owner_id: uuid.UUID, currency: str, name: str) -> bool:
    same = Withdrawal.owner_id == owner_id, Withdrawal.currency == currency, Withdrawal.period == name
    return session.scalar(select(Withdrawal.id).where(*same)) is not None
