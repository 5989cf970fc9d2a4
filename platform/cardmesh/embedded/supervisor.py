"""Keeps the parts of one installation running: starts in order, restarts what dies, stops in reverse."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from cardmesh.embedded.errors import EmbeddedError

CHECK_SECONDS = 0.25
FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
CALM_SECONDS = 60.0
"""A part that ran this long is forgiven its earlier deaths."""


class Part(Protocol):
    """Anything that is started and stopped: a service, or a process of ours."""

    @property
    def name(self) -> str: ...

    @property
    def alive(self) -> bool: ...

    def start(self) -> object: ...

    def stop(self) -> None: ...


@dataclass
class _Watched:
    part: Part
    started: float
    backoff: float = FIRST_BACKOFF_SECONDS
    retry_at: float | None = field(default=None)


class Supervisor:
    """Owns running parts. Must live in one thread: the kernel ties a child's leash to the thread that started it."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._watched: list[_Watched] = []

    def start(self, part: Part) -> None:
        """Start and from now on watch `part`; what cannot start raises."""
        watched = _Watched(part, time.monotonic())
        self._watched.append(watched)  # first, so that an interrupted start is stopped too
        part.start()

    def watch(self) -> NoReturn:
        """Restart parts that die, until interrupted."""
        while True:
            for watched in self._watched:
                self._check(watched)
            time.sleep(CHECK_SECONDS)

    def stop(self) -> None:
        """Stop everything, the last started first."""
        while self._watched:
            self._watched.pop().part.stop()

    def _check(self, watched: _Watched) -> None:
        now = time.monotonic()
        if watched.part.alive:
            if now - watched.started > CALM_SECONDS:
                watched.backoff = FIRST_BACKOFF_SECONDS
        elif watched.retry_at is None:
            self._tell(f"{watched.part.name} ended unexpectedly; starting it again in {watched.backoff:g} s")
            watched.retry_at = now + watched.backoff
        elif now >= watched.retry_at:
            self._restart(watched)

    def _restart(self, watched: _Watched) -> None:
        watched.started, watched.retry_at = time.monotonic(), None
        watched.backoff = min(watched.backoff * 2, LONGEST_BACKOFF_SECONDS)
        watched.part.stop()  # clears away what the dead one left behind
        try:
            watched.part.start()
        except EmbeddedError as error:
            self._tell(str(error))
