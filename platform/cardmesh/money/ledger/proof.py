"""Proofs over the whole ledger: debits equal credits, stored balances equal derived ones. Platform scope."""

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
    """`rows` per currency; `mismatches` are accounts whose stored balance is wrong; `unbalanced` are entries.

    `refold_needed`: the database was restored into a server with younger transaction ids, see `snapshots.refold`.
    """

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
    """Add up every posting there is. Reads the whole ledger: for operators and `verify`, not for a request a second."""
    proofs = [AccountProof(*row) for row in session.execute(queries.ACCOUNTS_PROVED)]
    totals: dict[str, CurrencyTotals] = {}
    for proof in proofs:
        row = totals.setdefault(proof.currency, CurrencyTotals(proof.currency))
        if proof.derived_minor > 0:
            row.debits_minor += proof.derived_minor
        else:
            row.credits_minor -= proof.derived_minor
    wrong = [proof for proof in proofs if proof.derived_minor != proof.stored_minor]
    unbalanced = session.scalars(queries.UNBALANCED_ENTRIES, {"limit": _LISTED}).all()
    refold_needed = session.scalars(queries.FOLD_IN_THE_FUTURE).one()
    return TrialBalance(list(totals.values()), len(proofs), wrong[:_LISTED], list(unbalanced), refold_needed)
