"""One worker at a time: claim a job for a while, prove at the end that it is still yours.

A lease is a random token and a time by PostgreSQL's clock. Whoever lost the token has lost the job: `finish` and
`fail` change nothing then, and `finish` raises, so that an effect in the same transaction is rolled back with it.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from .. import clock
from ..failpoints import reach
from . import rules
from .errors import LeaseLost
from .models import JobState, OutboxJob

LEASE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours until the lease ends. `attempt` counts from 1."""

    id: int
    queue: str
    name: str
    args: dict[str, Any]
    tenant_id: uuid.UUID | None
    attempt: int
    max_attempts: int
    token: uuid.UUID


def claim(session: Session, job_id: int, *, lease_seconds: float = LEASE_SECONDS) -> Claim | None:
    """Take one job; None when it is not waiting any more or not due yet."""
    return _take(session, OutboxJob.id == job_id, lease_seconds)


def claim_next(
    session: Session, *, after: str = "", avoid: Collection[str] = (), lease_seconds: float = LEASE_SECONDS
) -> Claim | None:
    """Take the oldest due job of the first queue behind `after`, going round: each queue gets its turn."""
    for place in (OutboxJob.queue > after, OutboxJob.queue <= after):
        chosen = _first_due(place, avoid).scalar_subquery()
        if found := _take(session, OutboxJob.id == chosen, lease_seconds):
            return found
    return None


def extend(session: Session, tokens: Collection[uuid.UUID], *, lease_seconds: float = LEASE_SECONDS) -> set[uuid.UUID]:
    """Renew leases; returns the tokens that still hold."""
    renewed = session.scalars(
        update(OutboxJob)
        .where(OutboxJob.lease_token.in_(tokens), OutboxJob.state == JobState.LEASED)
        .values(lease_until=_after(lease_seconds))
        .returning(OutboxJob.lease_token)
        .execution_options(synchronize_session=False)
    )
    return {token for token in renewed if token}


def finish(session: Session, claim: Claim) -> None:
    """The job is done: its row goes. Raises LeaseLost when it was not ours any more."""
    gone = session.scalar(
        delete(OutboxJob)
        .where(*_still_ours(claim))
        .returning(OutboxJob.id)
        .execution_options(synchronize_session=False)
    )
    if gone is None:
        raise LeaseLost(claim.id)


def fail(session: Session, claim: Claim, *, error: str, delay_seconds: float | None, counts: bool = True) -> None:
    """Let it run again after `delay_seconds`, or keep it as a dead letter when that is None.

    `counts=False` gives the attempt back: the job only had to wait. When a newer request with the same
    `dedupe_key` waits already, that one inherits the delay and the attempts.
    """
    if delay_seconds is None:
        _let_go(session, claim, error, state=JobState.DEAD)
        return
    run_at = clock.now() + timedelta(seconds=delay_seconds)
    attempts = claim.attempt if counts else claim.attempt - 1
    try:
        with session.begin_nested():
            _let_go(session, claim, error, state=JobState.READY, run_at=run_at, attempts=attempts)
    except IntegrityError:
        _merge(session, claim, error, run_at=run_at, attempts=attempts)


def free_expired(session: Session, *, limit: int = 500) -> list[Claim]:
    """Let the jobs run again whose worker is gone: at once the first time, then with the usual delays.

    Returns them as their dead worker held them.
    """
    expired = _expired(session, limit)
    for claim in expired:
        delay = 0.0 if claim.attempt == 1 else rules.delay_seconds(claim.attempt - 1)
        last = claim.attempt >= claim.max_attempts
        fail(session, claim, error="the worker ended or hung", delay_seconds=None if last else delay)
        reach("outbox.freed")
    return expired


def _expired(session: Session, limit: int) -> list[Claim]:
    rows = session.execute(
        select(*_COLUMNS)
        .where(OutboxJob.state == JobState.LEASED, OutboxJob.lease_until < func.clock_timestamp())
        .order_by(OutboxJob.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_as_claim(row) for row in rows]


_COLUMNS = (
    OutboxJob.id,
    OutboxJob.queue,
    OutboxJob.name,
    OutboxJob.args,
    OutboxJob.tenant_id,
    OutboxJob.attempts,
    OutboxJob.max_attempts,
    OutboxJob.lease_token,
)


def _as_claim(row: Row[*tuple[Any, ...]]) -> Claim:
    return Claim(*row)


def _after(seconds: float) -> ColumnElement[Any]:
    return func.clock_timestamp() + timedelta(seconds=seconds)


def _still_ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return OutboxJob.id == claim.id, OutboxJob.lease_token == claim.token


def _first_due(place: ColumnElement[bool], avoid: Collection[str]) -> Select[int]:
    due = (OutboxJob.state == JobState.READY, OutboxJob.run_at <= clock.now())
    return (
        select(OutboxJob.id)
        .where(place, *due, OutboxJob.queue.not_in(avoid))
        .order_by(OutboxJob.queue, OutboxJob.run_at, OutboxJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _take(session: Session, which: ColumnElement[bool], lease_seconds: float) -> Claim | None:
    taken = session.execute(
        update(OutboxJob)
        .where(which, OutboxJob.state == JobState.READY, OutboxJob.run_at <= clock.now())
        .values(
            state=JobState.LEASED,
            lease_token=uuid.uuid4(),
            lease_until=_after(lease_seconds),
            attempts=OutboxJob.attempts + 1,
        )
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return _as_claim(taken) if taken else None


def _let_go(session: Session, claim: Claim, error: str, **values: object) -> None:
    freed = {"lease_token": None, "lease_until": None, "sent_at": None, "last_error": error}
    session.execute(
        update(OutboxJob)
        .where(*_still_ours(claim))
        .values(**freed, **values)
        .execution_options(synchronize_session=False)
    )


def _merge(session: Session, claim: Claim, error: str, *, run_at: datetime, attempts: int) -> None:
    """Two jobs with one key cannot both wait: the newer one stays and takes over the failure."""
    ours = aliased(OutboxJob)
    inherited = {"attempts": attempts, "run_at": run_at, "sent_at": None, "last_error": error}
    session.execute(
        update(OutboxJob)
        .where(OutboxJob.state == JobState.READY)
        .where(exists().where(ours.id == claim.id, ours.dedupe_key == OutboxJob.dedupe_key))
        .values(**inherited)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(OutboxJob).where(*_still_ours(claim)).execution_options(synchronize_session=False))
