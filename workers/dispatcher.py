"""The dispatcher: sends due jobs to Redis, notices what got lost there, frees dead leases, promises periodic work.

Never inside one transaction with Redis: an id is noted as sent, committed, then pushed. Whatever crashes in between,
the next look at Redis finds the id missing and sends it again; running twice is what claims prevent.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.failpoints import reach
from cardmesh.kit.jobs import dispatch, leases
from cardmesh.kit.jobs.dispatch import DueJob

from . import carrier, periodic
from .leader import Leader
from .pace import Pace
from .periodic import Every

log = logging.getLogger("cardmesh.jobs")

CANDIDATE_SECONDS = 1.0


class Dispatcher:
    """Serves until `stopping` is set, whenever it leads. Its thread needs an app context."""

    def __init__(
        self,
        redis: Redis | None,
        *,
        pace: Pace,
        stopping: threading.Event,
        schedule: Sequence[Every] = periodic.SCHEDULE,
    ) -> None:
        self._redis = redis
        self._pace = pace
        self._stopping = stopping
        self._next: dict[Every, float] = dict.fromkeys(schedule, 0.0)
        self._next_sweep = 0.0

    def serve(self) -> None:
        """Look every `poll` seconds while leading, and now and then whether to lead."""
        leader = Leader()
        try:
            while not self._stopping.is_set():
                leads = leader.leads()
                if leads:
                    self._look()
                self._stopping.wait(self._pace.poll if leads else CANDIDATE_SECONDS)
        finally:
            leader.resign()

    def _look(self) -> None:
        try:
            self.promise_periodic()
            if time.monotonic() >= self._next_sweep:
                self.sweep()
                self._next_sweep = time.monotonic() + self._pace.sweep
            self.send_due()
        except SQLAlchemyError as error:
            log.warning("the dispatcher waits for PostgreSQL (%s)", type(error).__name__)
        except RedisError as error:  # workers take jobs from PostgreSQL meanwhile
            log.warning("the dispatcher waits for Redis (%s)", type(error).__name__)
            self._stopping.wait(CANDIDATE_SECONDS)

    def promise_periodic(self) -> None:
        """Send the periodic jobs whose time has come."""
        now = time.monotonic()
        due = [every for every, moment in self._next.items() if moment <= now]
        if due:
            with transaction(tenancy.platform()) as session:
                for every in due:
                    periodic.promise(session, every)
                    self._next[every] = now + every.seconds
                reach("dispatch.promised")

    def sweep(self) -> None:
        """Free the jobs of dead workers; find what Redis lost; stop listening to queues that are done."""
        with transaction(tenancy.platform()) as session:
            freed = leases.free_expired(session)
            window = dispatch.window(session, size=self._pace.window)
            unfinished = dispatch.unfinished_queues(session)
        for claim in freed:
            log.warning("job %s %s lost its worker; it runs again", claim.id, claim.name)
        if self._redis is not None:
            self._find_lost(self._redis, window)
            carrier.forget(self._redis, set(carrier.known_queues(self._redis)) - unfinished)

    def send_due(self) -> None:
        """Push the ids that belong into Redis and are not there yet."""
        if self._redis is None:
            return
        with transaction(tenancy.platform()) as session:
            fresh = [job for job in dispatch.window(session, size=self._pace.window) if job.sent_at is None]
            if fresh:
                dispatch.mark_sent(session, [job.id for job in fresh])
        if not fresh:
            return
        reach("dispatch.marked")
        try:
            for name, ids in _by_queue(fresh).items():
                carrier.push(self._redis, name, ids)
            reach("dispatch.pushed")
        except RedisError:
            self._unsend(fresh)
            raise

    def _find_lost(self, redis: Redis, window: Iterable[DueJob]) -> None:
        """An id that was sent a while ago, still waits and is not in Redis: flushed, or popped by a dead worker."""
        before = clock.now() - timedelta(seconds=self._pace.lost)
        stale = [job for job in window if job.sent_at is not None and job.sent_at < before]
        held = carrier.held(redis, {job.queue for job in stale})
        lost = [job for job in stale if job.id not in held[job.queue]]
        if lost:
            log.warning("%d jobs are missing in Redis; sending them again", len(lost))
            self._unsend(lost)

    def _unsend(self, jobs: Iterable[DueJob]) -> None:
        with transaction(tenancy.platform()) as session:
            dispatch.mark_unsent(session, [job.id for job in jobs])


def _by_queue(jobs: Iterable[DueJob]) -> dict[str, list[int]]:
    queues: dict[str, list[int]] = defaultdict(list)
    for job in jobs:
        queues[job.queue].append(job.id)
    return queues
