"""The whole run loop on a real PostgreSQL and a real Valkey: nothing lost, nothing doubled, nobody starved."""

import time
from collections.abc import Callable

from redis import Redis

from cardmesh.embedded.valkey import Valkey
from cardmesh.kit.ids import new_id

from .jobs import effects, send, waiting


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait; the limit only keeps a broken loop from hanging the run."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_job_runs_by_redis_once(start: Callable[..., object], valkey: Valkey, redis: Redis) -> None:
    start(valkey.url())
    send("a", 20)
    until(lambda: waiting() == 0)
    assert effects() == [f"a{n}" for n in range(20)]
    assert redis.keys("rq:job:*") == []


def test_without_redis_jobs_come_straight_from_postgresql(start: Callable[..., object], world: object) -> None:
    start(None)
    send("a", 5)
    until(lambda: waiting() == 0)
    assert sorted(effects()) == [f"a{n}" for n in range(5)]


def test_a_flood_of_one_tenant_does_not_delay_another(
    start: Callable[..., object], valkey: Valkey, redis: Redis
) -> None:
    send("flood", 2000, tenant_id=new_id())
    start(valkey.url(), lanes=2)
    until(lambda: len(effects()) >= 20)
    before = len(effects())
    send("single", tenant_id=new_id())
    until(lambda: "single0" in effects())
    place = effects().index("single0")
    until(lambda: waiting() == 0)
    assert place < 1000, (before, place)
    assert len(effects()) == 2001
