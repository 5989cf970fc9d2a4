"""A lane: one thread that does one job at a time, by RQ as long as Redis answers, else straight from PostgreSQL."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from cardmesh.kit.jobs.leases import Claim
from cardmesh.kit.jobs.run import Jobs, run_job, run_next

from .keeper import Keeper
from .listener import Listener
from .pace import Pace
from .turns import Turns

log = logging.getLogger("cardmesh.jobs")


class Lane:
    """Serves until `stopping` is set. Its thread needs an app context."""

    def __init__(
        self,
        jobs: Jobs,
        redis: Redis | None,
        *,
        pace: Pace,
        turns: Turns,
        keeper: Keeper,
        stopping: threading.Event,
    ) -> None:
        self._jobs = jobs
        self._redis = redis
        self._pace = pace
        self._turns = turns
        self._keeper = keeper
        self._stopping = stopping
        self._last_queue = ""

    def serve(self) -> None:
        """Do jobs until told to stop; neither Redis nor PostgreSQL going away ends it."""
        while not self._stopping.is_set():
            try:
                self._serve_redis()
            except RedisError:
                self._serve_database()
            except Exception:  # something strange lies in Redis; PostgreSQL knows what is to be done
                log.exception("a lane stumbled over Redis")
                self._serve_database()

    def work(self, job_id: int) -> None:
        """Run one job of the outbox if it still waits."""
        run_job(self._jobs, job_id, holding=self._keeper.holding, lease_seconds=self._pace.lease)

    def _serve_redis(self) -> None:
        if self._redis is None:
            self._serve_database()
            return
        listener = Listener(self._redis, self.work, self._turns)
        listener.register_birth()
        try:
            while not self._stopping.is_set():
                listener.work_once()
        finally:
            listener.leave()

    def _serve_database(self) -> None:
        """Everything that is due, then about a second of looking for more; after that Redis may be back."""
        for _ in range(max(1, round(1 / self._pace.poll))):
            try:
                while not self._stopping.is_set() and self._take_from_database():
                    pass
            except SQLAlchemyError:  # PostgreSQL is away; what we held comes back by its lease
                self._stopping.wait(1)
            if self._stopping.wait(self._pace.poll):
                return

    def _take_from_database(self) -> bool:
        ran = run_next(
            self._jobs,
            after=self._last_queue,
            avoid=self._turns.full(),
            holding=self._holding,
            lease_seconds=self._pace.lease,
        )
        self._last_queue = ran or ""
        return ran is not None

    @contextmanager
    def _holding(self, claim: Claim) -> Iterator[None]:
        self._turns.enter(claim.queue, even_if_full=True)
        try:
            with self._keeper.holding(claim):
                yield
        finally:
            self._turns.leave(claim.queue)
