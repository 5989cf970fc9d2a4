"""RQ's SimpleWorker as one lane needs it: several queues in turn, new ones found on the way, no signals, no forks.

What RQ's own loop would do differently: it fixes its queues at the start, ends at the first time-out of Redis, and
blocks on a time-out signal that only a main thread may set. Everything it keeps about workers and jobs stays visible
to its dashboard.
"""

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import NoSuchJobError
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from cardmesh.kit.failpoints import reach
from cardmesh.kit.jobs.outbox import PLATFORM_QUEUE

from . import carrier
from .turns import Turns

LISTEN_SECONDS = 0.3
LOOK_SECONDS = 0.2
TTL_SECONDS = 16
HEARTBEAT_SECONDS = 5.0
FULL_SECONDS = 0.05
BACKOFF_SECONDS = 0.5

logging.getLogger("rq.worker").setLevel(logging.ERROR)  # a line or more per job otherwise


class NoPenalty(BaseDeathPenalty):
    """Leases end what hangs, so RQ's own time-outs do nothing."""

    def setup_death_penalty(self) -> None: ...

    def cancel_death_penalty(self) -> None: ...


class Listener(SimpleWorker):
    """Takes outbox ids from all known queues, one at a time, and gives them to `work`."""

    job_class = carrier.Errand
    death_penalty_class = NoPenalty
    log_result_lifespan = False

    def __init__(self, connection: Redis, work: Callable[[int], object], turns: Turns) -> None:
        super().__init__(
            [PLATFORM_QUEUE],
            name=f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}",
            connection=connection,
            serializer=JSONSerializer,  # pyright: ignore[reportArgumentType] - its methods are static
            worker_ttl=TTL_SECONDS,
            log_job_description=False,
            prepare_for_work=False,
        )
        self.hostname, self.pid, self.ip_address = socket.gethostname(), os.getpid(), "unknown"
        self._work = work
        self._turns = turns
        self._names: list[str] = [PLATFORM_QUEUE]
        self._looked_at = self._beat_at = 0.0

    def work_once(self) -> None:
        """Do one job, or listen for a moment. Raises RedisError when Redis does not answer."""
        self._look_around()
        full = self._turns.full()
        open_names = [name for name in self._names if name not in full]
        if not open_names:
            time.sleep(FULL_SECONDS)
            return
        keys = [self._queue(name).key for name in open_names]
        popped = cast("list[bytes] | None", self.connection.blpop(keys, LISTEN_SECONDS))
        if popped:
            key, job_id = (part.decode() for part in popped)
            reach("dispatch.popped")
            self._take(self._queue(open_names[keys.index(key)]), job_id)

    def leave(self) -> None:
        with suppress(RedisError):
            self.register_death()

    def execute_job(self, job: Job, queue: Queue) -> None:
        assert isinstance(job, carrier.Errand)  # noqa: S101 - fetched as one; tells the type checker
        job.work = self._work
        super().execute_job(job, queue)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        done = super().perform_job(job, queue, execution)
        if not done:  # a job's failure is recorded in the outbox; what fails here is PostgreSQL
            time.sleep(BACKOFF_SECONDS)
        return done

    def _take(self, queue: Queue, job_id: str) -> None:
        """The queue that was just served goes to the end of the line."""
        self._names.remove(queue.name)
        self._names.append(queue.name)
        if not self._turns.enter(queue.name):
            queue.push_job_id(job_id, at_front=True)
            return
        try:
            with suppress(NoSuchJobError):  # done already: it was sent twice
                self.execute_job(carrier.Errand.fetch(job_id, self.connection, JSONSerializer), queue)
        finally:
            self._turns.leave(queue.name)

    def _look_around(self) -> None:
        """Now and then: which queues are there? Those never served come first."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            known = {PLATFORM_QUEUE, *carrier.known_queues(self.connection)}
            fresh = sorted(known.difference(self._names))
            self._names = fresh + [name for name in self._names if name in known]
            self._looked_at = now
        if now - self._beat_at >= HEARTBEAT_SECONDS:
            self.heartbeat()
            self._beat_at = now
        if self.should_run_maintenance_tasks:
            self.queues = [self._queue(name) for name in self._names]
            self.run_maintenance_tasks()

    def _queue(self, name: str) -> Queue:
        return carrier.queue(self.connection, name)
