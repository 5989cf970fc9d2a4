"""Child processes that a test may kill: what dies is started again, as the supervisor of an installation does."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import requests

from cardmesh.settings import Settings
from tests.fixtures.installation import free_port

ROOT = Path(__file__).parents[2]
WEB, WORKER = "web", "worker"
LOOK_SECONDS = 0.1


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """What makes a child serve the installation of `settings`."""
    own = {one.name.upper(): str(value) for one in fields(settings) if (value := getattr(settings, one.name))}
    return {**os.environ, **own, **more, "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}"}


def web_command(port: int, threads: int = 8, workers: int = 1) -> list[str]:
    """gunicorn as in production; its master starts a killed worker again."""
    size = ["--workers", str(workers), "--threads", str(threads), "--timeout", "120", "--graceful-timeout", "2"]
    serve = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--no-control-socket"]
    quiet = ["--log-level", "warning", "--config", "python:tests.faults.preloaded"]
    return [sys.executable, "-m", "gunicorn", *serve, *size, *quiet, "cardmesh.app:create_wsgi()"]


@dataclass
class Children:
    """Processes by name, watched by a thread until `stop`."""

    folder: Path
    deaths: int = 0
    _started: dict[str, tuple[Sequence[str], Mapping[str, str]]] = field(default_factory=dict)
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _watcher: threading.Thread | None = None

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        with self._lock:
            self._started[name] = (command, environ)
            self._spawn(name)
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch)
            self._watcher.start()

    def kill(self, name: str) -> None:
        """kill -9, with everything it started."""
        with self._lock:
            os.killpg(self._running[name].pid, signal.SIGKILL)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def stop(self) -> None:
        self._stopping.set()
        if self._watcher:
            self._watcher.join()
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _spawn(self, name: str) -> None:
        command, environ = self._started[name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, env=environ, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            with self._lock:
                for name, process in list(self._running.items()):
                    if process.poll() is not None:
                        self.deaths += 1
                        self._spawn(name)


def await_web(port: int, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
            return
        except requests.RequestException:
            assert time.monotonic() < end, "the web process did not start"
            time.sleep(0.1)


__all__ = ["ROOT", "WEB", "WORKER", "Children", "await_web", "environment", "free_port", "web_command"]
