"""Undo rather than confirm: what was done to many rows says so on the next page, with a button that takes it back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...identity.undo import service as undo
from ...identity.undo.models import Undo
from ...kit.db import transaction
from ...kit.errors import Forbidden, MeshError
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from . import forms
from .console import allow, may, person, scope, t
from .requests import locale

MOST = 200
"""Rows of one action: more than a page has."""


@dataclass(frozen=True, slots=True)
class Reverse:
    """How a kind of note is taken back: `run` says how many of how many, `back` is the list to look at."""

    roles: Sequence[str]
    back: str
    run: Callable[[Session, Mapping[str, Any]], tuple[int, int]]


LEFT = Text(
    "已撤销 {n} 项；{left} 项后来有变动，保持不变", "{n} undone; {left} have changed since and were left alone"
)
REVERSES: dict[str, Reverse] = {}
"""By kind; each console adds its own."""


def chosen() -> list[str]:
    """The ticked rows' ids, each once. Raises ValidationFailed for none."""
    ids = list(dict.fromkeys(request.form.getlist("chosen")))[:MOST]
    if not ids:
        raise forms.refuse("chosen", "missing", "请至少选择一项", "Choose at least one")
    return ids


def remember(session: Session, kind: str, changes: Mapping[str, Any]) -> str:
    """Keep the note; its public id."""
    return public_id("und", undo.remember(session, party_id=person().party_id, kind=kind, changes=changes))


def tell(done: Text, count: int, asked: int, note: str | None) -> None:
    """Say on the next page what was done and left, with the button."""
    told = done.render(locale(), n=count)
    if count < asked:
        told += t("；{n} 项的状态不允许，未改动", "; {n} left as they were: their state does not allow it",
                  n=asked - count)  # fmt: skip
    flash(told, "success" if count else "warning")
    if note and count:
        flash(note, "undo")


def add_undo_pages(blueprint: Blueprint) -> None:
    """`/undo/<undo_id>`: for who may do what is undone."""

    @blueprint.post("/undo/<undo_id>")
    @allow("manager", "finance", "support")
    def undo_action(undo_id: str) -> Response:
        with transaction(scope()) as session:
            row = undo.find(session, party_id=person().party_id, undo_id=parse_id("und", undo_id))
            reverse = REVERSES[row.kind]
            if not may(*reverse.roles):
                raise Forbidden
            _take_back(session, row, reverse)
        return redirect(url_for(reverse.back))


def _take_back(session: Session, row: Undo, reverse: Reverse) -> None:
    try:
        undo.use(session, row)
    except MeshError as error:
        flash(error.message(locale()), "warning")
        return
    count, asked = reverse.run(session, row.changes)
    if left := asked - count:
        flash(LEFT.render(locale(), n=count, left=left), "warning")
    else:
        flash(t("已撤销", "Undone"), "success")
