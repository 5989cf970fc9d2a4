"""Before keys are revealed and money leaves: whoever sits at the browser shows once more who they are."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from .console import person, t

P = ParamSpec("P")
R = TypeVar("R")


def step_up(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Lets in who proved themselves in this browser within `sessions.FRESH`; others are asked, then begin again."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        if person().fresh:
            return view(*args, **kwargs)
        flash(t("请先验证身份，再重新操作", "Show that it is you, then try again"), "warning")
        return redirect(url_for("me.prove", next=_page()))

    return guarded


def _page() -> str:
    """The page the form stood on: a form that was sent is not sent again by itself."""
    if request.method == "GET":
        return request.full_path
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"
