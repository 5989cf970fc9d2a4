"""A crowd waits in turn and for a bounded time; whoever cannot be served hears so at once."""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from cardmesh.web.admission import BUSY, FLOOD, PAUSE_SECONDS, PAUSED, RECENT_SECONDS, Admission, Line


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def standing(line: Line, count: int) -> None:
    """Until so many wait in line."""
    while line._in_line < count:
        threading.Event().wait(0.002)


def quiet(line: Line, *, places: int) -> bool:
    """Nobody is left in it."""
    idle = all(not caller.present for caller in line._callers.values())
    return (line._free, line._in_line, len(line._turns), idle) == (places, 0, 0, True)


def test_as_many_as_fit_work_at_once() -> None:
    line = Line(working=2, waiting=0)
    assert [line.enter("a"), line.enter("b"), line.enter("c", patience=3600)] == [None, None, BUSY], "not even a moment"
    line.leave("a")
    assert line.enter("c") is None


def test_one_caller_cannot_fill_the_line() -> None:
    line = Line(working=1, waiting=10, each=3)
    assert line.enter("flood") is None
    waiting = [in_thread(lambda: line.enter("flood", 30)) for _ in range(2)]
    standing(line, 2)
    assert line.enter("flood") is FLOOD
    assert line.enter("other", 0.01) is BUSY, "there is room to wait, nobody leaves"
    for _ in range(3):
        line.leave("flood")
    for thread in waiting:
        thread.join(10)
    assert quiet(line, places=1)


def test_callers_take_turns() -> None:
    """Five of a flood stand in line before two others come; those are served second and fourth, not last."""
    line, served = Line(working=1, waiting=10, each=9), []
    assert line.enter("first") is None

    def stand(caller: str) -> None:
        assert line.enter(caller, 30) is None
        served.append(caller)

    threads = []
    for count, caller in enumerate(["flood"] * 5 + ["a", "b"], start=1):
        threads.append(in_thread(lambda caller=caller: stand(caller)))
        standing(line, count)
    done = "first"
    for count in range(1, 8):
        line.leave(done)
        while len(served) < count:
            threading.Event().wait(0.002)
        done = served[-1]
    line.leave(done)
    for thread in threads:
        thread.join(10)
    assert served == ["flood", "a", "b", "flood", "flood", "flood", "flood"]
    assert quiet(line, places=1)


def test_a_flood_leaves_places_free_for_who_asked_just_now() -> None:
    """Two callers and four places: the flood holds two of them, and the other finds one without waiting."""
    line = Line(working=4, waiting=9, each=9)
    assert line.enter("other") is None
    line.leave("other")
    flood = [in_thread(lambda: line.enter("flood", 30)) for _ in range(5)]
    standing(line, 3)
    assert [line.enter("other", 0), line.enter("other", 0)] == [None, None]
    assert line.enter("other", 0) is BUSY
    for caller in ("other", "other", *["flood"] * 5):
        line.leave(caller)
    for thread in flood:
        thread.join(10)
    assert quiet(line, places=4)


def test_who_is_gone_has_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 100.0
    monkeypatch.setattr("cardmesh.web.admission.time.monotonic", lambda: moment)
    line = Line(working=2, waiting=0)
    for caller in ("a", "b"):
        assert line.enter(caller) is None
        line.leave(caller)
    assert [line.enter("a"), line.enter("a")] == [None, BUSY]
    moment += RECENT_SECONDS + 0.01
    assert line.enter("a") is None


def test_who_waits_too_long_is_told_and_leaves_no_trace() -> None:
    line = Line(working=1, waiting=5)
    assert line.enter("a") is None
    assert line.enter("b", 0.02) is BUSY
    assert line._in_line == 0
    line.leave("a")
    assert quiet(line, places=1)
    assert line.enter("b") is None


def test_a_crowd_never_works_more_than_allowed() -> None:
    line, at_work, most, lock = Line(working=3, waiting=60, each=60), [0], [0], threading.Lock()

    def work(caller: str) -> None:
        for _ in range(50):
            if line.enter(caller, 30) is None:
                with lock:
                    at_work[0] += 1
                    most[0] = max(most[0], at_work[0])
                with lock:
                    at_work[0] -= 1
                line.leave(caller)

    threads = [in_thread(lambda caller=caller: work(caller)) for caller in "aaaaabbbcd"]
    for thread in threads:
        thread.join(60)
    assert 1 <= most[0] <= 3
    assert quiet(line, places=3)


@pytest.mark.parametrize(("path", "status"), [("/v1/orders", "503 Service Unavailable"), ("/healthz", "200 OK")])
def test_the_answer_of_a_full_house(path: str, status: str) -> None:
    answers: list[tuple[str, dict[str, str]]] = []

    def app(_environ: Any, start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return [b""]

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:
        answers.append((status, dict(headers)))

    full = Admission(app, Line(working=0, waiting=0))
    body = b"".join(full({"PATH_INFO": path, "HTTP_HOST": "localhost"}, start))
    assert answers[0][0] == status
    if status.startswith("503"):
        assert answers[0][1]["Retry-After"] == "1"
        assert json.loads(body)["code"] == "unavailable" and json.loads(body)["retryable"] is True


def test_a_flood_is_slowed_down_by_few_threads() -> None:
    """Of seven more than a caller may have, four hear so after a pause and the rest at once, not to hold a thread."""
    answers: list[str] = []
    pausing, end = [], threading.Event()

    def pause(seconds: float) -> None:
        pausing.append(seconds)
        assert end.wait(30)

    def ask() -> None:
        house({"PATH_INFO": "/v1/x", "HTTP_HOST": "flood"}, lambda status, *_: answers.append(status) or print)

    line = Line(working=1, waiting=9, each=1)
    house = Admission(lambda *_: [], line, pause=pause)
    assert line.enter("flood") is None
    threads = [in_thread(ask) for _ in range(PAUSED)]
    while len(pausing) < PAUSED:
        threading.Event().wait(0.002)
    for _ in range(3):
        ask()
    assert answers == ["429 Too Many Requests"] * 3 and pausing == [PAUSE_SECONDS] * PAUSED
    end.set()
    for thread in threads:
        thread.join(30)
    assert len(answers) == PAUSED + 3


class Slow:
    """A body whose sender takes its time."""

    def __init__(self) -> None:
        self.asked, self.come = threading.Event(), threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.asked.set()
        assert self.come.wait(30)
        return b"{}"


@pytest.mark.parametrize("length", ["2", str(10_000_000)])
def test_slow_senders_hold_nobody_up(length: str) -> None:
    """Eight bodies that do not come: a small one waits outside the line, a large one in that of uploads."""

    def app(environ: Any, start: Any) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            environ["wsgi.input"].read(2)
        start("200 OK", [])
        return [b""]

    def ask(body: Any, length: str) -> None:
        environ = {"PATH_INFO": "/v1/x", "HTTP_HOST": "a", "CONTENT_LENGTH": length, "wsgi.input": body}
        b"".join(house(environ, start))

    def start(status: str, *_: object) -> Any:
        answers.append(status)

    answers: list[str] = []
    house, slow = Admission(app, Line(working=1, waiting=0)), [Slow() for _ in range(4)]
    threads = [in_thread(lambda body=body: ask(body, length)) for body in slow]
    for body in slow:
        assert body.asked.wait(30)
    ask(None, "")
    assert answers == ["200 OK"]
    for body in slow:
        body.come.set()
    for thread in threads:
        thread.join(30)


def test_a_request_that_fails_gives_its_place_back() -> None:
    def broken(_environ: Any, _start: Any) -> Iterable[bytes]:
        raise RuntimeError("bug")

    line = Line(working=1, waiting=0)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="bug"):
            Admission(broken, line)({"PATH_INFO": "/", "HTTP_HOST": "localhost"}, lambda *_: lambda _data: None)
    assert line._free == 1
