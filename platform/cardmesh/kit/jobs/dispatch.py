"""What the dispatcher asks the outbox: which due jobs belong into Redis, and which got lost there.

At any time the first `WINDOW` due jobs of each queue belong into Redis. So a flood of one tenant neither fills Redis
nor delays another, and both questions read a bounded number of rows per queue however long the queues are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from .. import clock
from .models import JobState, OutboxJob

WINDOW = 200

# Queue names are found by hopping along the index, one hop a queue, not by reading the backlog.
_WINDOW = text(
    """
    with recursive queues as (
      (select queue from outbox where state = 'ready' order by queue limit 1)
      union all
      select (select o.queue from outbox o where o.state = 'ready' and o.queue > q.queue order by o.queue limit 1)
      from queues q where q.queue is not null
    )
    select due.id, q.queue, due.sent_at
    from queues q cross join lateral (
      select o.id, o.sent_at from outbox o
      where o.state = 'ready' and o.queue = q.queue and o.run_at <= :now
      order by o.run_at, o.id limit :size
    ) due
    where q.queue is not null
    """
)


@dataclass(frozen=True, slots=True)
class DueJob:
    """`sent_at` is None until its id went to Redis."""

    id: int
    queue: str
    sent_at: datetime | None


def window(session: Session, *, size: int = WINDOW) -> list[DueJob]:
    """The first `size` due jobs of each queue."""
    return [DueJob(*row) for row in session.execute(_WINDOW, {"now": clock.now(), "size": size})]


def mark_sent(session: Session, ids: Collection[int]) -> None:
    """Note that these ids go to Redis now; committed before they go, so that a crash between the two is noticed."""
    _set_sent(session, ids, func.clock_timestamp())


def mark_unsent(session: Session, ids: Collection[int]) -> None:
    """Redis does not hold these ids: send them again."""
    _set_sent(session, ids, None)


def unfinished_queues(session: Session) -> set[str]:
    """The names of all queues that hold waiting or running work."""
    working = OutboxJob.state.in_((JobState.READY, JobState.LEASED))
    return set(session.scalars(select(OutboxJob.queue).where(working).distinct()))


def _set_sent(session: Session, ids: Collection[int], moment: object) -> None:
    session.execute(
        update(OutboxJob)
        .where(OutboxJob.id.in_(ids), OutboxJob.state == JobState.READY)
        .values(sent_at=moment)
        .execution_options(synchronize_session=False)
    )
