"""What we ask of a payout provider and what it tells us.

Nothing here touches the database; nothing that calls a provider runs inside a transaction.
"""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutOrder:
    """One line to pay: a function of stored facts only. `line_id` is the idempotency key, for ever."""

    line_id: uuid.UUID
    account: str
    currency: str
    amount_minor: int


class PayoutStatus(StrEnum):
    PROCESSING = "processing"
    """Taken on; the bank has yet to say."""
    PAID = "paid"
    FAILED = "failed"
    """The money is back with the platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFacts:
    """What the provider holds about one line."""

    status: PayoutStatus
    transfer_ref: str | None = None
    payout_ref: str | None = None
    failure: str = ""


class PayoutProvider(Protocol):
    """Raises GatewayUnavailable: the result is not known, ask. A refusal is a fact: FAILED."""

    def ask(self, order: PayoutOrder) -> PayoutFacts | None:
        """What became of the order, going on with one that stopped half-way; None when it was never heard of."""
        ...

    def send(self, order: PayoutOrder) -> PayoutFacts:
        """Pay. The same order again answers with the same payment."""
        ...


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """A connected account: `ready` when it can be paid to, `due` what its owner has yet to provide."""

    ref: str
    ready: bool
    due: tuple[str, ...] = ()
