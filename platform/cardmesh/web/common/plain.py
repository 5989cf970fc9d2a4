"""What comes from outside is text that a database can hold: without NUL and without half characters.

PostgreSQL takes neither, in texts and in JSON alike; a statement that meets one fails as if it were a bug of ours.
"""

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask, Request, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from ...kit.errors import NotFound

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


class PlainValues(ImmutableMultiDict[str, Any]):
    """The fields of an address or a form; whoever sends NUL among them loses it."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = MultiDict(mapping or ()).items(multi=True)
        super().__init__([(_plain(name), _plain(value)) for name, value in pairs])


class PlainRequest(Request):
    parameter_storage_class = PlainValues


def register(app: Flask) -> None:
    """Fields lose what is no text; an address with it leads nowhere."""
    app.request_class = PlainRequest

    @app.before_request
    def _no_such_path() -> None:
        if "\x00" in request.path:
            raise NotFound


def is_text(value: str) -> bool:
    return _NO_TEXT.search(value) is None


def fault(data: object) -> str | None:
    """Where in a body, as a JSON pointer, a text or name stands that is none; None for nowhere.

    Bodies may be nested as deep as a parser takes them: so no recursion.
    """
    waiting: list[tuple[str, object]] = [("", data)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, str) and not is_text(value):
            return pointer
        waiting += _inside(pointer, value)
    return None


def escaped(part: str) -> str:
    """A member's name as a part of a JSON pointer (RFC 6901 §3), cut short."""
    return part[:100].replace("~", "~0").replace("/", "~1")


def _inside(pointer: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for place, (name, one) in enumerate(value.items()):
            yield from ((pointer, name), (f"{pointer}/{escaped(name) if is_text(name) else place}", one))
    elif isinstance(value, list):
        yield from ((f"{pointer}/{place}", one) for place, one in enumerate(value))


def _plain(value: Any) -> Any:
    return value.replace("\x00", "") if isinstance(value, str) else value
