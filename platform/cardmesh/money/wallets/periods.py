"""A statement of a period: what was there, every line, what is there; a month's is what an accountant files."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...kit.days import start_of
from ...kit.errors import invalid
from .queries import HELD_AT, KINDS, PERIOD
from .rules import StatementLine


@dataclass(frozen=True)
class PeriodStatement:
    """`opening` and `closing` by kind of account, as the books hold them; `lines` oldest first.

    The books and the lines are read apart: that opening plus lines is closing is a law, not how it is made.
    """

    currency: str
    since: datetime
    until: datetime
    opening: dict[str, int]
    closing: dict[str, int]
    lines: Sequence[StatementLine]

    @property
    def opening_minor(self) -> int:
        return sum(self.opening.values())

    @property
    def closing_minor(self) -> int:
        return sum(self.closing.values())

    @property
    def by_kind(self) -> dict[str, tuple[int, int]]:
        """Kind of entry → how many lines, and what they come to; in order of the kinds' first lines."""
        sums: dict[str, tuple[int, int]] = {}
        for line in self.lines:
            count, minor = sums.get(line.kind, (0, 0))
            sums[line.kind] = (count + 1, minor + line.amount_minor)
        return sums

    @property
    def balanced(self) -> bool:
        """Whether the lines lead from what was there to what is there, account by account."""
        moved = {kind: sum(getattr(line, f"{kind}_minor") for line in self.lines) for kind in KINDS}
        return all(self.opening[kind] + moved[kind] == self.closing[kind] for kind in KINDS)


def period_statement(
    session: Session, *, owner_id: uuid.UUID, currency: str, since: datetime, until: datetime
) -> PeriodStatement:
    """Everything posted in `since` ≤ t < `until`, in one snapshot of the database."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    whose = {"owner_id": owner_id, "currency": currency}
    opening = _held(session, since, whose)
    rows = session.execute(PERIOD, {**whose, "since": since, "until": until}).all()
    lines = _run_up([dict(row._mapping) for row in rows], sum(opening.values()), opening["available"])
    return PeriodStatement(currency, since, until, opening, _held(session, until, whose), lines)


def monthly_statement(session: Session, *, owner_id: uuid.UUID, currency: str, month: str) -> PeriodStatement:
    """Of a calendar month of the platform's, `2026-11`. Raises ValidationFailed."""
    since, until = month_bounds(month)
    return period_statement(session, owner_id=owner_id, currency=currency, since=since, until=until)


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """Midnight at its start, and at the next one's. Raises ValidationFailed."""
    try:
        first = date.fromisoformat(f"{month}-01")
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    except ValueError:
        raise invalid("/month", "month_unreadable", "月份格式不正确", "This is not a month") from None
    return start_of(first), start_of(following)


def _held(session: Session, moment: datetime, whose: dict[str, object]) -> dict[str, int]:
    found: dict[str, int] = dict(session.execute(HELD_AT, {**whose, "moment": moment}).all())
    return {kind: found.get(kind, 0) for kind in KINDS}


def _run_up(rows: Sequence[Mapping[str, Any]], balance: int, available: int) -> list[StatementLine]:
    lines: list[StatementLine] = []
    for row in rows:
        line = StatementLine(**row, balance_minor=0, available_balance_minor=0)
        balance += line.amount_minor
        available += line.available_minor
        lines.append(replace(line, balance_minor=balance, available_balance_minor=available))
    return lines
