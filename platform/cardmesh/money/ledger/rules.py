"""Pure rules of the ledger: what an entry is, when it balances, what makes two entries the same, whose id is which."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from ...kit.money import MAX_MINOR
from ..models import AccountKind
from .errors import EmptyEntry, UnbalancedEntry

WALLET_KINDS = (
    AccountKind.AVAILABLE,
    AccountKind.PENDING,
    AccountKind.HELD,
    AccountKind.IN_TRANSIT,
    AccountKind.DEPOSIT,
    AccountKind.ADVANCE,
)
_NAMESPACE = uuid.UUID("5b1c8c3e-9d0a-4f6e-8a27-6f1f0c2f7d11")


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of an entry: a positive amount debits the account, a negative one credits it (a wallet grows)."""

    owner_id: uuid.UUID
    kind: AccountKind
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What to post. `key` makes it idempotent; `reference` is for people and no part of the content."""

    key: str
    kind: str
    legs: Sequence[Leg]
    reference: str = ""
    reference_id: uuid.UUID | None = None
    reverses_id: uuid.UUID | None = None


@lru_cache(maxsize=1 << 16)
def account_id(owner_id: uuid.UUID, kind: AccountKind, currency: str) -> uuid.UUID:
    """An account's id follows from what makes it unique: racing creators agree and a look-up is arithmetic."""
    return uuid.uuid5(_NAMESPACE, f"{owner_id}/{kind}/{currency}")


def merged(legs: Iterable[Leg]) -> list[Leg]:
    """Legs of one account added up, zeros dropped, in the order in which the accounts first appear."""
    sums: dict[tuple[uuid.UUID, AccountKind, str], int] = {}
    for leg in legs:
        account = (leg.owner_id, leg.kind, leg.currency)
        sums[account] = sums.get(account, 0) + leg.amount_minor
    return [Leg(owner, kind, minor, currency) for (owner, kind, currency), minor in sums.items() if minor]


def require_balanced(legs: Sequence[Leg]) -> None:
    """Law 1: debits equal credits in each currency. Raises UnbalancedEntry, EmptyEntry."""
    if not legs:
        raise EmptyEntry
    totals: dict[str, int] = {}
    for leg in legs:
        totals[leg.currency] = totals.get(leg.currency, 0) + leg.amount_minor
        if abs(leg.amount_minor) > MAX_MINOR:
            raise UnbalancedEntry(currency=leg.currency, difference=leg.amount_minor)
    for currency, difference in totals.items():
        if difference:
            raise UnbalancedEntry(currency=currency, difference=difference)


def content_hash(entry: Entry, legs: Sequence[Leg]) -> bytes:
    """Law 3: two entries are the same when kind, cause, what they reverse and their merged legs are, in any order."""
    lines = sorted(f"{leg.owner_id}/{leg.kind}/{leg.currency}/{leg.amount_minor}" for leg in legs)
    return sha256("\n".join([entry.kind, str(entry.reference_id), str(entry.reverses_id), *lines]).encode()).digest()


def reversed_legs(legs: Iterable[Leg]) -> list[Leg]:
    """The same amounts with the other sign: what a correction posts."""
    return [Leg(leg.owner_id, leg.kind, -leg.amount_minor, leg.currency) for leg in legs]
