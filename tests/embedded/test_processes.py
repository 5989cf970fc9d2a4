import sys
import textwrap
from pathlib import Path

import pytest

from cardmesh.embedded.errors import ServiceFailed
from cardmesh.embedded.processes import Process
from tests.embedded.observe import descendants, eventually, runs


def script(folder: Path, code: str) -> list[str]:
    path = folder / "child.py"
    path.write_text(textwrap.dedent(code))
    return [sys.executable, str(path)]


def test_what_fails_to_start_says_why_from_its_log(tmp_path: Path) -> None:
    argv = script(tmp_path, "raise SystemExit('no disk left')")
    process = Process(name="child", argv=argv, log=tmp_path / "logs" / "child.log", ready=lambda: False)
    with pytest.raises(ServiceFailed, match=r"(?s)child ended while starting.*no disk left"):
        process.start()


def test_what_never_gets_ready_is_stopped(tmp_path: Path) -> None:
    argv = script(tmp_path, "import time; print('waiting', flush=True); time.sleep(600)")
    process = Process(
        name="child", argv=argv, log=tmp_path / "log", ready=lambda: False, ready_seconds=0.5, grace_seconds=5
    )
    with pytest.raises(ServiceFailed, match="did not become ready"):
        process.start()
    assert not process.alive


def test_a_child_that_ignores_us_is_killed_with_all_it_started(tmp_path: Path) -> None:
    argv = script(
        tmp_path,
        """
        import os, pathlib, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", stubborn], process_group=0)
        pathlib.Path("up").touch()
        time.sleep(600)
        """,
    )
    up = tmp_path / "up"
    process = Process(name="child", argv=argv, log=tmp_path / "log", cwd=tmp_path, ready=up.exists, grace_seconds=0.2)
    process.start()
    assert process.pid
    family = descendants(process.pid)
    assert len(family) == 2
    process.stop()
    assert eventually(lambda: not any(runs(pid) for pid in family))


def test_a_task_tells_its_failure(tmp_path: Path) -> None:
    good = Process(name="good", argv=script(tmp_path, "pass"), log=tmp_path / "log")
    good.run()
    bad = Process(name="bad", argv=script(tmp_path, "raise SystemExit(3)"), log=tmp_path / "log")
    with pytest.raises(ServiceFailed, match="`bad` failed with exit code 3"):
        bad.run()


def test_a_large_log_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardmesh.embedded.processes.LARGEST_LOG_BYTES", 10)
    log = tmp_path / "log"
    log.write_text("x" * 11)
    Process(name="child", argv=script(tmp_path, "print('new')"), log=log).run()
    assert log.read_text() == "new\n"
    assert (tmp_path / "log.1").read_text() == "x" * 11
