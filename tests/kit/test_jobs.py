"""The outbox: what is promised runs, once at a time, and what cannot run stays visible."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from cardmesh.identity.audit.service import record, trail
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import NotFound
from cardmesh.kit.ids import NIL, new_id
from cardmesh.kit.jobs import dead_letters, dispatch, leases, outbox, rules, run, stats
from cardmesh.kit.jobs.errors import LeaseLost, RetryLater
from cardmesh.kit.jobs.leases import Claim
from cardmesh.kit.jobs.models import JobState, OutboxJob
from cardmesh.kit.jobs.run import Job

SECRET = "AAAA-1111-KEY"


def send(name: str = "a", **options: object) -> None:
    with transaction(tenancy.platform()) as session:
        outbox.send(session, name, **options)  # pyright: ignore[reportArgumentType] - a test's shorthand


def jobs() -> list[OutboxJob]:
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(OutboxJob).order_by(OutboxJob.id)))


def make_due() -> None:
    with transaction(tenancy.platform()) as session:
        session.execute(update(OutboxJob).values(run_at=func.clock_timestamp() - text("interval '1 second'")))


def let_leases_end() -> None:
    with transaction(tenancy.platform()) as session:
        session.execute(text("update outbox set lease_until = clock_timestamp() where state = 'leased'"))
        leases.free_expired(session)


def claim(after: str = "") -> Claim | None:
    with transaction(tenancy.platform()) as session:
        return leases.claim_next(session, after=after)


def raising(error: Exception) -> Job:
    def fail(**_: object) -> None:
        raise error

    return Job(fail)


def test_a_promise_is_kept_only_if_its_transaction_is(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction(tenancy.platform()) as session:
        outbox.send(session, "a")
        raise ZeroDivisionError
    assert jobs() == []


def test_a_tenant_s_job_gets_its_ids_and_its_tenant(app: Flask) -> None:
    tenant_id, order_id, seen = new_id(), new_id(), []
    send("a", tenant_id=tenant_id, order_id=order_id)
    assert run.drain({"a": Job(lambda **ids: seen.append(ids))}) == 1
    assert seen == [{"tenant_id": tenant_id, "order_id": str(order_id)}]
    assert jobs() == []


def test_what_is_claimed_is_nobody_else_s(app: Flask) -> None:
    send()
    assert claim() is not None
    assert claim() is None


def test_a_job_for_later_is_not_due(app: Flask) -> None:
    send(run_at=clock.now() + timedelta(hours=1))
    assert claim() is None


def test_queues_take_turns(app: Flask) -> None:
    one, two = sorted((new_id(), new_id()), key=str)
    for tenant_id in (one, one, one, two):
        send(tenant_id=tenant_id)
    served = []
    for _ in range(4):
        taken = claim(after=served[-1] if served else "")
        assert taken is not None
        served.append(taken.queue)
    assert served == [f"tenant:{one}", f"tenant:{two}", f"tenant:{one}", f"tenant:{one}"]


def test_a_failed_job_waits_and_comes_again(app: Flask) -> None:
    send()
    run.drain({"a": raising(RuntimeError(SECRET))})
    (job,) = jobs()
    assert (job.state, job.attempts) == (JobState.READY, 1)
    assert run.drain({"a": raising(RuntimeError())}) == 0, "not before its delay is over"
    make_due()
    assert run.drain({"a": Job(lambda: None)}) == 1
    assert jobs() == []


def test_a_failure_is_kept_without_its_message(app: Flask) -> None:
    send()
    run.drain({"a": raising(RuntimeError(SECRET))})
    error = jobs()[0].last_error
    assert error is not None and SECRET not in error
    assert error.startswith("RuntimeError")


def test_what_no_retry_can_help_is_dead_at_once(app: Flask) -> None:
    send()
    run.drain({"a": raising(NotFound())})
    (job,) = jobs()
    assert job.state == JobState.DEAD
    assert "not_found" in (job.last_error or "")


def test_the_last_attempt_leaves_a_dead_letter(app: Flask) -> None:
    send(max_attempts=2)
    for _ in range(2):
        run.drain({"a": raising(RuntimeError())})
        make_due()
    assert [job.state for job in jobs()] == [JobState.DEAD]


def test_having_to_wait_costs_no_attempt(app: Flask) -> None:
    send(max_attempts=1)
    for _ in range(3):
        run.drain({"a": raising(RetryLater(1, "busy"))})
        make_due()
    assert [(job.state, job.attempts) for job in jobs()] == [(JobState.READY, 0)]


def test_an_unknown_name_waits_for_a_version_that_knows_it(app: Flask) -> None:
    send("from.the.future")
    run.drain({})
    (job,) = jobs()
    assert job.state == JobState.READY
    assert (job.last_error or "").startswith("UnknownJob")


def test_whoever_lost_the_lease_leaves_no_effect(app: Flask) -> None:
    """The first worker hangs beyond its lease, the second does the job; the first one's effect is rolled back."""
    send()

    def hang(session: object) -> None:
        assert hasattr(session, "add")
        record_effect(session)
        thread = threading.Thread(target=second_worker, args=(app,))
        thread.start()
        thread.join()

    run.drain({"a": Job(hang, run.for_platform)})
    assert jobs() == []
    assert effects() == 1


def second_worker(app: Flask) -> None:
    with app.app_context():
        let_leases_end()
        assert run.drain({"a": Job(record_effect, run.for_platform)}) == 1


def record_effect(session: object) -> None:
    record(session, party_id=NIL, action="test.done", subject="test")  # pyright: ignore[reportArgumentType]


def effects() -> int:
    with transaction(tenancy.platform()) as session:
        return len([row for row in trail(session, party_id=NIL) if row.action == "test.done"])


def test_a_dead_worker_s_job_is_free_again(app: Flask) -> None:
    send()
    assert claim() is not None
    let_leases_end()
    assert [(job.state, job.attempts, job.lease_token) for job in jobs()] == [(JobState.READY, 1, None)]
    assert claim() is not None


def test_a_job_that_kills_every_worker_ends_as_a_dead_letter(app: Flask) -> None:
    send(max_attempts=3)
    for _ in range(3):
        make_due()
        assert claim() is not None
        let_leases_end()
    assert [job.state for job in jobs()] == [JobState.DEAD]


def test_a_lease_in_force_is_not_swept(app: Flask) -> None:
    send()
    claim()
    with transaction(tenancy.platform()) as session:
        assert leases.free_expired(session) == []
    assert [job.state for job in jobs()] == [JobState.LEASED]


def test_a_lost_token_changes_nothing(app: Flask) -> None:
    send()
    old = claim()
    assert old is not None
    let_leases_end()
    new = claim()
    assert new is not None
    with pytest.raises(LeaseLost), transaction(tenancy.platform()) as session:
        leases.finish(session, old)
    with transaction(tenancy.platform()) as session:
        leases.fail(session, old, error="late", delay_seconds=None)
    assert [(job.state, job.lease_token) for job in jobs()] == [(JobState.LEASED, new.token)]


def test_a_waiting_job_stands_for_the_same_request(app: Flask) -> None:
    for _ in range(12):  # more often than the driver needs to prepare the statement
        send(dedupe_key="k")
    assert len(jobs()) == 1


def test_a_running_job_absorbs_nothing(app: Flask) -> None:
    send(dedupe_key="k")
    claim()
    send(dedupe_key="k")
    assert [job.state for job in jobs()] == [JobState.LEASED, JobState.READY]


def test_a_request_holds_back_the_job_it_joined_until_it_commits(app: Flask) -> None:
    """Else the job could run before it can see what the request has written."""
    send(dedupe_key="k")
    with transaction(tenancy.platform()) as session:
        outbox.send(session, "a", dedupe_key="k")
        assert in_thread(app, claim) is None
    assert claim() is not None


def in_thread(app: Flask, work: Callable[[], Claim | None]) -> Claim | None:
    found: list[Claim | None] = []

    def body() -> None:
        with app.app_context():
            found.append(work())

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    return found[0]


def test_a_failed_job_leaves_its_delay_to_the_newer_request(app: Flask) -> None:
    send(dedupe_key="k")
    old = claim()
    assert old is not None
    send(dedupe_key="k")
    with transaction(tenancy.platform()) as session:
        leases.fail(session, old, error="broken", delay_seconds=60)
    (job,) = jobs()
    assert (job.id > old.id, job.state, job.attempts, job.last_error) == (True, JobState.READY, 1, "broken")
    assert claim() is None


def test_the_window_holds_the_first_of_each_queue(app: Flask) -> None:
    one, two = new_id(), new_id()
    for _ in range(5):
        send(tenant_id=one)
    send(tenant_id=two)
    with transaction(tenancy.platform()) as session:
        found = dispatch.window(session, size=2)
        assert sorted(job.queue for job in found) == sorted([f"tenant:{one}"] * 2 + [f"tenant:{two}"])
        dispatch.mark_sent(session, [job.id for job in found])
        assert {job.id for job in dispatch.window(session, size=2) if job.sent_at is None} == set()


def test_a_supplier_s_jobs_have_a_queue_of_their_own(app: Flask) -> None:
    supplier_id = new_id()
    send("imports.run", supplier_id=supplier_id)
    send()
    assert [job.queue for job in jobs()] == [f"supplier:{supplier_id}", "platform"]


def test_figures_by_queue(app: Flask) -> None:
    tenant_id = new_id()
    send(tenant_id=tenant_id)
    send(tenant_id=tenant_id)
    send("a", max_attempts=1)
    claim(after="platform")
    run.drain({"a": raising(NotFound())})
    with transaction(tenancy.platform()) as session:
        found = {one.queue: (one.ready, one.leased, one.dead) for one in stats.per_queue(session)}
    assert found == {"platform": (0, 0, 1), f"tenant:{tenant_id}": (0, 1, 1)}


def dead_job() -> OutboxJob:
    send()
    run.drain({"a": raising(NotFound())})
    return jobs()[0]


@pytest.mark.parametrize("decide", [dead_letters.retry_dead, dead_letters.drop_dead])
def test_a_decision_about_a_dead_letter_is_audited(app: Flask, decide: Callable[..., None]) -> None:
    job = dead_job()
    with transaction(tenancy.platform()) as session:
        decide(session, job_id=job.id, party_id=NIL, reason="looked at it", record=record)
        (row,) = trail(session, party_id=NIL)
        assert (row.reason, row.details["job"]) == ("looked at it", job.id)
    assert [job.state for job in jobs()] == ([JobState.READY] if decide is dead_letters.retry_dead else [])


def test_only_dead_letters_can_be_dropped(app: Flask) -> None:
    send()
    (job,) = jobs()
    with pytest.raises(NotFound), transaction(tenancy.platform()) as session:
        dead_letters.drop_dead(session, job_id=job.id, party_id=NIL, reason="", record=record)
    assert len(jobs()) == 1


def test_delays_double_up_to_an_hour() -> None:
    def middle(low: float, high: float) -> float:
        return (low + high) / 2

    assert [rules.delay_seconds(attempt, middle) for attempt in (1, 2, 3, 12, 99)] == [2, 4, 8, 3600, 3600]


def test_a_tenant_sees_its_own_jobs_and_the_platform_s_but_no_neighbour_s(app: Flask) -> None:
    mine, other = new_id(), new_id()
    send(tenant_id=mine)
    send(tenant_id=other)
    with transaction(tenancy.tenant(mine)) as session:
        assert set(session.scalars(select(OutboxJob.tenant_id))) == {mine}


def test_ids_are_kept_as_text(app: Flask) -> None:
    some = uuid.uuid4()
    send(thing_id=some, count=3)
    assert jobs()[0].args == {"thing_id": str(some), "count": 3}
