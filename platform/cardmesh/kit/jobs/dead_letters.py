"""Jobs that no retry could help, until a person decides. Both decisions are audited."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from .. import clock
from ..errors import NotFound
from .models import JobState, OutboxJob


class Record(Protocol):
    """`identity.audit.service.record`: this package knows jobs, not who may decide about them."""

    def __call__(
        self,
        session: Session,
        *,
        party_id: uuid.UUID,
        action: str,
        subject: str,
        details: dict[str, object],
        reason: str,
    ) -> object: ...


def retry_dead(session: Session, *, job_id: int, party_id: uuid.UUID, reason: str, record: Record) -> None:
    """Let a dead letter run again at once, with all its attempts. Raises NotFound when it is not dead (any more)."""
    row = _locked(session, job_id)
    _tell(session, record, row, party_id, "job.retried", reason)
    values = {"run_at": clock.now(), "attempts": 0, "sent_at": None, "dedupe_key": None}
    session.execute(update(OutboxJob).where(OutboxJob.id == job_id).values(state=JobState.READY, **values))


def retry_many(
    session: Session, *, job_ids: Collection[int], party_id: uuid.UUID, record: Record, after: timedelta
) -> dict[str, Any]:
    """Let those of these that are dead run again, `after` a while in which it can be taken back; what that takes.

    In key order, so that two of these at once do not wait for each other.
    """
    run_at, retried = clock.now() + after, dict[str, Any]()
    which = select(OutboxJob).where(OutboxJob.id.in_(job_ids), OutboxJob.state == JobState.DEAD).order_by(OutboxJob.id)
    for row in session.scalars(which.with_for_update().execution_options(populate_existing=True)):
        retried[str(row.id)] = row.attempts
        _tell(session, record, row, party_id, "job.retried", "")
        row.state, row.run_at, row.attempts, row.sent_at, row.dedupe_key = JobState.READY, run_at, 0, None, None
    session.flush()
    return {"run_at": run_at.isoformat(), "attempts": retried}


def take_back(
    session: Session, *, retried: Mapping[str, Any], party_id: uuid.UUID, record: Record
) -> int:
    """Undo `retry_many` where nobody ran the job yet; how many."""
    run_at, attempts = datetime.fromisoformat(retried["run_at"]), retried["attempts"]
    waits = (OutboxJob.state == JobState.READY, OutboxJob.attempts == 0, OutboxJob.run_at == run_at)
    which = select(OutboxJob).where(OutboxJob.id.in_(list(map(int, attempts))), *waits).order_by(OutboxJob.id)
    rows = session.scalars(which.with_for_update().execution_options(populate_existing=True)).all()
    for row in rows:
        row.state, row.attempts = JobState.DEAD, attempts[str(row.id)]
        _tell(session, record, row, party_id, "job.held", "")
    session.flush()
    return len(rows)


def drop_dead(session: Session, *, job_id: int, party_id: uuid.UUID, reason: str, record: Record) -> None:
    """Give a dead letter up for good. Raises NotFound when it is not dead (any more)."""
    row = _locked(session, job_id)
    _tell(session, record, row, party_id, "job.dropped", reason)
    session.execute(delete(OutboxJob).where(OutboxJob.id == job_id))


def _locked(session: Session, job_id: int) -> OutboxJob:
    which = select(OutboxJob).where(OutboxJob.id == job_id, OutboxJob.state == JobState.DEAD).with_for_update()
    row = session.scalar(which.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def _tell(session: Session, record: Record, row: OutboxJob, party_id: uuid.UUID, action: str, reason: str) -> None:
    details: dict[str, object] = {"job": row.id, "name": row.name, "args": row.args, "last_error": row.last_error}
    record(session, party_id=party_id, action=action, subject="job", details=details, reason=reason)
