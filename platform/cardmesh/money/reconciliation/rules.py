"""Compare two lists of the same money and say what is wrong with each difference. Pure."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from ..payments.gateways.base import Movement, MovementKind

NOT_OURS = (MovementKind.OWN,)
"""Movements that no book of the trade has: the owner's own business with the gateway."""


class Cause(StrEnum):
    """The likely reason of a difference."""

    MISSING_HERE = "missing_here"
    """Paid at the gateway, not in the ledger: a message was lost, or the payment was made past the platform."""
    MISSING_THERE = "missing_there"
    """In the ledger, and the gateway knows nothing of it."""
    REFUND_NOT_BOOKED = "refund_not_booked"
    """Money was given back at the gateway, by hand or by a call whose answer was lost."""
    REFUND_NOT_MADE = "refund_not_made"
    """The ledger says that money was given back, the gateway does not."""
    DISPUTE_NOT_BOOKED = "dispute_not_booked"
    PAYOUT_NOT_OURS = "payout_not_ours"
    """A transfer that no approved line has asked for."""
    PAYOUT_NOT_MADE = "payout_not_made"
    AMOUNT = "amount"
    CURRENCY = "currency"
    FEE = "fee"
    """The gateway now says another fee than the one that was booked."""
    DUPLICATE_THERE = "duplicate_there"
    """The gateway moved the same money twice."""
    DUPLICATE_HERE = "duplicate_here"
    """The ledger has the same movement twice."""
    UNKNOWN_KIND = "unknown_kind"


_HERE = {
    MovementKind.CHARGE: Cause.MISSING_HERE,
    MovementKind.REFUND: Cause.REFUND_NOT_BOOKED,
    MovementKind.REFUND_FAILURE: Cause.REFUND_NOT_BOOKED,
    MovementKind.DISPUTE: Cause.DISPUTE_NOT_BOOKED,
    MovementKind.DISPUTE_REVERSAL: Cause.DISPUTE_NOT_BOOKED,
    MovementKind.TRANSFER: Cause.PAYOUT_NOT_OURS,
    MovementKind.TRANSFER_REVERSAL: Cause.PAYOUT_NOT_OURS,
    MovementKind.OTHER: Cause.UNKNOWN_KIND,
}
_THERE = {
    MovementKind.REFUND: Cause.REFUND_NOT_MADE,
    MovementKind.REFUND_FAILURE: Cause.REFUND_NOT_MADE,
    MovementKind.TRANSFER: Cause.PAYOUT_NOT_MADE,
    MovementKind.TRANSFER_REVERSAL: Cause.PAYOUT_NOT_MADE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A movement as our books have it; the amount signed as the gateway's. `certain`: the gateway has to have it."""

    kind: MovementKind
    source_ref: str
    currency: str
    amount_minor: int
    at: datetime
    entry_id: uuid.UUID | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not agree: one side may be missing."""

    cause: Cause
    theirs: Movement | None
    ours: Booking | None

    @property
    def key(self) -> str:
        """The same for the same difference, whenever it is found."""
        if self.theirs is not None:
            return f"{self.cause}:{self.theirs.ref}"
        entry_id = self.ours.entry_id if self.ours else None
        return f"{self.cause}:{self.side.kind}:{self.side.source_ref}:{entry_id}"

    @property
    def side(self) -> Movement | Booking:
        """Theirs, else ours. Raises ValueError for a difference between nothing and nothing."""
        if (side := self.theirs or self.ours) is None:
            raise ValueError("a difference has a side")
        return side

    @property
    def at(self) -> datetime:
        return self.side.at


def compare(
    theirs: Iterable[Movement], ours: Iterable[Booking], booked_fees: Mapping[str, int]
) -> list[Difference]:
    """Every difference, once. `booked_fees`: by the gateway's ref, what the ledger has of its fee."""
    there, here = _grouped(theirs), _grouped(ours)
    found: list[Difference] = []
    for key in sorted(there.keys() | here.keys()):
        found += _differences(there.get(key, []), here.get(key, []), booked_fees)
    return found


Key = tuple[str, str]
Side = TypeVar("Side", Movement, Booking)


def _grouped(rows: Iterable[Side]) -> dict[Key, list[Side]]:
    groups: dict[Key, list[Side]] = defaultdict(list)
    for row in rows:
        if row.kind not in NOT_OURS:
            groups[row.kind, row.source_ref].append(row)
    return groups


def _differences(
    there: Sequence[Movement], here: Sequence[Booking], booked_fees: Mapping[str, int]
) -> Iterator[Difference]:
    """Of movements that are known by the same name: as a rule one on either side."""
    pairs, more_there, more_here = _paired(there, here)
    for movement, booking in pairs:
        if cause := _unequal(movement, booking, booked_fees):
            yield Difference(cause, movement, booking)
    for movement in more_there:
        yield Difference(Cause.DUPLICATE_THERE if here else _HERE[movement.kind], movement, None)
    for booking in more_here:
        if there:
            yield Difference(Cause.DUPLICATE_HERE, None, booking)
        elif booking.certain:
            yield Difference(_THERE.get(booking.kind, Cause.MISSING_THERE), None, booking)


def _paired(
    there: Sequence[Movement], here: Sequence[Booking]
) -> tuple[list[tuple[Movement, Booking]], list[Movement], list[Booking]]:
    """Equal ones first, then the rest in order of their time."""
    left_here = sorted(here, key=lambda one: one.at)
    left_there: list[Movement] = []
    pairs: list[tuple[Movement, Booking]] = []
    for movement in sorted(there, key=lambda one: one.at):
        equal = next((one for one in left_here if _same_money(one, movement)), None)
        if equal is None:
            left_there.append(movement)
        else:
            left_here.remove(equal)
            pairs.append((movement, equal))
    count = min(len(left_there), len(left_here))
    pairs += zip(left_there[:count], left_here[:count], strict=True)
    return pairs, left_there[count:], left_here[count:]


def _same_money(booking: Booking, movement: Movement) -> bool:
    return (booking.currency, booking.amount_minor) == (movement.currency, movement.amount_minor)


def _unequal(movement: Movement, booking: Booking, booked_fees: Mapping[str, int]) -> Cause | None:
    if movement.currency != booking.currency:
        return Cause.CURRENCY
    if movement.amount_minor != booking.amount_minor:
        return Cause.AMOUNT
    return Cause.FEE if booked_fees.get(movement.ref, movement.fee_minor) != movement.fee_minor else None
