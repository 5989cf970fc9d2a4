"""How much work waits, runs and died, per queue."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import clock
from .models import JobState, OutboxJob


@dataclass(frozen=True, slots=True)
class QueueStats:
    """Counts by state; `oldest_due_seconds` is how long the most overdue job has waited, 0 when none is due."""

    queue: str
    ready: int
    leased: int
    dead: int
    oldest_due_seconds: float


def per_queue(session: Session) -> list[QueueStats]:
    """Figures of every queue that holds a job, by name."""
    now = clock.now()

    def in_state(state: JobState):
        return func.count().filter(OutboxJob.state == state)

    oldest = func.min(OutboxJob.run_at).filter(OutboxJob.state == JobState.READY)
    counts = (in_state(JobState.READY), in_state(JobState.LEASED), in_state(JobState.DEAD))
    rows = session.execute(select(OutboxJob.queue, *counts, oldest).group_by(OutboxJob.queue).order_by(OutboxJob.queue))
    return [
        QueueStats(queue, ready, leased, dead, max(0.0, (now - due).total_seconds()) if due else 0.0)
        for queue, ready, leased, dead, due in rows
    ]
