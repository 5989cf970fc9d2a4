"""Pure shapes of a wallet and its statement."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..models import AccountKind


@dataclass(frozen=True, slots=True)
class Balances:
    """One currency of a wallet, minor units, credits positive. A negative `available` is a debt carried forward."""

    currency: str
    available: int = 0
    pending: int = 0
    held: int = 0
    in_transit: int = 0
    deposit: int = 0
    advance: int = 0
    """Negative: what is owed of money that was advanced."""

    @classmethod
    def of(cls, currency: str, kinds: Mapping[AccountKind, int]) -> "Balances":
        return cls(
            currency,
            available=kinds.get(AccountKind.AVAILABLE, 0),
            pending=kinds.get(AccountKind.PENDING, 0),
            held=kinds.get(AccountKind.HELD, 0),
            in_transit=kinds.get(AccountKind.IN_TRANSIT, 0),
            deposit=kinds.get(AccountKind.DEPOSIT, 0),
            advance=kinds.get(AccountKind.ADVANCE, 0),
        )

    @property
    def total(self) -> int:
        """All that the platform owes the party."""
        return self.available + self.pending + self.held + self.in_transit + self.deposit + self.advance


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """What one journal entry did to a wallet in one currency.

    The first six are changes (`available_minor=-500` left it); `amount_minor` is their sum, the change of what the
    platform owes. `balance_minor` is that total after the line, `available_balance_minor` the available part of it.
    """

    entry_id: uuid.UUID
    at: datetime
    kind: str
    reference: str
    reference_id: uuid.UUID | None
    currency: str
    available_minor: int
    pending_minor: int
    held_minor: int
    in_transit_minor: int
    deposit_minor: int
    advance_minor: int
    balance_minor: int
    available_balance_minor: int

    @property
    def amount_minor(self) -> int:
        kept = self.available_minor + self.pending_minor + self.held_minor
        return kept + self.in_transit_minor + self.deposit_minor + self.advance_minor


@dataclass(frozen=True)
class StatementPage:
    """Lines newest first; `next_cursor` goes on with older ones."""

    lines: list[StatementLine]
    has_more: bool
    next_cursor: str | None
