"""Begin and finish an idempotent call.

A call whose whole effect is one transaction begins and finishes inside it: its answer is stored with its effect, so a
crash leaves both or neither. A call that has to leave the transaction (to a gateway) stores its progress with the
effect and finishes later; a repeat after a crash resumes from that progress.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ...kit import clock
from ..errors import IdempotencyInProgress, IdempotencyMismatch
from ..models import IdempotentCall

KEPT = timedelta(days=30)
_LEASE = timedelta(seconds=20)
"""A repeat takes over from a process that died; the promise is thirty seconds, a gateway's answer takes five."""


@dataclass(frozen=True)
class Begun:
    """`done`: the stored answer is to be replayed. Else work, resuming from `row.body` when it is not None."""

    row: IdempotentCall
    done: bool


def begin(session: Session, *, party_id: uuid.UUID, key: str, request_hash: bytes) -> Begun:
    """Claim a key for this request. Raises IdempotencyInProgress, IdempotencyMismatch."""
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"{party_id}:{key}", 0))
    if not session.scalar(select(lock)):
        raise IdempotencyInProgress(retry_after=1)
    query = select(IdempotentCall).where(IdempotentCall.party_id == party_id, IdempotentCall.key == key)
    row = session.scalar(query)
    moment = clock.now()
    if row is None:
        row = IdempotentCall(
            party_id=party_id, key=key, request_hash=request_hash, locked_until=moment + _LEASE
        )
        session.add(row)
        session.flush()
        return Begun(row, done=False)
    if row.request_hash != request_hash:
        raise IdempotencyMismatch
    if row.status is None:
        if row.locked_until > moment:
            raise IdempotencyInProgress(retry_after=1)
        row.locked_until = moment + _LEASE
        session.flush()
    return Begun(row, done=row.status is not None)


def finish(session: Session, call: IdempotentCall, *, status: int | None, body: dict[str, Any]) -> None:
    """Store the answer; with `status` None only the progress to resume from."""
    row = session.get_one(IdempotentCall, (call.party_id, call.key))
    row.status = status
    row.body = body
    session.flush()


def forget(session: Session, call: IdempotentCall) -> None:
    """Give the key back after a refusal that changed nothing, so that the same request may be tried again."""
    mine = IdempotentCall.party_id == call.party_id, IdempotentCall.key == call.key
    session.execute(delete(IdempotentCall).where(*mine))


def sweep(session: Session) -> None:
    """Drop calls older than 30 days."""
    session.execute(delete(IdempotentCall).where(IdempotentCall.created_at < clock.now() - KEPT))
