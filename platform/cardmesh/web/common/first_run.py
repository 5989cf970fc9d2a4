"""The first run of each party: a list of steps that stays on the console's home until each is done or put aside.

Each console's package fills in its own guide. Whether a step is done is read from what it is about; only that somebody
put one aside is kept (`identity.first_run`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Flask, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.first_run import service as first_run
from ...kit.db import transaction
from ...kit.i18n import Text
from . import forms
from .console import HOME, allow, person, scope
from .requests import locale


@dataclass(frozen=True)
class Line:
    """A step as a guide writes it. `endpoint` is where it is done; the console's facts may name another address."""

    name: str
    title: Text
    about: Text
    label: Text
    endpoint: str
    anchor: str = ""
    posted: bool = False
    """Whether it is done by one press, which the endpoint takes as a form."""


@dataclass(frozen=True)
class Facts:
    """What of a guide is done, and where a step is to be done if not at its endpoint."""

    done: Mapping[str, bool]
    places: Mapping[str, str]


@dataclass(frozen=True)
class Guide:
    """A party's first run."""

    title: Text
    lines: tuple[Line, ...]
    facts: Callable[[Session], Facts]


@dataclass(frozen=True)
class Step:
    """A line as it stands for the signed-in party."""

    line: Line
    number: int
    url: str
    done: bool
    skipped: bool

    @property
    def open(self) -> bool:
        return not (self.done or self.skipped)

    @property
    def title(self) -> str:
        return self.line.title.render(locale())

    @property
    def about(self) -> str:
        return self.line.about.render(locale())

    @property
    def label(self) -> str:
        return self.line.label.render(locale())


@dataclass(frozen=True)
class Checklist:
    """All steps, in order."""

    title: str
    steps: tuple[Step, ...]

    @property
    def current(self) -> Step | None:
        """The first that is open; None once all are done or put aside."""
        return next((step for step in self.steps if step.open), None)

    @property
    def passed(self) -> int:
        return sum(not step.open for step in self.steps)


GUIDES: dict[str, Guide] = {}
"""By party; filled by each console's package."""


def read(session: Session) -> Checklist:
    """The signed-in party's checklist."""
    guide = GUIDES[person().party]
    facts, skipped = guide.facts(session), first_run.skipped(session, person().party_id)
    steps = tuple(
        Step(
            line,
            number,
            facts.places.get(line.name) or url_for(line.endpoint, _anchor=line.anchor or None),
            facts.done[line.name],
            line.name in skipped,
        )
        for number, line in enumerate(guide.lines, start=1)
    )
    return Checklist(guide.title.render(locale()), steps)


def checklist() -> Checklist:
    """The same for a template, in a transaction of its own."""
    with transaction(scope()) as session:
        return read(session)


def go_on(session: Session) -> str:
    """Where the next open step is done; the home when there is none."""
    step = read(session).current
    return step.url if step and not step.line.posted else url_for(HOME[person().party])  # pyright: ignore[reportArgumentType] - its own value


def add_first_run(blueprint: Blueprint) -> None:
    """`/start/skip` and `/start/take-up`: put a step aside, and back."""

    @blueprint.post("/start/skip")
    @allow("manager")
    def start_skip() -> Response:
        with transaction(scope()) as session:
            first_run.skip(session, party_id=person().party_id, step=_step())
            return redirect(go_on(session) if request.form.get("go_on") else url_for(f"{blueprint.name}.home"))

    @blueprint.post("/start/take-up")
    @allow("manager")
    def start_take_up() -> Response:
        with transaction(scope()) as session:
            first_run.take_up(session, party_id=person().party_id, step=_step())
        return redirect(url_for(f"{blueprint.name}.home"))


def register(app: Flask) -> None:
    """What every template may ask about the first run."""
    app.jinja_env.globals.update(checklist=checklist)


def _step() -> str:
    return forms.choice(request.form, "step", tuple(line.name for line in GUIDES[person().party].lines))
