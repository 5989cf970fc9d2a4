"""What a list is narrowed by. A value that is none of the filter's narrows nothing: an old bookmark still works."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from ....kit import clock
from ....kit.days import start_of
from ....kit.i18n import Text
from ....kit.ids import first_id
from ..format import state_name
from ..requests import locale

Options = Sequence[tuple[str, str]]
AGES = {
    "24h": (timedelta(hours=24), Text("24 小时内", "Last 24 hours")),
    "7d": (timedelta(days=7), Text("7 天内", "Last 7 days")),
    "30d": (timedelta(days=30), Text("30 天内", "Last 30 days")),
}
SKEW = timedelta(hours=1)
"""Ids are made by the machines' clocks, times by the database's."""


@dataclass(frozen=True, slots=True)
class Filter:
    """`where` gives a condition for a value, None for a value that is none; a source of its own reads values itself.

    `input`: search, text, select, date or tick. `options` are a select's, without the first one, "all".
    """

    name: str
    title: Text
    input: str
    where: Callable[[str], ColumnElement[bool] | None] = lambda _: None
    options: Callable[[Session], Options] | None = None
    hint: Text | None = None

    def clean(self, value: str) -> str:
        """What was asked."""
        if self.input == "tick":
            return value if value == "1" else ""
        return value.strip()[:200]


def search(
    zh: str, en: str, where: Callable[[str], ColumnElement[bool] | None] = lambda _: None, *, hint: Text | None = None
) -> Filter:
    """`q`: the one field for what people know of a thing."""
    return Filter("q", Text(zh, en), "search", where, hint=hint)


def words(name: str, zh: str, en: str, where: Callable[[str], ColumnElement[bool] | None] = lambda _: None) -> Filter:
    return Filter(name, Text(zh, en), "text", where)


def states(name: str, zh: str, en: str, all_: Iterable[str], column: Any = None) -> Filter:
    """One of the states of an enumeration, by the names that badges show."""
    known = tuple(all_)

    def where(value: str) -> ColumnElement[bool] | None:
        return column == value if column is not None and value in known else None

    return Filter(name, Text(zh, en), "select", where, lambda _: [(one, state_name(one)) for one in known])


def choice(
    name: str,
    zh: str,
    en: str,
    options: Callable[[Session], Options],
    where: Callable[[str], ColumnElement[bool] | None] = lambda _: None,
) -> Filter:
    """One of what the database holds, such as a category."""
    return Filter(name, Text(zh, en), "select", where, options)


def named(name: str, zh: str, en: str, names: Mapping[Any, Text], column: Any = None) -> Filter:
    """One of a few fixed things, by their codes."""

    def where(value: str) -> ColumnElement[bool] | None:
        return column == value if column is not None and value in names else None

    return Filter(
        name, Text(zh, en), "select", where, lambda _: [(key, text.render(locale())) for key, text in names.items()]
    )


def tick(
    name: str, zh: str, en: str, where: Callable[[str], ColumnElement[bool] | None] = lambda _: None
) -> Filter:
    """Yes, or not asked."""
    return Filter(name, Text(zh, en), "tick", where)


def within(column: Any, key: Any) -> Filter:
    """Not older than; `within=24h`. The key, a UUIDv7, bounds how far back the index is read."""

    def where(value: str) -> ColumnElement[bool] | None:
        if value not in AGES:
            return None
        since = clock.now() - AGES[value][0]
        return and_(column >= since, key >= first_id(since - SKEW))

    return Filter(
        "within",
        Text("时间", "When"),
        "select",
        where,
        lambda _: [(key, text.render(locale())) for key, (_, text) in AGES.items()],
    )


def days(column: Any) -> tuple[Filter, Filter]:
    """`since` and `until`: business days (`kit.days`), both included."""

    def since(value: str) -> ColumnElement[bool] | None:
        return column >= day if (day := _midnight(value)) else None

    def until(value: str) -> ColumnElement[bool] | None:
        return column < day + timedelta(days=1) if (day := _midnight(value)) else None

    return Filter("since", Text("从", "From"), "date", since), Filter("until", Text("到", "To"), "date", until)


def _midnight(value: str) -> datetime | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return start_of(day) if 2000 <= day.year <= 9000 else None
