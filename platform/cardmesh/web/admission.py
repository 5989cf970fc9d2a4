"""Who may work now: a crowd waits in line for a bounded time, then is told when to come back; callers share the places.

A process works on a few requests at once and lets some more wait. Whoever comes when the line is full, or waits too
long, hears 503 with Retry-After; a single caller that fills its part of the line hears 429. The places are shared by
whoever called in the last moments — by API key, or by a store's host — and the line is served in turns, so that a flood
of one costs the others its share, not the machine.
A small body is read before standing in line, and uploads have a line of their own: a slow sender holds nobody's place.
"""

import threading
import time
from collections import OrderedDict, deque
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
RECENT_SECONDS = 0.25
"""Who asked within these has a share of the places, whether at work just now or not."""
RETRY_SECONDS = 1
PAUSE_SECONDS = 0.1
PAUSED = 4
"""So many that asked for too much at once hear it after a pause: who is told at once asks at once again, and each time
costs the others. No more, for each holds one of the spare threads."""
FREE = frozenset(("/healthz", "/readyz", "/metrics"))

BUSY = "503 Service Unavailable", "unavailable", "Busy; try again shortly", "系统繁忙，请稍后再试"
FLOOD = "429 Too Many Requests", "rate_limited", "Too many requests at once", "同时请求过多，请稍后再试"
_Refusal: TypeAlias = tuple[str, str, str, str]


@dataclass(eq=False)
class _Caller:
    """How many requests of one caller are at work, and those that wait: each event is set once its turn has come."""

    at_work: int = 0
    waiting: deque[threading.Event] = field(default_factory=deque)
    seen: float = 0.0

    @property
    def present(self) -> int:
        return self.at_work + len(self.waiting)


class Line:
    """Lets `working` at once through, callers in turn. One for each process."""

    def __init__(self, working: int = WORKING, waiting: int = WAITING, each: int = EACH) -> None:
        self._working, self._waiting, self._each = working, waiting, each
        self._free, self._in_line = working, 0
        self._callers: OrderedDict[str, _Caller] = OrderedDict()
        """Longest unseen first."""
        self._turns: deque[_Caller] = deque()
        """Who has requests in line, next first."""
        self._lock = threading.Lock()

    def enter(self, name: str, patience: float = PATIENCE_SECONDS) -> _Refusal | None:
        """Wait for a turn; None when it came (then `leave` must follow), else why not."""
        with self._lock:
            caller = self._see(name)
            if caller.present >= self._each:
                return FLOOD
            if self._in_line >= self._waiting and not self._may_begin(caller):
                return BUSY
            turn = self._stand(caller)
            self._admit()
        if turn.wait(patience):
            return None
        return self._give_up(caller, turn)

    def leave(self, name: str) -> None:
        """Done: the next caller's longest-waiting request may work."""
        with self._lock:
            self._callers[name].at_work -= 1
            self._free += 1
            self._forget(time.monotonic() - RECENT_SECONDS)
            self._admit()

    def _see(self, name: str) -> _Caller:
        caller = self._callers.setdefault(name, _Caller())
        caller.seen = time.monotonic()
        self._callers.move_to_end(name)
        self._forget(caller.seen - RECENT_SECONDS)
        return caller

    def _forget(self, before: float) -> None:
        """Callers unseen since then hold no share, unless they are still here."""
        for name, caller in list(self._callers.items()):
            if caller.seen > before:
                break
            if not caller.present:
                del self._callers[name]

    def _stand(self, caller: _Caller) -> threading.Event:
        turn = threading.Event()
        if not caller.waiting:
            self._turns.append(caller)
        caller.waiting.append(turn)
        self._in_line += 1
        return turn

    def _may_begin(self, caller: _Caller) -> bool:
        """A place is free and within the caller's share: rounded up, so that none is kept empty for nobody."""
        share = -(-self._working // len(self._callers))
        return self._free > 0 and caller.at_work < share

    def _admit(self) -> None:
        """Give the free places to those in line who are below their share, in turn."""
        passed_over = 0
        while self._free and passed_over < len(self._turns):
            caller = self._turns.popleft()
            if self._may_begin(caller):
                caller.waiting.popleft().set()
                caller.at_work += 1
                self._free -= 1
                self._in_line -= 1
                passed_over = 0
            else:
                passed_over += 1
            if caller.waiting:
                self._turns.append(caller)

    def _give_up(self, caller: _Caller, turn: threading.Event) -> _Refusal | None:
        with self._lock:
            if turn.is_set():  # in the last moment
                return None
            caller.waiting.remove(turn)
            self._in_line -= 1
            if not caller.waiting:
                self._turns.remove(caller)
            return BUSY


class Admission:
    """WSGI middleware in front of everything else."""

    def __init__(
        self, wsgi_app: WsgiApp, line: Line | None = None, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._app = wsgi_app
        self._pause = pause
        self._pauses = threading.BoundedSemaphore(PAUSED)
        self._line = line or Line()
        self._uploads = Line(UPLOADS, UPLOADS, UPLOADS)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in FREE:
            return self._app(environ, start_response)
        caller = environ.get("HTTP_AUTHORIZATION") or environ.get("HTTP_HOST", "")
        line = self._line if _has_small_body(environ) else self._uploads
        if refusal := line.enter(caller):
            if refusal is FLOOD:
                self._slow_down()
            return _refuse(refusal, start_response)
        try:
            return self._app(environ, start_response)
        finally:
            line.leave(caller)

    def _slow_down(self) -> None:
        if self._pauses.acquire(blocking=False):
            try:
                self._pause(PAUSE_SECONDS)
            finally:
                self._pauses.release()


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
