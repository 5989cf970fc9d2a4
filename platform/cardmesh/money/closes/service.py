"""Close days, one after the other, each once; prove them again."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...kit import clock, tenancy
from ...kit.days import day_of, start_of
from ...kit.db import transaction
from . import queries
from .models import DailyClose

_STREAM = 5_000
MOST_DAYS = 400
"""Closed in one run; an installation that slept longer goes on in the next."""


@dataclass
class Summed:
    """A day of postings, read once."""

    digest: bytes
    entries: int = 0
    totals: dict[str, dict[str, int]] = field(default_factory=dict)


def close_due() -> int:
    """Close every day before today that can be closed; how many. Opens its own transactions.

    A day is marked first and closed by a later transaction, once all that were at work when it ended have ended: what
    is posted with a time of that day is in it, whatever was slow to commit. Repeating, and running at once, is safe.
    """
    closed = 0
    while closed < MOST_DAYS:
        with transaction(tenancy.platform()) as session:
            day = session.scalar(queries.NEXT_DAY)
            if day is None or day >= day_of(clock.now()):
                return closed
            session.execute(queries.MARK, {"day": day})
        with transaction(tenancy.platform()) as session:
            if not _close(session, day):
                return closed
        closed += 1
    return closed


def sum_up(session: Session, day: date) -> Summed:
    """Digest and totals of a day as the postings have them now. Scope: PLATFORM."""
    before = session.scalar(queries.BEFORE, {"day": day})
    digest = hashlib.sha256(f"{day.isoformat()}|{(before or b'').hex()}\n".encode())
    found, last = Summed(b""), None
    values = {"since": start_of(day), "until": start_of(day + timedelta(days=1))}
    for row in session.execute(queries.DAY_OF_BOOKS, values, execution_options={"yield_per": _STREAM}):
        digest.update(("|".join(str(value) for value in row) + "\n").encode())
        moved = found.totals.setdefault(row.currency, {})
        moved[row.kind] = moved.get(row.kind, 0) + row.amount_minor
        found.entries += row.entry_id != last
        last = row.entry_id
    found.digest = digest.digest()
    return found


def prove(session: Session) -> list[date]:
    """Closed days that the postings no longer bear out: none. Reads every posting of every closed day."""
    return [row.day for row in list_closes(session, limit=100_000) if sum_up(session, row.day).digest != row.digest]


def list_closes(session: Session, limit: int = 62) -> Sequence[DailyClose]:
    """Closed days, the newest first."""
    query = select(DailyClose).where(DailyClose.digest.is_not(None)).order_by(DailyClose.day.desc())
    return session.scalars(query.limit(limit)).all()


def _close(session: Session, day: date) -> bool:
    row = session.execute(queries.LOCK, {"day": day}).one()
    if row.digest is not None:
        return True
    if not session.scalar(queries.ALL_BEFORE, {"mark": row.mark}):
        return False
    found = sum_up(session, day)
    session.execute(
        queries.CLOSE,
        {"day": day, "digest": found.digest, "totals": json.dumps(found.totals), "entries": found.entries},
    )
    return True
