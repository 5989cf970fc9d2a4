"""Hosts to faces: the consoles and `/v1` on our own name, every store on its own.

A request for a store's host is moved below `/_store`, a prefix no one can ask for from outside; an unknown host is
refused here, before anything is looked up for it.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TypeAlias
from wsgiref.types import StartResponse, WSGIEnvironment

from ..settings import Settings
from ..stores import directory

WsgiApp: TypeAlias = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

STORE_PREFIX = "/_store"
STORE_HOST = "cardmesh.store_host"
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "[::1]"))


class HostSwitch:
    """WSGI middleware; never reads X-Forwarded-Host. `context` opens an application context."""

    def __init__(
        self, wsgi_app: WsgiApp, settings: Settings, context: Callable[[], AbstractContextManager[object]]
    ) -> None:
        self._app = wsgi_app
        self._context = context
        self._consoles = {settings.base_host} | (_LOOPBACK if settings.env == "development" else set())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = _host(environ)
        path = environ.get("PATH_INFO", "")
        if host in self._consoles and not _below_store_prefix(path):
            return self._app(environ, start_response)
        if self._is_store(host):
            environ[STORE_HOST] = host
            environ["PATH_INFO"] = STORE_PREFIX + path
            return self._app(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "10")])
        return [b"Not found\n"]

    def _is_store(self, host: str) -> bool:
        if directory.is_subdomain(host) or directory.is_custom_host(host):
            return True
        with self._context():
            directory.renew()
        return directory.is_custom_host(host)


def _host(environ: WSGIEnvironment) -> str:
    """The host name asked for, lower case, without the port."""
    host = environ.get("HTTP_HOST", "").lower()
    return host if host.endswith("]") else re.sub(r":\d*$", "", host)


def _below_store_prefix(path: str) -> bool:
    return path == STORE_PREFIX or path.startswith(STORE_PREFIX + "/")
