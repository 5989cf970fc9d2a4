"""How much a form may bring. Asked for before the form's token is: reading the token reads the whole form."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, request

P = ParamSpec("P")
R = TypeVar("R")


def takes(most: int, *, pasted: int | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view whose form may have `most` bytes, files and all, and `pasted` in its fields. The outermost decorator."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        view.takes = (most, pasted)  # pyright: ignore[reportFunctionMemberAccess] - read below
        return view

    return mark


def register(app: Flask) -> None:
    @app.url_value_preprocessor
    def _allow(endpoint: str | None, _values: object) -> None:
        most, pasted = getattr(current_app.view_functions.get(endpoint or ""), "takes", (None, None))
        if most is not None:
            request.max_content_length = most
        if pasted is not None:
            request.max_form_memory_size = pasted
