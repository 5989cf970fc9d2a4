"""A store of objects that refuses, is full, or hangs up in the middle: a proxy in front of the real one.

One request a connection, so each can be counted: the first `spare` of those that are meant pass, the others meet the
fault until `mend`.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import urlsplit

PIECE = 1 << 16
WRITES, READS = (b"PUT", b"POST"), (b"GET",)
REFUSALS = {"full": (507, "InsufficientStorage"), "error": (500, "InternalError"), "busy": (503, "SlowDown")}
FAULTS = (*REFUSALS, "cut", "reply cut")


@dataclass
class Crooked:
    """`hits` counts the requests that met a fault; `seen` those of the kind that is meant, faulty or not."""

    target: tuple[str, int]
    how: str = ""
    methods: tuple[bytes, ...] = WRITES
    spare: int = 0
    times: int = 1_000
    """It mends itself after so many."""
    fetched: int = 2_000
    """Of an answer, so many bytes pass before the line is cut; of what is sent, half."""
    seen: int = 0
    hits: int = 0
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def break_down(self, how: str, *, methods: tuple[bytes, ...] = WRITES, spare: int = 0, times: int = 1_000) -> None:
        with self._lock:
            self.how, self.methods, self.spare, self.times, self.seen, self.hits = how, methods, spare, times, 0, 0

    def mend(self) -> int:
        """How many requests met the fault."""
        with self._lock:
            self.how = ""
            return self.hits

    def fault_of(self, head: bytes) -> str:
        with self._lock:
            if not head.startswith(self.methods):
                return ""
            self.seen += 1
            if not self.how or self.seen <= self.spare or self.hits >= self.times:
                return ""
            self.hits += 1
            return self.how


@contextmanager
def crooked(endpoint: str) -> Iterator[Crooked]:
    """A proxy to `http://host:port` on a port of its own, honest until told otherwise."""
    address = urlsplit(endpoint)
    made = Crooked((address.hostname or "", address.port or 80))

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _serve(made, self.request)

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def _serve(crooked: Crooked, client: Any) -> None:
    head = _head(client)
    if not head:
        return
    fault = crooked.fault_of(head)
    if fault in REFUSALS:
        client.sendall(_refusal(*REFUSALS[fault]))
        _swallow(client)
        return
    names, rest = head.split(b"\r\n\r\n", 1)
    if fault == "cut" and not head.startswith(READS) and not _half(names):
        return  # there is no middle of nothing
    with socket.create_connection(crooked.target) as store:
        store.sendall(names + b"\r\nConnection: close\r\n\r\n" + rest)
        reading, cut = head.startswith(READS), fault == "cut"
        sending = threading.Thread(target=_pipe, args=(client, store, _half(names) if cut and not reading else None))
        sending.start()
        if fault == "reply cut":
            while store.recv(PIECE):
                pass
        else:
            _pipe(store, client, crooked.fetched if cut and reading else None)
        client.shutdown(socket.SHUT_RDWR)
        sending.join()


def _head(client: Any) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(PIECE)
        if not piece:
            return b""
        head += piece
    return head


def _half(names: bytes) -> int:
    """Of a body that is sent, how many bytes pass before the line is cut."""
    lengths = [line.split(b":")[1] for line in names.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return int(lengths[0]) // 2 if lengths else 0


def _pipe(source: Any, sink: Any, limit: int | None) -> None:
    """Until the source ends, or `limit` bytes have passed: then both lines are cut."""
    left = limit
    with suppress(OSError):
        while piece := source.recv(PIECE):
            sink.sendall(piece if left is None else piece[:left])
            left = None if left is None else left - len(piece)
            if left is not None and left <= 0:
                source.shutdown(socket.SHUT_RDWR)
                sink.shutdown(socket.SHUT_RDWR)
                return


def _refusal(status: int, code: str) -> bytes:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>ordered</Message></Error>".encode()
    names = f"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
    return names.encode() + b"Connection: close\r\n\r\n" + body


def _swallow(client: Any) -> None:
    """Let the client finish its sentence, else it may not hear the answer."""
    client.settimeout(1)
    client.shutdown(socket.SHUT_WR)
    with suppress(OSError):
        while client.recv(PIECE):
            pass
