"""Faults that a test orders for coming calls: an error or a cut connection, before or after the deed."""

import fnmatch
import socket
import threading
from dataclasses import dataclass

from flask import request


@dataclass
class Fault:
    """`match` is a pattern over the call's name; `how`: `cut` or `error`; `when`: `before` or `after`."""

    match: str
    times: int = 1
    when: str = "before"
    how: str = "cut"


class Faults:
    """Ordered by `/_sim/faults`, used up one by one. Thread-safe."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, call: str) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if fault.times > 0 and fnmatch.fnmatch(call, fault.match):
                    fault.times -= 1
                    return fault
        return None


def cut() -> None:
    """Close the client's connection in its face."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
