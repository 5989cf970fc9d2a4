"""Lists of the API: one page of rows, the cursor of the next, and RFC 8288 links."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select
from sqlalchemy.orm import Session

from ...kit.errors import invalid
from ...kit.ids import parse_id, public_id
from ...kit.pages import Page, paginate
from .schema import Paging, Shape

T = TypeVar("T")
S = TypeVar("S", bound=Shape)


class ListOf(Shape, Generic[S]):
    """`next_cursor` goes into `after` (or into `before`, when that was given) to read on."""

    data: list[S]
    has_more: bool
    next_cursor: str | None


def cursor_id(prefix: str, cursor: str | None, pointer: str = "/after") -> uuid.UUID | None:
    """The id behind a cursor. Raises ValidationFailed for what we did not hand out."""
    if cursor is None:
        return None
    try:
        return parse_id(prefix, cursor)
    except Exception:
        raise invalid(pointer, "cursor_invalid", "游标无效", "Not a cursor of this list") from None


def listed(
    session: Session,
    query: Select[T],
    key: Any,
    prefix: str,
    paging: Paging,
    shapes: Callable[[Sequence[T]], list[S]],
) -> tuple[dict[str, object], int, dict[str, str]]:
    """One page of `query` by id, shaped all at once, with its headers."""
    page = paginate(
        session,
        query,
        key,
        after=cursor_id(prefix, paging.after),
        before=cursor_id(prefix, paging.before, "/before"),
        limit=paging.limit,
    )
    cursor = None
    if page.has_more:
        edge = page.rows[0] if paging.before else page.rows[-1]
        cursor = public_id(prefix, getattr(edge, key.key))
    return page_body(page, shapes(page.rows), cursor)


def each(shape: Callable[[T], S]) -> Callable[[Sequence[T]], list[S]]:
    """Shape rows one by one."""
    return lambda rows: [shape(row) for row in rows]


def page_body(page: Page[Any], data: list[S], cursor: str | None) -> tuple[dict[str, object], int, dict[str, str]]:
    """The body, status and headers of a page."""
    headers: dict[str, str] = {}
    if page.has_more and cursor:
        arguments = {name: value for name, value in request.args.items() if name not in ("after", "before")}
        direction = "before" if "before" in request.args else "after"
        link = f"{request.base_url}?{urlencode(arguments | {direction: cursor})}"
        headers["Link"] = f'<{link}>; rel="next"'
    return {"data": data, "has_more": page.has_more, "next_cursor": cursor}, 200, headers
