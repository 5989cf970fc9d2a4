"""The whole run loop on a real PostgreSQL and a real Valkey: every job once, and nobody starved."""

import uuid
from dataclasses import replace

import pytest
from redis import Redis

from cardmesh.embedded.valkey import Valkey
from cardmesh.kit.ids import new_id

from .conftest import FAST, Start
from .jobs import effects, send, waiting
from .waiting import until

FLOOD = 2000


def test_jobs_run_by_redis_once_and_in_order(start: Start, valkey: Valkey, redis: Redis) -> None:
    start(valkey.url())
    send("a", 20)
    until(lambda: waiting() == 0)
    assert effects() == [f"a{n}" for n in range(20)]
    until(lambda: not redis.keys("rq:job:*"))


def test_without_redis_jobs_come_straight_from_postgresql(start: Start) -> None:
    start(None, lanes=3)
    send("a", 20)
    until(lambda: waiting() == 0)
    assert sorted(effects()) == sorted(f"a{n}" for n in range(20))


@pytest.mark.parametrize("lanes", [1, 2])
def test_a_queued_flood_of_one_tenant_lets_another_pass(start: Start, valkey: Valkey, redis: Redis, lanes: int) -> None:
    """One lane has only the order of the queues to be fair by; several also leave room for others."""
    send("flood", FLOOD, tenant_id=uuid.UUID(int=1))
    send("single", tenant_id=uuid.UUID(int=2))
    start(valkey.url(), lanes=lanes)
    until(lambda: "single0" in effects())
    assert effects().index("single0") <= 5


def test_a_running_flood_of_one_tenant_lets_a_new_one_pass(start: Start, valkey: Valkey, redis: Redis) -> None:
    send("flood", FLOOD, tenant_id=new_id())
    start(valkey.url(), lanes=2)
    until(lambda: len(effects()) >= 5)
    before = len(effects())
    send("single", tenant_id=new_id())
    until(lambda: "single0" in effects())
    assert effects().index("single0") - before < FLOOD // 4
    assert waiting() > FLOOD // 4, "the flood was over before the single job came: nothing was shown"


def test_without_redis_a_flood_lets_another_pass_too(start: Start) -> None:
    send("flood", 300, tenant_id=uuid.UUID(int=1))
    send("single", tenant_id=uuid.UUID(int=2))
    start(None, lanes=1)
    until(lambda: "single0" in effects())
    assert effects().index("single0") <= 5


def test_slow_jobs_of_one_tenant_never_take_all_lanes(start: Start, valkey: Valkey, redis: Redis) -> None:
    send("slow", 4, job="test.slow", tenant_id=new_id(), seconds=3)
    start(valkey.url(), lanes=2, pace=replace(FAST, lease=20.0))
    until(lambda: redis.keys("rq:executions:*") or redis.keys("rq:wip:*"))
    send("single", tenant_id=new_id())
    until(lambda: "single0" in effects())
    assert effects().index("single0") <= 1
