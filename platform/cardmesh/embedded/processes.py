"""One child process: started on a leash, waited for, logged, stopped with everything it started."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cardmesh.embedded.errors import ServiceFailed

LEASH = Path(__file__).with_name("leash.py")
POLL_SECONDS = 0.02
LOG_TAIL_LINES = 15
LARGEST_LOG_BYTES = 20_000_000


@dataclass(kw_only=True)
class Process:
    """A command with a log file, in a session of its own so that Ctrl-C reaches only the supervisor.

    `ready` tells when others may rely on it; `stop_signal` asks it to end, and is what it gets should we die first.
    """

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    ready: Callable[[], bool] = lambda: True
    ready_seconds: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start and wait until `ready()`; raises `ServiceFailed` with the log's tail if it never is."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        _rotate(self.log)
        with self.log.open("ab") as log:
            leash = [sys.executable, "-I", "-S", str(LEASH), str(int(self.stop_signal)), str(os.getpid())]
            self._child = subprocess.Popen(
                [*leash, *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if self.env is None else dict(self.env),
                cwd=self.cwd,
                start_new_session=True,
                close_fds=False,  # the data folder's lock is inherited on purpose, all else closes itself
            )
        self._wait_until_ready(time.monotonic() + self.ready_seconds)

    def run(self) -> None:
        """Start and wait for the end; raises `ServiceFailed` when it fails, stops it when we are interrupted."""
        self.start()
        try:
            code = self._child.wait() if self._child else 0
        finally:
            self.stop()
        if code:
            raise ServiceFailed(f"`{self.name}` failed with exit code {code}.\n{self._tail()}")

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """Ask, wait for `grace_seconds`, then kill; also kills whatever the child left in its session."""
        if self._child is None:
            return
        if self.alive:
            self._child.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(self.grace_seconds)
        kill_session(self._child.pid)
        self._child.wait()
        self._child = None

    def _wait_until_ready(self, deadline: float) -> None:
        while not self.ready():
            if not self.alive:
                raise ServiceFailed(f"{self.name} ended while starting.\n{self._tail()}")
            if time.monotonic() > deadline:
                self.stop()
                raise ServiceFailed(f"{self.name} did not become ready in time.\n{self._tail()}")
            time.sleep(POLL_SECONDS)

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return "\n".join([f"The end of {self.log}:", *(f"  {line}" for line in lines)])


def _rotate(log: Path) -> None:
    """Keep one older file, so that a log never eats the disk."""
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def kill_session(leader: int) -> None:
    """SIGKILL what is left of the session that `leader` opened (workers' children leave its group)."""
    for pid in _session_members(leader):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _session_members(leader: int) -> list[int]:
    if not Path("/proc/self/stat").exists():
        return [leader]
    members: list[int] = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.getsid(int(entry.name)) == leader:
                    members.append(int(entry.name))
    return members
