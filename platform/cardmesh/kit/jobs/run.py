"""Run one job: claim it, call its handler, finish it – in the handler's own transaction where there is one.

A `Job` with a `scope` is transactional: its effect and the end of the job are one commit, so it has exactly one effect
however often it is started. A `Job` without one works in steps (a build, an import, a mail): it may be repeated
from the start after a crash, and every step of it must bear that.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from .. import tenancy
from ..db import transaction
from ..failpoints import reach
from ..tenancy import Scope
from . import leases, rules
from .errors import LeaseLost, RetryLater, UnknownJob
from .leases import LEASE_SECONDS, Claim

log = logging.getLogger("cardmesh.jobs")

Holding = Callable[[Claim], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Job:
    """What a name does. `run` gets the job's ids as keywords, after a session when there is a `scope`.

    An id arrives as it is stored, as text; the tenant for whom the job was sent as `tenant_id`, a UUID.
    `limit_seconds` is how long a run may keep renewing its lease; after that the job counts as hanging.
    """

    run: Callable[..., object]
    scope: Callable[[Claim], Scope] | None = None
    limit_seconds: float = 1800


Jobs = Mapping[str, Job]


def own_tenant(claim: Claim) -> Scope:
    """The scope of the tenant for whom the job was sent."""
    if claim.tenant_id is None:
        raise ValueError(f"{claim.name} was sent without its tenant")
    return tenancy.tenant(claim.tenant_id)


def in_trade(claim: Claim) -> Scope:
    """A sale in the tenant for whom the job was sent."""
    if claim.tenant_id is None:
        raise ValueError(f"{claim.name} was sent without its tenant")
    return tenancy.trade(claim.tenant_id)


def for_platform(_claim: Claim) -> Scope:
    """The platform's own work."""
    return tenancy.platform()


def run_job(jobs: Jobs, job_id: int, *, holding: Holding = nullcontext, lease_seconds: float = LEASE_SECONDS) -> bool:
    """Run the job if it waits and is due. False when there was nothing to do; a failure is recorded, not raised."""
    with transaction(tenancy.platform()) as session:
        claim = leases.claim(session, job_id, lease_seconds=lease_seconds)
    return claim is not None and _perform(jobs, claim, holding)


def run_next(
    jobs: Jobs,
    *,
    after: str = "",
    avoid: tuple[str, ...] = (),
    holding: Holding = nullcontext,
    lease_seconds: float = LEASE_SECONDS,
) -> str | None:
    """Run the next due job straight from PostgreSQL, queues taking turns.

    Returns its queue, None when nothing is due.
    """
    with transaction(tenancy.platform()) as session:
        claim = leases.claim_next(session, after=after, avoid=avoid, lease_seconds=lease_seconds)
    if claim is None:
        return None
    _perform(jobs, claim, holding)
    return claim.queue


def drain(jobs: Jobs, *, limit: int = 10_000) -> int:
    """Run everything that is due, here and now; returns how many ran. For commands and tests."""
    queue, count = "", 0
    while count < limit and (ran := run_next(jobs, after=queue)) is not None:
        queue, count = ran, count + 1
    return count


def _perform(jobs: Jobs, claim: Claim, holding: Holding) -> bool:
    try:
        with holding(claim):
            reach("outbox.claimed")
            _call(jobs, claim)
    except LeaseLost:
        log.warning("job %s %s lost its lease; another worker has it", claim.id, claim.name)
    except Exception as error:  # a failed job is an outcome, kept in the outbox
        _record_failure(claim, error)
    return True


def _call(jobs: Jobs, claim: Claim) -> None:
    job = jobs.get(claim.name)
    if job is None:
        raise UnknownJob(claim.name)
    ids = claim.args | ({"tenant_id": claim.tenant_id} if claim.tenant_id else {})
    if job.scope:
        with transaction(job.scope(claim)) as session:
            job.run(session, **ids)
            leases.finish(session, claim)
            reach("outbox.finished")
        return
    job.run(**ids)
    reach("outbox.done")
    with transaction(tenancy.platform()) as session:
        leases.finish(session, claim)


def _record_failure(claim: Claim, error: Exception) -> None:
    reach("outbox.failing")
    delay = rules.verdict(error, claim.attempt, claim.max_attempts)
    text = rules.describe(error)
    outcome = "is dead" if delay is None else f"runs again in {delay:.1f} s"
    log.warning("job %s %s failed (attempt %s), %s: %s", claim.id, claim.name, claim.attempt, outcome, text)
    with transaction(tenancy.platform()) as session:
        counts = not isinstance(error, RetryLater)
        leases.fail(session, claim, error=text, delay_seconds=delay, counts=counts)
