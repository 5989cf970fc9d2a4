"""Pages of any select in any order that an index has, both ways: page 1,000 costs what page 1 does.

An order is one column that is never null, and the key behind it, which makes it total: rows that come or go meanwhile
neither repeat nor skip another.
"""

import base64
import binascii
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Select, tuple_
from sqlalchemy.orm import Session

from .errors import invalid

Query: TypeAlias = Select[*tuple[Any, ...]]
_ORDER, _KEY = "keyset_order", "keyset_key"


@dataclass(frozen=True, slots=True)
class Order:
    """By `column`, then by `key`, a unique column; by the first alone where it is unique itself."""

    column: Any
    key: Any
    descending: bool = True

    @property
    def columns(self) -> tuple[Any, ...]:
        alone = self.column is self.key or self.column.unique
        return (self.column,) if alone else (self.column, self.key)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows, and the cursors of the rows above and below them where there are any."""

    rows: Sequence[Any]
    above: str | None = None
    below: str | None = None


def read(
    session: Session, query: Query, order: Order, *, after: str | None, before: str | None, limit: int
) -> Slice:
    """The rows behind `after`, or before `before`, as the select gives them. Raises ValidationFailed for no cursor."""
    backwards = before is not None
    cursor = before if backwards else after
    if cursor is not None:
        query = query.where(_beyond(order, _decode(order, cursor, "/before" if backwards else "/after"), backwards))
    down = order.descending != backwards
    ordered = query.order_by(None).order_by(*(one.desc() if down else one.asc() for one in order.columns))
    labels = (_KEY,) if len(order.columns) == 1 else (_ORDER, _KEY)
    marked = ordered.add_columns(*(one.label(name) for one, name in zip(order.columns, labels, strict=True)))
    found = session.execute(marked.limit(limit + 1)).all()
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found = found[::-1]
    cursors = [_encode(found[place][-len(labels) :]) for place in (0, -1)] if found else [None, None]
    alone = len(query.column_descriptions) == 1
    return Slice(
        [row[0] if alone else row for row in found],
        cursors[0] if (more if backwards else after is not None) else None,
        cursors[1] if (backwards or more) else None,
    )


def each(session: Session, query: Query, order: Order, *, size: int) -> Iterator[Sequence[Any]]:
    """All rows, a page in memory at a time."""
    after: str | None = None
    while True:
        found = read(session, query, order, after=after, before=None, limit=size)
        if found.rows:
            yield found.rows
        if (after := found.below) is None:
            return


def _beyond(order: Order, values: Sequence[Any], backwards: bool) -> Any:
    place = tuple_(*order.columns)
    return place < tuple(values) if order.descending != backwards else place > tuple(values)


def _encode(values: Sequence[Any]) -> str:
    texts = [one.isoformat() if isinstance(one, date) else str(one) for one in values]
    return base64.urlsafe_b64encode(json.dumps(texts, ensure_ascii=False).encode()).decode().rstrip("=")


def _decode(order: Order, cursor: str, pointer: str) -> list[Any]:
    try:
        texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(texts, list) or not all(isinstance(one, str) and "\x00" not in one for one in texts):
            raise ValueError(cursor)
        "".join(texts).encode()  # half characters are a ValueError, too
        return [_value(column, text) for column, text in zip(order.columns, texts, strict=True)]
    except (ValueError, InvalidOperation, binascii.Error, RecursionError):
        raise invalid(pointer, "cursor_invalid", "游标无效", "Not a cursor of this list") from None


def _value(column: Any, text: str) -> Any:
    """A value of the column's own type. Raises ValueError."""
    kind = column.type.python_type
    if kind is int and int(text).bit_length() >= (64 if isinstance(column.type, BigInteger) else 32):
        raise ValueError(text)
    if kind is datetime:
        if (moment := datetime.fromisoformat(text)).tzinfo is None:
            raise ValueError(text)
        return moment
    if kind is Decimal and not Decimal(text).is_finite():
        raise ValueError(text)
    return {uuid.UUID: uuid.UUID, int: int, Decimal: Decimal, str: str, date: date.fromisoformat}[kind](text)
