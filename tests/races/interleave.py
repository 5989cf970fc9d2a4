"""Two verbs in an order that the test chooses: one stands at a named point while the other runs.

    @between(("pay", "order.paid", "cancel"), ("cancel", "order.released", "pay"))
    def test_…(race: Race, …) -> None:
        ends = race.run(pay=…, cancel=…)        the first is stopped, the second runs, the first goes on

The second may have to wait for what the first holds; then the first goes on, and the second is seen to end. Nothing
here depends on how long anything takes: a thread stands at its point, has ended, or waits for a lock in PostgreSQL.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import event, text

from cardmesh.kit.db import ScopedSession, db
from cardmesh.kit.errors import MeshError
from cardmesh.kit.failpoints import PATIENCE_SECONDS, Pause, armed

Deed = Callable[[], object]

UNCOMMITTED = "uncommitted"
"""Stands for a point in verbs that have none of their own: all is written, nothing committed. `uncommitted 2` is the
second transaction of the one who stops."""

GLANCE_SECONDS = 0.02
TRAIL_ROUNDS = int(PATIENCE_SECONDS / GLANCE_SECONDS)

_BLOCKED = text(
    "select exists (select from pg_stat_activity"
    " where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0)"
)


def between(*cases: tuple[str, str, str]) -> pytest.MarkDecorator:
    """One run for each (who stops, where, who runs meanwhile); the test takes `race`."""
    names = ["-".join(case).replace(" ", "") for case in cases]
    return pytest.mark.parametrize("race", cases, indirect=True, ids=names)


class _Actor(threading.Thread):
    """Does its deed in an application context of its own, as a request or a job would."""

    def __init__(self, app: Flask, name: str, deed: Deed) -> None:
        super().__init__(name=name, daemon=True)
        self._app, self._deed = app, deed
        self.over = threading.Event()
        self.outcome: object = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with self._app.app_context():
                self.outcome = self._deed()
        except MeshError as refusal:
            self.outcome = refusal.code
        except BaseException as error:
            self.error = error
        finally:
            self.over.set()

    def end(self) -> object:
        """What the deed returned, or the code of its refusal; whatever else it met is raised here."""
        assert self.over.wait(PATIENCE_SECONDS), f"{self.name} never ended"
        self.join()
        if self.error is not None:
            raise self.error
        return self.outcome


@dataclass
class Race:
    """One interleaving. `happened` once the first stood at its point; `waited`: the second had to wait for it."""

    app: Flask
    first: str
    point: str
    second: str
    happened: bool = False
    waited: bool = False
    ends: dict[str, object] = field(default_factory=dict)

    def run(self, **deeds: Deed) -> dict[str, object]:
        """The outcome of both deeds by name: what they returned, or the code of their refusal."""
        first, second = (_Actor(self.app, name, deeds[name]) for name in (self.first, self.second))
        with _stopped_at(self.point, first) as pause:
            first.start()
            _until_it_stands(first, pause)
            self.happened = True
            second.start()
            self.waited = _waits(second)
            pause.release()
            self.ends = {first.name: first.end(), second.name: second.end()}
        return self.ends


@contextmanager
def _stopped_at(point: str, actor: _Actor) -> Iterator[Pause]:
    if not point.startswith(UNCOMMITTED):
        with armed(point, Pause(actor)) as pause:
            yield pause
        return
    pause, left = Pause(actor), [int(point.removeprefix(UNCOMMITTED) or 1)]

    def stop(session: ScopedSession) -> None:
        if threading.current_thread() is actor and not session.in_nested_transaction():
            session.flush()
            left[0] -= 1
            if left[0] == 0:
                pause()

    event.listen(ScopedSession, "before_commit", stop)
    try:
        yield pause
    finally:
        event.remove(ScopedSession, "before_commit", stop)
        pause.release()


def _until_it_stands(actor: _Actor, pause: Pause) -> None:
    for _ in range(TRAIL_ROUNDS):
        try:
            return pause.wait(GLANCE_SECONDS)
        except TimeoutError:
            assert not actor.over.is_set(), f"{actor.name} ended with {actor.end()!r} and never came to the point"
    raise AssertionError(f"{actor.name} neither came to the point nor ended")


def _waits(actor: _Actor) -> bool:
    """False: it has ended. True: it stands in PostgreSQL behind a lock of the first."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
        for _ in range(TRAIL_ROUNDS):
            if actor.over.wait(GLANCE_SECONDS):
                return False
            if watcher.scalar(_BLOCKED):
                return not actor.over.is_set()
    raise AssertionError(f"{actor.name} neither ended nor waited for a lock")
