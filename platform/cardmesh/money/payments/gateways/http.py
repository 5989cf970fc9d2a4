"""One request to a gateway whose protocol we speak ourselves: https, no redirects, and over within seconds."""

import http.client
import logging
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from ..errors import GatewayUnavailable

log = logging.getLogger(__name__)

SECONDS = 15.0
LONGEST = 1024 * 1024
"""Bytes of an answer; a real one has a few thousand."""
LONGEST_FILE = 64 * LONGEST


class Answer(NamedTuple):
    """Header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    longest: int = LONGEST,
) -> Answer:
    """Raises GatewayUnavailable when no whole answer comes: whether it was done is then unknown."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        text = answer.read(longest + 1)
    except (OSError, http.client.HTTPException, ssl.SSLError) as error:
        log.warning("%s: %s", parts.hostname, type(error).__name__)
        raise GatewayUnavailable from error
    finally:
        connection.close()
    if len(text) > longest:
        log.warning("%s: an answer of more than %d bytes", parts.hostname, longest)
        raise GatewayUnavailable
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
