"""Renews the leases of the jobs that run in this process, so that only the dead and the hanging lose theirs."""

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.jobs import leases
from cardmesh.kit.jobs.leases import Claim
from cardmesh.kit.jobs.run import Jobs

log = logging.getLogger("cardmesh.jobs")


class App(Protocol):
    """The application, as far as threads need it."""

    def app_context(self) -> object: ...


class Keeper:
    """`holding` a claim keeps its lease alive until the job's own limit."""

    def __init__(self, jobs: Jobs, lease_seconds: float) -> None:
        self._jobs = jobs
        self._lease_seconds = lease_seconds
        self._held: dict[uuid.UUID, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[None]:
        job = self._jobs.get(claim.name)
        with self._lock:
            self._held[claim.token] = time.monotonic() + (job.limit_seconds if job else 0)
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(claim.token, None)

    def run(self, stopping: threading.Event) -> None:
        """Renew three times per lease until `stopping`; runs in a thread of its own with an app context."""
        while not stopping.wait(self._lease_seconds / 4):
            try:
                self.renew()
            except SQLAlchemyError:
                log.warning("leases could not be renewed; trying again")

    def renew(self) -> None:
        with self._lock:
            now = time.monotonic()
            tokens = [token for token, limit in self._held.items() if limit > now]
        if tokens:
            with transaction(tenancy.platform()) as session:
                leases.extend(session, tokens, lease_seconds=self._lease_seconds)
