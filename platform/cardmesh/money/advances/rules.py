"""How much can be advanced, and what it costs. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .models import AdvanceTerms

MONTHS = 3
HISTORY = timedelta(days=90)
"""An average month is taken from these."""
THOUSAND = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a supplier: minor units of one currency, `owed` positive, when it was first settled."""

    pending: int
    available: int
    owed: int
    settled: int
    """In the last 90 days."""
    since: datetime | None

    @property
    def monthly(self) -> int:
        return self.settled // MONTHS


def limit(terms: AdvanceTerms | None, standing: Standing, now: datetime) -> int:
    """What may be advanced on top of what is owed: the least of three bounds; nothing to who is in debt or too new."""
    if terms is None or not terms.enabled or standing.since is None or standing.available < 0:
        return 0
    if now - standing.since < timedelta(days=terms.least_days):
        return 0
    by_pending = standing.pending * terms.pending_permille // THOUSAND
    by_history = standing.monthly * terms.history_permille // THOUSAND
    return max(min(by_pending, by_history, terms.most_minor) - standing.owed, 0)


def fee(terms: AdvanceTerms, amount: int) -> int:
    """Rounded up to the minor unit: the platform's money is never lent for nothing."""
    return -(-amount * terms.fee_permille // THOUSAND)


def repayment(*, owed: int, income: int, available: int) -> int:
    """What of an income goes to what is owed: all of it, once a balance below zero is made up for."""
    return max(min(owed, income, available), 0)
