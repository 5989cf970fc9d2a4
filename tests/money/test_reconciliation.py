"""200 defects of every kind planted among 10,000 movements: all are found, each with its cause, and nothing else."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from cardmesh.kit.ids import new_id
from cardmesh.money.payments.gateways.base import Movement, MovementKind
from cardmesh.money.reconciliation.rules import Booking, Cause, Difference, compare

START = datetime(2026, 11, 1, tzinfo=UTC)
MOVEMENTS, DEFECTS = 10_000, 200
SIGNS = {
    MovementKind.CHARGE: 1, MovementKind.REFUND: -1, MovementKind.REFUND_FAILURE: 1, MovementKind.DISPUTE: -1,
    MovementKind.DISPUTE_REVERSAL: 1, MovementKind.TRANSFER: -1, MovementKind.TRANSFER_REVERSAL: 1,
}  # fmt: skip
WEIGHTS = (80, 8, 1, 2, 1, 7, 1)


@dataclass
class Books:
    """Both sides in agreement, until something is planted."""

    dice: random.Random
    theirs: list[Movement] = field(default_factory=list)
    ours: list[Booking] = field(default_factory=list)
    fees: dict[str, int] = field(default_factory=dict)
    planted: Counter[tuple[Cause, str]] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)

    def trade(self, count: int) -> None:
        for number in range(count):
            kind = self.dice.choices(list(SIGNS), WEIGHTS)[0]
            amount, at = SIGNS[kind] * self.dice.randint(1, 500_00), START + timedelta(seconds=number * 200)
            fee = amount * 29 // 1000 + 30 if kind is MovementKind.CHARGE else 0
            movement = Movement(
                ref=f"txn_{number}", kind=kind, source_ref=f"{kind}_{number}", amount_minor=amount, fee_minor=fee,
                currency=self.dice.choice(("CNY", "CNY", "USD")), fee_currency="CNY", at=at,
            )  # fmt: skip
            self.theirs.append(movement)
            self.fees[movement.ref] = fee
            later = at + timedelta(seconds=self.dice.randint(0, 86_400))
            self.ours.append(
                Booking(
                    kind=kind, source_ref=movement.source_ref, currency=movement.currency, amount_minor=amount,
                    at=later, entry_id=new_id(),
                )
            )  # fmt: skip

    def pick(self, *kinds: MovementKind) -> int:
        """One that nothing was planted on yet."""
        while True:
            place = self.dice.randrange(MOVEMENTS)
            if place not in self.used and (not kinds or self.theirs[place].kind in kinds):
                self.used.add(place)
                return place

    def expect(self, cause: Cause, place: int) -> None:
        self.planted[cause, self.theirs[place].source_ref] += 1


GONE: list[tuple[tuple[MovementKind, ...], Cause, Cause]] = [
    ((MovementKind.CHARGE,), Cause.MISSING_HERE, Cause.MISSING_THERE),
    ((MovementKind.REFUND, MovementKind.REFUND_FAILURE), Cause.REFUND_NOT_BOOKED, Cause.REFUND_NOT_MADE),
    ((MovementKind.DISPUTE, MovementKind.DISPUTE_REVERSAL), Cause.DISPUTE_NOT_BOOKED, Cause.MISSING_THERE),
    ((MovementKind.TRANSFER, MovementKind.TRANSFER_REVERSAL), Cause.PAYOUT_NOT_OURS, Cause.PAYOUT_NOT_MADE),
]


def lose_ours(books: Books) -> None:
    kinds, cause, _ = books.dice.choice(GONE)
    place = books.pick(*kinds)
    books.ours[place] = replace(books.ours[place], source_ref="", kind=MovementKind.OWN)
    books.expect(cause, place)


def lose_theirs(books: Books) -> None:
    kinds, _, cause = books.dice.choice(GONE)
    place = books.pick(*kinds)
    books.expect(cause, place)
    books.theirs[place] = replace(books.theirs[place], kind=MovementKind.OWN)


def other_amount(books: Books) -> None:
    place = books.pick()
    booking = books.ours[place]
    books.ours[place] = replace(booking, amount_minor=booking.amount_minor + books.dice.choice((-1, 1, 10_000)))
    books.expect(Cause.AMOUNT, place)


def other_currency(books: Books) -> None:
    place = books.pick()
    books.theirs[place] = replace(books.theirs[place], currency="EUR")
    books.expect(Cause.CURRENCY, place)


def other_fee(books: Books) -> None:
    place = books.pick(MovementKind.CHARGE)
    books.theirs[place] = replace(books.theirs[place], fee_minor=books.theirs[place].fee_minor + 1)
    books.expect(Cause.FEE, place)


def twice_there(books: Books) -> None:
    place = books.pick()
    books.theirs.append(replace(books.theirs[place], ref=f"again_{place}"))
    books.expect(Cause.DUPLICATE_THERE, place)


def twice_here(books: Books) -> None:
    place = books.pick()
    books.ours.append(replace(books.ours[place], entry_id=new_id()))
    books.expect(Cause.DUPLICATE_HERE, place)


def of_no_kind(books: Books) -> None:
    place = books.pick()
    movement = replace(books.theirs[place], ref=f"odd_{place}", kind=MovementKind.OTHER)
    books.theirs.append(movement)
    books.expect(Cause.UNKNOWN_KIND, place)


PLANTS: list[Callable[[Books], None]] = [
    lose_ours, lose_theirs, other_amount, other_currency, other_fee, twice_there, twice_here, of_no_kind,
]  # fmt: skip


def told(found: list[Difference]) -> Counter[tuple[Cause, str]]:
    sides = [(one.cause, one.theirs or one.ours) for one in found]
    return Counter((cause, side.source_ref) for cause, side in sides if side is not None)


@pytest.mark.parametrize("seed", [7, 11])
def test_all_that_was_planted_is_found_and_nothing_else(seed: int) -> None:
    books = Books(random.Random(seed))
    books.trade(MOVEMENTS)
    assert compare(books.theirs, books.ours, books.fees) == []
    for number in range(DEFECTS):
        PLANTS[number % len(PLANTS)](books)
    found = compare(books.theirs, sorted(books.ours, key=lambda one: str(one.entry_id)), books.fees)
    assert told(found) == books.planted, f"seed {seed}"
    assert len(found) == DEFECTS and {cause for cause, _ in books.planted} == set(Cause)
    assert len({one.key for one in found}) == DEFECTS, "each is one task"
    print(f"seed {seed}: {len(found)} of {DEFECTS} found, 0 false")


def test_what_may_have_moved_is_no_difference_either_way() -> None:
    """A payout that was asked for, whose answer is not known yet."""
    asked = Booking(
        kind=MovementKind.TRANSFER, source_ref="line", currency="CNY", amount_minor=-5, at=START, certain=False
    )
    moved = Movement(ref="txn", kind=MovementKind.TRANSFER, source_ref="line", currency="CNY", amount_minor=-5,
                     fee_minor=0, fee_currency="CNY", at=START)  # fmt: skip
    assert compare([], [asked], {}) == [] and compare([moved], [asked], {}) == []
