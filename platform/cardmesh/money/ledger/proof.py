"""The whole ledger at a glance, and its proof: debits equal credits, stored balances equal derived ones.

The trial balance reads one row an account and the postings of the last seconds; the proof reads every posting there is.
Platform scope.
"""

import uuid
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from ..models import AccountKind
from . import queries

_LISTED = 20
"""Offenders named in a proof; one is already too many."""


@dataclass
class CurrencyTotals:
    """Sum of the accounts with a debit balance, and of those with a credit balance, both positive."""

    currency: str
    debits_minor: int = 0
    credits_minor: int = 0

    @property
    def difference_minor(self) -> int:
        return self.debits_minor - self.credits_minor


@dataclass(frozen=True)
class AccountProof:
    """One account, debit positive: added up from its postings, and as readers compute it."""

    id: uuid.UUID
    owner_id: uuid.UUID
    kind: AccountKind
    currency: str
    derived_minor: int
    stored_minor: int


@dataclass(frozen=True)
class TrialBalance:
    """`rows` per currency, `kinds` (currency, kind of account) → balance, debit positive; from balances as stored.

    `refold_needed`: the database was restored into a server with younger transaction ids, see `snapshots.refold`.
    """

    rows: list[CurrencyTotals]
    kinds: dict[tuple[str, str], int]
    accounts: int
    refold_needed: bool = False

    @property
    def balanced(self) -> bool:
        return not (any(row.difference_minor for row in self.rows) or self.refold_needed)


@dataclass(frozen=True)
class Proof:
    """`rows` as derived; `mismatches` are accounts whose stored balance is wrong; `unbalanced` are entries."""

    rows: list[CurrencyTotals]
    accounts: int
    mismatches: list[AccountProof] = field(default_factory=list)
    unbalanced: list[uuid.UUID] = field(default_factory=list)
    refold_needed: bool = False

    @property
    def derived_equals_stored(self) -> bool:
        return not self.mismatches

    @property
    def sound(self) -> bool:
        """All laws hold that can be seen from the rows."""
        unequal = any(row.difference_minor for row in self.rows)
        return not (unequal or self.mismatches or self.unbalanced or self.refold_needed)


def trial_balance(session: Session) -> TrialBalance:
    """What the accounts hold on either side, by stored balances."""
    held = session.execute(queries.STORED_BALANCES).all()
    kinds: dict[tuple[str, str], int] = {}
    for currency, kind, minor in held:
        kinds[currency, kind] = kinds.get((currency, kind), 0) + minor
    rows = _totals([(currency, minor) for currency, _, minor in held])
    return TrialBalance(rows, kinds, len(held), session.scalars(queries.FOLD_IN_THE_FUTURE).one())


def prove(session: Session) -> Proof:
    """Add up every posting there is: for whoever asks for the proof, not for a request a second."""
    proofs = [AccountProof(*row) for row in session.execute(queries.ACCOUNTS_PROVED)]
    wrong = [proof for proof in proofs if proof.derived_minor != proof.stored_minor]
    unbalanced = session.scalars(queries.UNBALANCED_ENTRIES, {"limit": _LISTED}).all()
    refold_needed = session.scalars(queries.FOLD_IN_THE_FUTURE).one()
    rows = _totals([(proof.currency, proof.derived_minor) for proof in proofs])
    return Proof(rows, len(proofs), wrong[:_LISTED], list(unbalanced), refold_needed)


def _totals(balances: list[tuple[str, int]]) -> list[CurrencyTotals]:
    totals: dict[str, CurrencyTotals] = {}
    for currency, minor in balances:
        row = totals.setdefault(currency, CurrencyTotals(currency))
        if minor > 0:
            row.debits_minor += minor
        else:
            row.credits_minor -= minor
    return list(totals.values())
