"""Faults that a test orders for coming API calls: an error, a hang, a cut connection, before or after the commit."""

import socket
import time
from dataclasses import dataclass
from typing import Any, Literal

from .errors import SimError
from .store import Store
from .webhooks import rules

API = "api"
HOWS = ("error", "hang", "cut", "delay")
WHENS = ("before", "after")
LONGEST_HANG = 120.0


@dataclass(frozen=True)
class Fault:
    """`how`: error (with `status`), hang (`seconds`, then cut), cut, or delay (`seconds`, then go on as usual)."""

    when: Literal["before", "after"]
    how: Literal["error", "hang", "cut", "delay"]
    status: int = 500
    seconds: float = 1.0


class Cut(Exception):
    """The connection is to be closed without an answer."""


def ordered(store: Store, call: str) -> Fault | None:
    """The fault for this call, such as `POST /v1/refunds`, used up by one; None for honest service."""
    body: dict[str, Any] | None = rules.take(store, API, call)
    return Fault(**body) if body else None


def strike(fault: Fault | None, when: str) -> None:
    """Do the fault if it is its moment. Raises SimError or Cut."""
    if fault is None or fault.when != when:
        return
    if fault.how in ("hang", "delay"):
        time.sleep(min(fault.seconds, LONGEST_HANG))
    if fault.how in ("hang", "cut"):
        raise Cut
    if fault.how == "error":
        raise _error(fault.status)


def _error(status: int) -> SimError:
    if status == 429:
        return SimError("Request rate limit exceeded. Learn more about rate limits here "
                        "https://stripe.com/docs/rate-limits.", status=429, code="rate_limit", saved=False)  # fmt: skip
    message = "An unknown error occurred"
    return SimError(message, status=status, type="api_error", saved=False)


def cut(connection: socket.socket | None) -> None:
    """Close the client's connection in its face."""
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
