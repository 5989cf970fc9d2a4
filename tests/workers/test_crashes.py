"""Killed workers, a flushed or stopped Valkey: every job still has exactly one effect."""

import os
import signal
import subprocess
import sys
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import text

from cardmesh.embedded.valkey import Valkey
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.settings import Settings

from .conftest import FAST, Start
from .jobs import effects, send, waiting
from .waiting import until

ROOT = Path(__file__).parents[2]
WORKER = """
import threading
from cardmesh.settings import Settings
from tests.workers.conftest import FAST
from tests.workers.jobs import JOBS
from workers.run import serve
serve(Settings.from_env(), JOBS, lanes=1, pace=FAST, stopping=threading.Event(), schedule=())
"""


def environment(settings: Settings) -> dict[str, str]:
    values = {field.name.upper(): getattr(settings, field.name) for field in fields(settings)}
    own = {name: str(value) for name, value in values.items() if value}
    return os.environ | own | {"PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}"}


def advanced(beyond: int) -> bool:
    return waiting() == 0 or len(effects()) > beyond


def leased() -> int:
    with transaction(tenancy.platform()) as session:
        return session.scalar(text("select count(*) from outbox where state = 'leased'")) or 0


@pytest.mark.parametrize("by_redis", [True, False], ids=["redis", "postgresql"])
def test_the_job_of_a_killed_worker_runs_again_with_one_effect(
    world: Settings, start: Start, valkey: Valkey, redis: Redis, by_redis: bool
) -> None:
    url = valkey.url() if by_redis else None
    send("slow", job="test.slow", seconds=2)
    first = subprocess.Popen([sys.executable, "-c", WORKER], env=environment(replace(world, redis_url=url)))
    until(lambda: leased() == 1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert effects() == []
    start(url)
    until(lambda: waiting() == 0)
    assert effects() == ["slow0"]


def test_a_worker_told_to_stop_ends_its_job_first(world: Settings, valkey: Valkey, redis: Redis, start: Start) -> None:
    stopping = start(valkey.url())
    send("slow", job="test.slow", seconds=1)
    until(lambda: leased() == 1)
    stopping.set()
    until(lambda: waiting() == 0)
    assert effects() == ["slow0"]


def test_the_command_ends_cleanly_on_sigterm(world: Settings, valkey: Valkey, redis: Redis) -> None:
    """`cardmesh worker` with the real jobs and their schedule, in an empty installation."""
    command = [sys.executable, "-m", "cardmesh", "worker", "--lanes", "2"]
    worker = subprocess.Popen(
        command, env=environment(replace(world, redis_url=valkey.url())), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    until(lambda: redis.scard("rq:workers") == 2 or worker.poll() is not None)
    worker.send_signal(signal.SIGTERM)
    _, log = worker.communicate()
    assert (worker.returncode, redis.scard("rq:workers")) == (0, 0), log
    assert "Traceback" not in log and "failed" not in log


def test_a_long_job_keeps_its_lease(start: Start, valkey: Valkey, redis: Redis) -> None:
    start(valkey.url(), lanes=2)
    send("slow", job="test.slow", seconds=int(FAST.lease * 3))
    until(lambda: waiting() == 0)
    assert effects() == ["slow0"]


def test_a_flushed_valkey_loses_nothing(start: Start, valkey: Valkey, redis: Redis) -> None:
    send("a", 60)
    start(valkey.url(), lanes=2)
    flushed = count = 0
    while waiting():
        flushed += bool(redis.keys("rq:queue:*"))
        redis.flushall()
        until(partial(advanced, beyond=count))
        count = len(effects())
    assert flushed, "nothing was in Valkey when it was flushed: nothing was shown"
    assert sorted(effects()) == sorted(f"a{n}" for n in range(60))


def test_a_stopped_valkey_stops_no_work(start: Start, tmp_path: Path) -> None:
    with Valkey(tmp_path, persistent=False) as server:
        start(server.url(), lanes=2)
        send("before", 5)
        until(lambda: waiting() == 0)
    send("during", 5)
    until(lambda: waiting() == 0)
    with Valkey(tmp_path, persistent=False):
        send("after", 5)
        until(lambda: waiting() == 0)
    assert sorted(effects()) == sorted(f"{when}{n}" for when in ("before", "during", "after") for n in range(5))
