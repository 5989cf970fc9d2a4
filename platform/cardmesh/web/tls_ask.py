"""Where the proxy asks before it gets a certificate: `GET /-/tls/<TLS_ASK_SECRET>?domain=<host>`.

Caddy's `on_demand_tls { ask … }` adds the query, takes 200 for yes and all else for no, and asks again for each host
whose certificate is not in its memory. It comes under whatever name reaches this process, so the address itself is
the secret; whoever does not know it sees what every wrong address shows. In front of the line for requests: a crowd
must not keep browsers from shaking hands.
"""

import hmac
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TypeAlias
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from sqlalchemy.exc import SQLAlchemyError

from ..stores.domains import certificates

WsgiApp: TypeAlias = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

PREFIX = "/-/tls/"
SHORTEST_SECRET = 20


class TlsAsk:
    """WSGI middleware in front of everything else. `context` opens an application context."""

    def __init__(self, wsgi_app: WsgiApp, secret: str, context: Callable[[], AbstractContextManager[object]]) -> None:
        if 0 < len(secret) < SHORTEST_SECRET:
            raise ValueError(f"TLS_ASK_SECRET needs at least {SHORTEST_SECRET} characters")
        self._app, self._context = wsgi_app, context
        self._path = f"{PREFIX}{secret}".encode() if secret else b""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "").encode("latin-1", "replace")
        if not (self._path and hmac.compare_digest(path, self._path) and environ.get("REQUEST_METHOD") == "GET"):
            return self._app(environ, start_response)
        status = self._judge(parse_qs(environ.get("QUERY_STRING", "")).get("domain", []))
        start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "0"), ("Cache-Control", "no-store")])
        return []

    def _judge(self, domains: list[str]) -> str:
        if len(domains) != 1:
            return "400 Bad Request"
        try:
            with self._context():
                return "200 OK" if certificates.is_allowed(domains[0]) else "404 Not Found"
        except SQLAlchemyError:
            return "503 Service Unavailable"
