"""Turn test mode on by a signed link, and off again."""

from flask import redirect, request
from werkzeug.wrappers import Response

from ...kit import runtime
from ...stores import directory, trials
from ..hosts import STORE_HOST
from .pages import UNKNOWN, notice, pages
from .trial_mode import END, cookie_name


@pages.get(END)
def trial_end() -> Response:
    response = redirect("/")
    response.delete_cookie(cookie_name(), secure=_secure(), httponly=True)
    return _private(response)


@pages.get(f"{trials.PATH}<token>")
def trial_begin(token: str) -> Response:
    """To the store's first page, in test mode for as long as the link is good."""
    store = directory.resolve(request.environ.get(STORE_HOST, ""))
    if store is None or not trials.is_good(token, store.store_id):
        return _private(notice(404, *UNKNOWN))
    response = redirect("/")
    lasts = int(trials.LASTS.total_seconds())
    response.set_cookie(cookie_name(), token, max_age=lasts, secure=_secure(), httponly=True, samesite="Lax")
    return _private(response)


def _secure() -> bool:
    return runtime.current().settings.public_scheme == "https"


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
