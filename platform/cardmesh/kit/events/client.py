"""POST to an address that a stranger chose: resolved once, public, no redirects, no proxies, and over soon."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from . import addresses
from .errors import AddressRefused, EndpointUrlRefused

STEP_SECONDS = 5.0
TOTAL_SECONDS = 15.0
USER_AGENT = "Cardmesh-Webhooks/1.0"


class Answer(NamedTuple):
    """`status` is None when no HTTP answer came; `error` then says why in one word."""

    status: int | None
    error: str | None


def check_url(url: str, *, development: bool) -> SplitResult:
    """The parts of an endpoint's URL. Raises EndpointUrlRefused. Plain http is for development only."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EndpointUrlRefused from error
    schemes = ("https", "http") if development else ("https",)
    if parts.scheme not in schemes or not parts.hostname or parts.username is not None or port == 0:
        raise EndpointUrlRefused
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str], *, development: bool) -> Answer:
    """One attempt; never raises for what the other side does."""
    try:
        parts = check_url(url, development=development)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = addresses.resolve(parts.hostname or "", port, allow_loopback=development)
        return Answer(_send(parts, address, port, body, headers), None)
    except EndpointUrlRefused:
        return Answer(None, "url_refused")
    except AddressRefused:
        return Answer(None, "address_refused")
    except ssl.SSLError:
        return Answer(None, "tls_failed")
    except TimeoutError:
        return Answer(None, "timed_out")
    except socket.gaierror:
        return Answer(None, "name_unknown")
    except (OSError, http.client.HTTPException, UnicodeError):
        return Answer(None, "connection_failed")


def _send(parts: SplitResult, address: str, port: int, body: bytes, headers: Mapping[str, str]) -> int:
    connection = _connection(parts, address, port)
    sent = {"Content-Type": "application/json", "User-Agent": USER_AGENT, "Host": parts.netloc, **headers}
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    with contextlib.closing(connection):
        connection.connect()
        with _cut_off_after(TOTAL_SECONDS, connection):
            connection.request("POST", path, body=body, headers=sent)
            return connection.getresponse().status


def _connection(parts: SplitResult, address: str, port: int) -> http.client.HTTPConnection:
    if parts.scheme == "http":
        return http.client.HTTPConnection(address, port, timeout=STEP_SECONDS)
    return _Pinned(parts.hostname or "", address, port)


class _Pinned(http.client.HTTPSConnection):
    """TLS to one address, with the certificate of the name that led there."""

    def __init__(self, name: str, address: str, port: int) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(address, port, timeout=STEP_SECONDS, context=self._tls)
        self._name = name

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), STEP_SECONDS)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._name)


class _cut_off_after:
    """Ends a connection that drips: a time-out per read alone would let it go on for ever."""

    def __init__(self, seconds: float, connection: http.client.HTTPConnection) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._connection = connection
        self._late = False

    def _cut(self) -> None:
        self._late = True
        with contextlib.suppress(OSError, AttributeError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._timer.cancel()
        if kind is not None and self._late:
            raise TimeoutError
