"""What a list is, and what an address asks of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from ....kit import keyset
from ....kit.i18n import Text
from .columns import Column
from .filters import Filter

PAGE = 50
FILES = ("csv", "xlsx")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks: by filter what was chosen, the order, the place, and the kind of file if one is wanted."""

    values: Mapping[str, str]
    sort: str = ""
    descending: bool = True
    after: str | None = None
    before: str | None = None

    def get(self, name: str) -> str | None:
        return self.values.get(name)


Source = Callable[[Session, "Table", Asked, int], keyset.Slice]
"""Reads one page: at most so many rows, and the cursors beside them."""


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty list says, and the one thing to do about it. `endpoint` is a screen of this console."""

    title: Text
    text: Text
    endpoint: str | None = None
    label: Text | None = None


def empty(zh: str, en: str, then_zh: str, then_en: str, to: tuple[str, str, str] | None = None) -> Empty:
    """What is not there, what will be, and the way there: its endpoint and what the button says."""
    return Empty(Text(zh, en), Text(then_zh, then_en), to[0] if to else None, Text(to[1], to[2]) if to else None)


@dataclass(frozen=True, slots=True)
class Action:
    """A button under the ticked rows: sends `verb`."""

    verb: str
    title: Text
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What may be done to many rows at once: sent to `endpoint` as `chosen` and `verb`, by who has one of `roles`.

    With `reason`, the words for a field in which to say why.
    """

    endpoint: str
    actions: Sequence[Action]
    roles: Sequence[str]
    id: Callable[[Any], str]
    label: Callable[[Any], str]
    can: Callable[[Any], bool] = lambda _: True
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A list. `name` names its files; `dress` fetches, for a page of rows at once, what their cells need besides.

    `prefix` keeps apart the addresses' parameters where a page shows several lists. `title` None: a list within a
    page whose heading says enough.
    """

    name: str
    title: Text
    source: Source
    columns: Sequence[Column]
    empty: Empty
    filters: Sequence[Filter] = ()
    dress: Callable[[Session, Sequence[Any]], Sequence[Any]] = lambda _, rows: rows
    bulk: Bulk | None = None
    page: int = PAGE
    prefix: str = ""

    def asked(self) -> Asked:
        """What this request's address asks. What it misspells it does not ask."""
        found = {one.name: one.clean(request.args.get(self.prefix + one.name, "")) for one in self.filters}
        sort = request.args.get(f"{self.prefix}sort", "")
        known = {column.name for column in self.columns if column.sort is not None}
        name = sort.removeprefix("-")
        return Asked(
            values={key: value for key, value in found.items() if value},
            sort=name if name in known else "",
            descending=sort.startswith("-") if name in known else True,
            after=request.args.get(f"{self.prefix}after"),
            before=request.args.get(f"{self.prefix}before"),
        )

    def file(self) -> str | None:
        """The kind of file that is wanted instead of the page."""
        kind = request.args.get(f"{self.prefix}format") if request.method in ("GET", "HEAD") else None
        return kind if kind in FILES else None


def listed(query: Callable[[], keyset.Query], key: Any, *, by: Any = None, descending: bool = True) -> Source:
    """A select; filters become its conditions. Newest first by its unique `key` (before it `by`) unless asked
    otherwise."""

    def read(session: Session, table: Table, asked: Asked, limit: int) -> keyset.Slice:
        narrowed = query()
        for one in table.filters:
            if (value := asked.get(one.name)) is not None and (condition := one.where(value)) is not None:
                narrowed = narrowed.where(condition)
        usual = key if by is None else by
        chosen = next((column.sort for column in table.columns if asked.sort and column.name == asked.sort), usual)
        order = keyset.Order(chosen, key, asked.descending if asked.sort else descending)
        return keyset.read(session, narrowed, order, after=asked.after, before=asked.before, limit=limit)

    return read


def whole(rows: Callable[[Session, Asked], Sequence[Any]]) -> Source:
    """A short list that is there at once, such as a team."""
    return lambda session, _table, asked, _limit: keyset.Slice(rows(session, asked))
