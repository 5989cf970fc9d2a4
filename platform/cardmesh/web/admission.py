"""Who may work now: a crowd waits in line for a bounded time, then is told when to come back; callers take turns.

A process works on a few requests at once and lets some more wait. Whoever comes when the line is full, or waits too
long, hears 503 with Retry-After; a single caller that fills its part of the line hears 429. The line is served
round-robin by caller — an API key, a store's host — so that a flood of one costs the others one turn, not the line.
A small body is read before standing in line, and uploads have a line of their own: a slow sender holds nobody's place.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import TypeAlias
from wsgiref.types import StartResponse, WSGIEnvironment

WsgiApp: TypeAlias = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

WORKING = 8
"""Requests at work at once. Python runs one thread at a time; the others wait for the database."""
WAITING = 48
EACH = 40
"""Of one caller, at work and in line."""
THREADS = WORKING + WAITING + 8
"""A server's threads: enough that a refusal never waits for one."""
UPLOADS = 4
SMALL_BYTES = 64 * 1024
PATIENCE_SECONDS = 2.0
RETRY_SECONDS = 1
FREE = frozenset(("/healthz", "/readyz", "/metrics"))

BUSY = "503 Service Unavailable", "unavailable", "Busy; try again shortly", "系统繁忙，请稍后再试"
FLOOD = "429 Too Many Requests", "rate_limited", "Too many requests at once", "同时请求过多，请稍后再试"
_Refusal: TypeAlias = tuple[str, str, str, str]


@dataclass(eq=False)
class _Turn:
    """A place in line; `given` once it may work."""

    given: threading.Event = field(default_factory=threading.Event)


class Line:
    """Lets `working` at once through, callers in turn. One for each process."""

    def __init__(self, working: int = WORKING, waiting: int = WAITING, each: int = EACH) -> None:
        self._free, self._waiting, self._each = working, waiting, each
        self._present: dict[str, int] = {}
        self._lines: dict[str, deque[_Turn]] = {}
        self._callers: deque[str] = deque()
        self._in_line = 0
        self._lock = threading.Lock()

    def enter(self, caller: str, patience: float = PATIENCE_SECONDS) -> _Refusal | None:
        """Wait for a turn; None when it came (then `leave` must follow), else why not."""
        with self._lock:
            if self._present.get(caller, 0) >= self._each:
                return FLOOD
            if self._free and not self._in_line:
                self._free -= 1
                self._count(caller, 1)
                return None
            if self._in_line >= self._waiting:
                return BUSY
            turn = self._stand(caller)
        if turn.given.wait(patience):
            return None
        return self._give_up(caller, turn)

    def leave(self, caller: str) -> None:
        """Done: the next caller's longest-waiting request may work."""
        with self._lock:
            self._count(caller, -1)
            if not self._callers:
                self._free += 1
                return
            first = self._callers.popleft()
            self._step(first).given.set()
            if first in self._lines:
                self._callers.append(first)

    def _stand(self, caller: str) -> _Turn:
        turn = _Turn()
        if caller not in self._lines:
            self._lines[caller] = deque()
            self._callers.append(caller)
        self._lines[caller].append(turn)
        self._in_line += 1
        self._count(caller, 1)
        return turn

    def _step(self, caller: str) -> _Turn:
        turn = self._lines[caller].popleft()
        self._in_line -= 1
        if not self._lines[caller]:
            del self._lines[caller]
        return turn

    def _give_up(self, caller: str, turn: _Turn) -> _Refusal | None:
        with self._lock:
            if turn.given.is_set():  # in the last moment
                return None
            self._lines[caller].remove(turn)
            self._in_line -= 1
            if not self._lines[caller]:
                del self._lines[caller]
                self._callers.remove(caller)
            self._count(caller, -1)
            return BUSY

    def _count(self, caller: str, change: int) -> None:
        present = self._present.get(caller, 0) + change
        if present:
            self._present[caller] = present
        else:
            del self._present[caller]


class Admission:
    """WSGI middleware in front of everything else."""

    def __init__(self, wsgi_app: WsgiApp, line: Line | None = None) -> None:
        self._app = wsgi_app
        self._line = line or Line()
        self._uploads = Line(UPLOADS, UPLOADS, UPLOADS)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in FREE:
            return self._app(environ, start_response)
        caller = environ.get("HTTP_AUTHORIZATION") or environ.get("HTTP_HOST", "")
        line = self._line if _has_small_body(environ) else self._uploads
        if refusal := line.enter(caller):
            return _refuse(refusal, start_response)
        try:
            return self._app(environ, start_response)
        finally:
            line.leave(caller)


def _has_small_body(environ: WSGIEnvironment) -> bool:
    """Whether it has; it is in memory then."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("HTTP_TRANSFER_ENCODING") or not length.isdecimal() or int(length) > SMALL_BYTES:
        return False
    if int(length):
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
    return True


def _refuse(refusal: _Refusal, start_response: StartResponse) -> list[bytes]:
    """As cheap as an answer can be: this is where the machine is busiest."""
    status, code, english, chinese = refusal
    body = (
        f'{{"type":"/errors/{code}","title":"{english}","status":{status[:3]},"code":"{code}",'
        f'"detail":"{english} · {chinese}","retryable":true}}'
    ).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(RETRY_SECONDS)),
        ("Cache-Control", "no-store"),
    ]
    start_response(status, headers)
    return [body]
