"""Our own static files under names that change with their content, so that browsers may keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, g, request, url_for
from werkzeug.datastructures import MultiDict

_FOLDER = Path(__file__).parent.parent / "static"


def register(app: Flask) -> None:
    app.jinja_env.globals.update(static=static, with_args=with_args)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 365 * 24 * 3600

    @app.after_request
    def _ask_first(response: Response) -> Response:
        """A module that another one names stands under its plain name: its content may change."""
        if request.endpoint == "static" and "v" not in request.args:
            response.headers["Cache-Control"] = "no-cache"
        return response


def static(filename: str) -> str:
    """The address of one of our files, with a digest of its content."""
    return url_for("static", filename=filename, v=_digest(filename))


@cache
def _digest(filename: str) -> str:
    return hashlib.sha256((_FOLDER / filename).read_bytes()).hexdigest()[:12]


def with_args(**changes: str | None) -> str:
    """The address of this screen with some query parameters changed; None drops one."""
    arguments: MultiDict[str, str] = MultiDict(request.args)
    for name, value in changes.items():
        arguments.pop(name, None)
        if value is not None:
            arguments[name] = value
    query = urlencode(arguments.to_dict())
    path = g.get("screen", request.path)  # a refused form is answered with the screen itself
    return f"{path}?{query}" if query else path
