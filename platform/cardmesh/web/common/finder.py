"""Ctrl-K: one field that finds a console's screens and its own things, for a script and as a page of its own."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from ...kit.db import transaction
from ...kit.i18n import Text
from .console import navigation, person, render, scope, t
from .roles import may_see

EACH = 5
"""Things of one kind; whoever wants more opens the list."""
SCREENS = Text("页面", "Screens")


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: what kind of thing, its name, a word beside it, and the screen that shows it."""

    group: Text
    label: str
    detail: str
    endpoint: str
    href: str


Finder = Callable[[Session, str], Iterable[Hit]]
FINDERS: dict[str, Sequence[Finder]] = {}
"""What a console looks through besides its screens, by party; each adds its own."""


def hit(group: Text, label: str, detail: str, endpoint: str, **values: Any) -> Hit:
    return Hit(group, label, detail, endpoint, url_for(endpoint, **values))


def find(q: str) -> list[Hit]:
    """Screens, then things that the signed-in person may see; all screens when nothing is asked."""
    found = list(_screens(q))
    if len(q) > 1:
        with transaction(scope()) as session:
            found += [one for finder in FINDERS.get(person().party, ()) for one in finder(session, q)]
    return [one for one in found if may_see(person().role, one.endpoint)]


def _screens(q: str) -> Iterable[Hit]:
    """By their names in both languages: people remember one of them."""
    for item in navigation(person()):
        if not q or any(q.casefold() in name.casefold() for name in (item.zh, item.en)):
            yield Hit(SCREENS, t(item.zh, item.en), "", item.endpoint, url_for(item.endpoint))


def add_find_pages(blueprint: Blueprint) -> None:
    """`/find`, and its answer as a piece of page."""
    def context() -> dict[str, object]:
        q = request.args.get("q", "").strip()[:100]
        groups = groupby(find(q), key=lambda one: one.group)
        return {"q": q, "groups": [(t(*group), list(hits)) for group, hits in groups]}

    @blueprint.get("/find")
    def find_page() -> str:
        return render("common/find.html", **context())

    @blueprint.get("/find/results")
    def find_results() -> str:
        return render_template("common/_found.html", **context())
