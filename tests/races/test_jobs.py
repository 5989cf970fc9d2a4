"""One job in the hands of two workers, and a promise made while the job of before is taken."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.jobs import leases, outbox, run
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.kit.jobs.run import Job, for_platform
from cardmesh.kit.money import Money
from cardmesh.money.wallets import service as wallets
from tests.fixtures.market import Market

from .interleave import UNCOMMITTED, Race, between

KEY = "race.pay:one"


@pytest.fixture
def jobs(market: Market) -> dict[str, Job]:
    """A job whose effect cannot be overlooked: each time it takes effect, a cent more is in the wallet."""

    def pay(session: Session) -> None:
        number = len(wallets.statement(session, owner_id=market.tenant_id).lines)
        amount = Money(1, "CNY")
        wallets.credit(session, owner_id=market.tenant_id, amount=amount, reason="job", key=f"race:{number}")

    def send(session: Session) -> None:
        outbox.send(session, "race.pay", dedupe_key=KEY)

    with transaction(tenancy.platform()) as session:
        send(session)
    return {"race.pay": Job(pay, for_platform)}


def waiting() -> list[tuple[str, int]]:
    """State and attempts of what is in the outbox."""
    with transaction(tenancy.platform()) as session:
        mine = select(OutboxJob.state, OutboxJob.attempts).where(OutboxJob.name == "race.pay")
        return [(row.state, row.attempts) for row in session.execute(mine.order_by(OutboxJob.id))]


def work(jobs: dict[str, Job]) -> bool:
    return run.run_next(jobs) is not None


def take_over(jobs: dict[str, Job]) -> int:
    """The lease is over: the sweeper frees the job, another worker runs it. How many were freed."""
    freed = _give_up()
    work(jobs)
    return freed


def lease_anew() -> int:
    """The same, but the other worker has only begun: at which attempt."""
    _give_up()
    with transaction(tenancy.platform()) as session:
        claim = leases.claim_next(session)
    assert claim is not None
    return claim.attempt


def _give_up() -> int:
    over = update(OutboxJob).where(OutboxJob.lease_until.is_not(None)).values(lease_until=clock.now())
    with transaction(tenancy.platform()) as session:
        session.execute(over.execution_options(synchronize_session=False))
    return free()


def free() -> int:
    with transaction(tenancy.platform()) as session:
        return len(leases.free_expired(session))


def paid(market: Market) -> int:
    return market.books().get("tenant available", 0)


@between(
    ("work", "outbox.claimed", "again"),
    ("work", "outbox.finished", "again"),
    ("work", UNCOMMITTED, "again"),
)
def test_one_job_two_workers(race: Race, market: Market, jobs: dict[str, Job]) -> None:
    """The second finds nothing to do, and waits for nothing."""
    assert race.run(work=lambda: work(jobs), again=lambda: work(jobs)) == {"work": True, "again": False}
    assert not race.waited and waiting() == [] and paid(market) == 1


@between(
    ("work", "outbox.claimed", "take_over"),
    ("work", "outbox.finished", "take_over"),
)
def test_a_worker_that_was_given_up_comes_back(race: Race, market: Market, jobs: dict[str, Job]) -> None:
    """Its effect is rolled back with its lost lease, or it was in time and nobody takes over."""
    ends = race.run(work=lambda: work(jobs), take_over=lambda: take_over(jobs))
    assert ends == {"work": True, "take_over": int(race.point == "outbox.claimed")}
    assert race.waited == (race.point == "outbox.finished")
    assert waiting() == [] and paid(market) == 1


@between(("work", "outbox.claimed", "lease_anew"))
def test_a_job_that_another_has_begun_is_not_ours_to_end(race: Race, market: Market, jobs: dict[str, Job]) -> None:
    assert race.run(work=lambda: work(jobs), lease_anew=lease_anew) == {"work": True, "lease_anew": 2}
    assert waiting() == [("leased", 2)] and paid(market) == 0


@between(("free", "outbox.freed", "again"), ("free", "outbox.freed", "work"))
def test_a_dead_workers_job_is_freed_once(race: Race, market: Market, jobs: dict[str, Job]) -> None:
    with transaction(tenancy.platform()) as session:
        assert leases.claim_next(session, lease_seconds=0.0)
    ends = race.run(free=free, again=free, work=lambda: work(jobs))
    assert ends["free"] == 1 and not ends[race.second] and not race.waited
    assert waiting() == [("ready", 1)]
    assert work(jobs) and waiting() == [] and paid(market) == 1


@between(
    ("send", UNCOMMITTED, "work"),
    ("work", "outbox.claimed", "send"),
    ("work", "outbox.finished", "send"),
    ("send", UNCOMMITTED, "again"),
)
def test_a_promise_is_made_while_its_job_is_taken(race: Race, market: Market, jobs: dict[str, Job]) -> None:
    """The one that waits stands for the promise and starts after it; the one that runs stands for nothing."""

    def send() -> None:
        with transaction(tenancy.platform()) as session:
            outbox.send(session, "race.pay", dedupe_key=KEY)

    race.run(send=send, again=send, work=lambda: work(jobs))
    assert race.waited == (race.second == "again")
    ran = race.first == "work"
    assert waiting() == [("ready", 0)] and paid(market) == int(ran)
    assert work(jobs) and waiting() == [] and paid(market) == 1 + int(ran)
