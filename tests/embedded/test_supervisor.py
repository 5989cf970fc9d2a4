from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from cardmesh.embedded import supervisor as module
from cardmesh.embedded.errors import ServiceFailed
from cardmesh.embedded.supervisor import Supervisor


@dataclass
class Part:
    """A part that dies when told to, and writes down what happens to it."""

    name: str
    diary: list[str]
    alive: bool = False
    failures: int = 0
    on_start: Callable[[], None] = field(default=lambda: None)

    def start(self) -> None:
        self.on_start()
        if self.failures:
            self.failures -= 1
            raise ServiceFailed(f"{self.name} cannot")
        self.alive = True
        self.diary.append(f"start {self.name}")

    def stop(self) -> None:
        self.alive = False
        self.diary.append(f"stop {self.name}")


class Clock:
    """Time that passes only while somebody sleeps; `script` says what happens at which second."""

    def __init__(self, script: dict[float, Callable[[], None]]) -> None:
        self.now = 0.0
        self.script = script

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for moment in sorted(at for at in self.script if at <= self.now):
            self.script.pop(moment)()


def interrupt() -> None:
    raise KeyboardInterrupt


def watch(parts: list[Part], script: dict[float, Callable[[], None]], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(module, "time", Clock(script))
    supervisor = Supervisor(said.append)
    for part in parts:
        supervisor.start(part)
    with pytest.raises(KeyboardInterrupt):
        supervisor.watch()
    supervisor.stop()
    return said


def test_the_last_started_is_stopped_first(monkeypatch: pytest.MonkeyPatch) -> None:
    diary: list[str] = []
    watch([Part("database", diary), Part("web", diary)], {1: interrupt}, monkeypatch)
    assert diary == ["start database", "start web", "stop web", "stop database"]


def test_what_dies_is_cleared_away_and_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    diary: list[str] = []
    worker = Part("worker", diary)
    said = watch([worker], {1: lambda: setattr(worker, "alive", False), 5: interrupt}, monkeypatch)
    assert diary == ["start worker", "stop worker", "start worker", "stop worker"]
    assert said == ["worker ended unexpectedly; starting it again in 0.5 s"]


def test_what_keeps_dying_is_tried_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Part("worker", [])

    def die_for_good() -> None:
        worker.alive, worker.failures = False, 10**6

    said = watch([worker], {1: die_for_good, 80: interrupt}, monkeypatch)
    waits = [line.rsplit(" ", 2)[1] for line in said if "unexpectedly" in line]
    assert waits == ["0.5", "1", "2", "4", "8", "16", "30", "30"]
    assert said.count("worker cannot") == 7


def test_a_start_that_is_interrupted_is_stopped_too() -> None:
    diary: list[str] = []
    supervisor = Supervisor(diary.append)
    with pytest.raises(KeyboardInterrupt):
        supervisor.start(Part("slow", diary, on_start=interrupt))
    supervisor.stop()
    assert diary == ["stop slow"]
