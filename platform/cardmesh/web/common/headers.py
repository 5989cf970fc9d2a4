"""Headers of every answer: the request id, and what a browser may do with it."""

from flask import Flask, Response, request

from ..hosts import STORE_PREFIX
from .requests import request_id, wants_json

CONSOLE_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
FRAMED = "cardmesh.framed"
"""Set in the environment of a request whose answer some other site may frame."""


def register(app: Flask) -> None:
    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers["X-Request-Id"] = request_id()
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        if FRAMED not in request.environ:  # it cannot name a site; a page that may be framed says so in its policy
            headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Content-Security-Policy", CONSOLE_POLICY)
        ours = not request.path.startswith(STORE_PREFIX) and response.mimetype in ("text/html", "application/json")
        if ours or wants_json():  # a store's pages say for themselves; its API hands out keys
            headers.setdefault("Cache-Control", "no-store")
        return response
