"""Fail points: every name is reached somewhere, an order strikes once, and nothing happens unarmed or in production."""

import ast
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cardmesh.kit import failpoints
from cardmesh.kit.failpoints import POINTS, Fail, Nap, Pause, Struck, UnknownPoint, armed, reach
from tests.layout.project import ROOT

FOLDERS = ("platform/cardmesh", "workers", "site_builder")
POINT = "delivery.handed"
CHILD = """
import sys
from pathlib import Path
from cardmesh.kit import failpoints
failpoints.arm_process(Path(sys.argv[1]), production=False)
failpoints.arm_process(Path(sys.argv[1]), production=False)
for _ in range(int(sys.argv[2])):
    failpoints.reach("delivery.handed")
print("alive")
"""


def reached() -> list[str]:
    """The argument of every call of `reach` in the code."""
    calls = [
        node
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "reach"
    ]
    return [ast.literal_eval(call.args[0]) for call in calls]


def test_the_points_in_the_code_are_those_in_the_registry() -> None:
    assert set(reached()) == set(POINTS)


def test_an_unarmed_point_does_nothing() -> None:
    assert failpoints._actions is None
    reach(POINT)


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(UnknownPoint), armed("delivery.hnaded", Fail()):
        pass
    with armed(POINT, Nap(0)), pytest.raises(UnknownPoint):
        reach("delivery.hnaded")


def test_a_thread_stops_until_it_is_released() -> None:
    seen: list[str] = []

    def body() -> None:
        seen.append("before")
        reach(POINT)
        seen.append("after")

    with armed(POINT, Pause(thread="first")) as pause:
        reach(POINT)  # this thread is not meant
        first = threading.Thread(target=body, name="first")
        first.start()
        pause.wait()
        assert seen == ["before"]
        body()  # others pass
        assert seen == ["before", "before", "after"]
        pause.release()
        first.join()
    assert seen == ["before", "before", "after", "after"]
    assert failpoints._actions is None


def test_leaving_the_block_releases_and_nobody_waits_in_vain() -> None:
    with armed(POINT, Pause()) as pause:
        with pytest.raises(TimeoutError):
            pause.wait(0)
        stopped = threading.Thread(target=reach, args=(POINT,))
        stopped.start()
        pause.wait()
    stopped.join()
    with armed(POINT, Pause()) as pause:
        pause.release()
        reach(POINT)  # released before anybody came: nobody is stopped


def test_failures_strike_at_their_hits() -> None:
    with armed(POINT, Fail(first=2, times=2)) as outer, armed(POINT, Fail(OSError("full"), first=9)) as inner:
        reach(POINT)
        for _ in range(2):
            with pytest.raises(Struck):
                reach(POINT)
        reach(POINT)
    assert (outer.hits, inner.hits) == (4, 2), "what raises first keeps the hit from the next"


def child(folder: Path, hits: int) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "PYTHONPATH": f"{ROOT / 'platform'}"}
    command = [sys.executable, "-c", CHILD, str(folder), str(hits)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, cwd=ROOT)


def test_an_order_kills_once_at_its_hit_across_restarts(tmp_path: Path) -> None:
    (tmp_path / POINT).write_text("kill 4")
    assert child(tmp_path, 3).stdout == "alive\n"
    assert child(tmp_path, 2).returncode == -signal.SIGKILL
    assert child(tmp_path, 9).stdout == "alive\n"
    assert len(list(tmp_path.glob(f"{POINT}#*"))) == 3 + 1 + 9


def test_other_orders_raise_and_sleep(tmp_path: Path) -> None:
    (tmp_path / POINT).write_text("raise")
    assert "Struck: delivery.handed" in child(tmp_path, 1).stderr
    (tmp_path / POINT).write_text("sleep 0.01 2")
    assert child(tmp_path, 1).stdout == "alive\n"


def test_production_refuses_to_start(tmp_path: Path) -> None:
    (tmp_path / POINT).write_text("kill")
    code = "from cardmesh.app import create_app; create_app()"
    named = {"CARDMESH_ENV": "production", "FAIL_POINTS": str(tmp_path), "DATABASE_URL": "postgresql:///none"}
    environ = {**os.environ, **named, "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"}
    ended = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 1 and "FAIL_POINTS is set with CARDMESH_ENV=production" in ended.stderr
