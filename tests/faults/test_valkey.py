"""Valkey flushed, killed and started again under load, at the worker's own pace: nothing lost, nothing doubled.

A smaller version runs in every run: tests/workers/test_crashes.py.
"""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis import Redis
from sqlalchemy import text

from cardmesh.embedded.valkey import Valkey
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.events import service as events
from tests.fixtures.database import Databases
from tests.fixtures.promises import Promise
from tests.fixtures.receiver import Receiver

from . import stories
from .arena import Arena, Stage, running_arena
from .children import WORKER
from .load import agree, under_load
from .stories import until

pytestmark = pytest.mark.faults

LETTERS, FLUSHES = 12, 5
DRAIN_SECONDS, AGAIN_SECONDS = 15, 30
FLUSH = """
local held = 0
for _, key in ipairs(redis.call('keys', 'rq:queue:*')) do held = held + redis.call('llen', key) end
if held > 0 then redis.call('flushall') end
return held
"""


@pytest.fixture(scope="module")
def queues(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("queues"), persistent=False) as server:
        yield server


@pytest.fixture(scope="module")
def steady(databases: Databases, queues: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """An arena whose worker keeps the leases, sweeps and schedule of production."""
    name = databases.create()
    settings = replace(databases.settings(name), data_dir=tmp_path_factory.mktemp("steady"))
    with running_arena(settings, queues.url(), production=True) as arena:
        yield arena
    databases.drop(name)


def waiting(stage: Stage) -> int:
    """Jobs of the stage that are due and not done."""
    due = text("select count(*) from outbox where tenant_id = :tenant and state <> 'dead' and run_at <= now()")
    with transaction(tenancy.platform()) as session:
        return session.scalar(due, {"tenant": stage.market.tenant_id}) or 0


def flush(queues: Redis) -> int:
    """Empty Valkey in a moment when jobs lie in it; how many were lost."""
    held: list[int] = [0]

    def struck() -> int:
        held.append(int(str(queues.eval(FLUSH, 0))))
        return held[-1]

    until(struck, "a job in Valkey")
    return held[-1]


def kill(server: Valkey) -> None:
    assert server.pid
    os.killpg(server.pid, signal.SIGKILL)
    while server.alive:
        time.sleep(0.01)


def test_flushed_and_killed_under_load(steady: Arena, queues: Valkey, program: Receiver, promise: Promise) -> None:
    """Orders, letters and events keep coming while Valkey is emptied, is away, and comes back empty.

    What a flush lost has to be done before Valkey goes away: then workers look into PostgreSQL anyway.
    """
    stage = steady.stage()
    with transaction(tenancy.tenant(stage.market.tenant_id)) as session:
        events.create_endpoint(session, tenant_id=stage.market.tenant_id, url=program.url)
    sku = stage.market.sell(3_000, price=100, retail=200, warranty_hours=72)
    stage.notes["sku"] = stories.public_id("sku", sku)
    stage.market.fund(100_000_000)
    client = Redis.from_url(queues.url())
    numbers: list[str] = []

    def checkouts(count: int) -> None:
        for _ in range(count):
            numbers.append(stories.order(stage, buyer=f"b{len(numbers)}")["order"]["number"])

    with under_load(stage, programs=3) as load:
        flushed = []
        for _ in range(FLUSHES):
            checkouts(LETTERS // 4)
            flushed.append(flush(client))
    until(lambda: waiting(stage) == 0, "what the flushes lost")
    with under_load(stage, programs=3, name="M") as more:
        kill(queues)
        checkouts(LETTERS)
        until(lambda: more.acknowledged >= 30, "wallet orders without Valkey")
    served_without = more.acknowledged + LETTERS
    until(lambda: waiting(stage) == 0, "letters and events without Valkey")
    load.answers |= more.answers
    queues.stop()
    queues.start()
    back = time.monotonic()
    checkouts(LETTERS // 4)
    until(lambda: waiting(stage) == 0, "the backlog")
    seconds = time.monotonic() - back
    client.close()
    lost, doubled = agree(load)
    letters = [mail.subject for mail in steady.mail.store.search(to=f"@{stage.market.store.handle}.test", limit=500)]
    unsent = sum(not any(number in subject for subject in letters) for number in numbers)
    heard = b"".join(body for _, body in program.requests)
    untold = sum(answer["id"].encode() not in heard for answer in load.answers.values())
    assert (lost, doubled, unsent, untold) == (0, 0, 0, 0)
    assert len(set(numbers)) == len(numbers) and stage.market.stock(sku) == 3_000 - load.acknowledged - len(numbers)
    promise(
        f"Valkey flushed ×{FLUSHES} and killed under load",
        demanded=f"0 lost, 0 doubled, drained ≤ {DRAIN_SECONDS} s, checkout stays up",
        seen=f"0 of {load.acknowledged + len(numbers)} lost, 0 doubled, {sum(flushed)} jobs lost and sent again,"
        f" {seconds:.1f} s, {served_without} meanwhile",
        faults=sum(map(bool, flushed)) + 1,
    )


def test_the_job_of_a_dead_worker_runs_again(steady: Arena, promise: Promise) -> None:
    """kill -9 with the production lease of 20 s: how long until its job has had its one effect."""
    stage = steady.stage()
    stories.goods(stage)
    steady.arm(WORKER, "mail.composed")
    stories.order(stage)
    marker = steady.folder(WORKER) / "mail.composed#1"
    until(marker.exists, "the kill")
    began = marker.stat().st_mtime
    until(lambda: waiting(stage) == 0, "the job")
    seconds = time.time() - began
    letters = steady.mail.store.search(to=f"@{stage.market.store.handle}.test", limit=500)
    assert len(letters) == 1
    promise(
        "dead worker",
        demanded=f"its job runs again ≤ {AGAIN_SECONDS} s, no double effect",
        seen=f"{seconds:.1f} s, 1 letter",
        faults=steady.disarm(),
    )
