"""Buyers: threads that send prepared requests over kept connections and note how long each answer took.

They run in a process of their own, and speak just enough HTTP/1.1 to cost the machine little: what is measured is the
server.
"""

import multiprocessing
import random
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Requests = Callable[[int], Iterator[bytes]]
"""Buyer number → the requests it sends, one after the other, until the time is over or they end."""


@dataclass
class Outcome:
    """Answers by status, their seconds (2xx only), and how long the whole took."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0
    unadvised: int = 0
    """Refusals for want of room that did not say when to come back."""

    def figures(self) -> dict[str, Any]:
        """Rates per second and milliseconds, for the JSON object."""
        times = sorted(self.seconds) or [0.0]
        return {
            "per_second": round(len(self.seconds) / self.wall, 1) if self.wall else 0.0,
            "p50_ms": round(statistics.median(times) * 1000, 2),
            "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 2),
            "answers": {str(status): count for status, count in sorted(self.statuses.items())},
        }


def post(path: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    """One request as bytes."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def drive(port: int, requests: Requests, *, buyers: int, seconds: float, pace: float = 0.0) -> Outcome:
    """Let so many buyers send for so long, from another process.

    Each sends when it has its answer; with `pace`, so many a second together, answered or not in time.
    """
    context = multiprocessing.get_context("fork")
    near, far = context.Pipe()
    gap = buyers / pace if pace else 0.0
    child = context.Process(target=_child, args=(far, port, requests, buyers, seconds, gap))
    child.start()
    outcome: Outcome = near.recv()
    child.join()
    return outcome


def _child(pipe: Any, port: int, requests: Requests, buyers: int, seconds: float, gap: float) -> None:
    pipe.send(_drive(port, [requests(number) for number in range(buyers)], seconds, gap))


def _drive(port: int, sources: Sequence[Iterator[bytes]], seconds: float, gap: float) -> Outcome:
    gate = threading.Barrier(len(sources) + 1)
    outcomes = [Outcome() for _ in sources]
    threads = [
        threading.Thread(target=_buy, args=(Connection(port), source, seconds, gap, gate, outcome))
        for source, outcome in zip(sources, outcomes, strict=True)
    ]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    total = Outcome(wall=time.perf_counter() - began)
    for outcome in outcomes:
        total.statuses += outcome.statuses
        total.seconds += outcome.seconds
        total.unadvised += outcome.unadvised
    return total


def _buy(
    connection: "Connection",
    source: Iterator[bytes],
    seconds: float,
    gap: float,
    gate: threading.Barrier,
    outcome: Outcome,
) -> None:
    gate.wait()
    due = time.perf_counter() + random.random() * gap  # noqa: S311 - not all in the same moment
    until = time.perf_counter() + seconds
    for request in source:
        if gap:
            time.sleep(max(0.0, due - time.perf_counter()))
            due += gap
        began = time.perf_counter()
        if began > until:
            break
        status, head = connection.send(request)
        outcome.statuses[status] += 1
        if 200 <= status < 300:
            outcome.seconds.append(time.perf_counter() - began)
        elif status in (429, 503) and b"retry-after:" not in head:
            outcome.unadvised += 1
    connection.close()


class Connection:
    """A kept connection; opened again when the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, request: bytes) -> tuple[int, bytes]:
        """Status and headers in lower case; status 0 when there was no answer."""
        for _ in range(2):
            try:
                return self._send(request)
            except OSError:
                self.close()
        return 0, b""

    def _send(self, request: bytes) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        head, _, body = self._until(b"", b"\r\n\r\n").partition(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        while len(body) < length:
            body += self._more()
        if b"connection: close" in lower:
            self.close()
        return int(head[9:12]), lower

    def _until(self, data: bytes, mark: bytes) -> bytes:
        while mark not in data:
            data += self._more()
        return data

    def _more(self) -> bytes:
        if self._socket is None or not (data := self._socket.recv(65536)):
            raise ConnectionResetError
        return data

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
