"""Notifications to the merchant: signed anew at each try, repeated until they are taken."""

import http.client
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

log = logging.getLogger("cardmesh.sims.till")

GAPS = (0.5, 1, 2, 5, 15, 60, 300)
"""Seconds between tries; the real ones wait longer and try for a day."""
SECONDS = 10.0


@dataclass(frozen=True)
class Letter:
    """What one try sends."""

    headers: Mapping[str, str]
    body: bytes


@dataclass
class Notice:
    """`write` signs a letter for this moment; `taken` tells an answer that ends the tries."""

    url: str
    about: str
    write: Callable[[], Letter]
    tries: int = 0
    due: float = field(default_factory=time.monotonic)


class Notices:
    """Keeps every notice for tests to look at; with `deliver`, a thread sends them."""

    def __init__(self, taken: Callable[[int, bytes], bool], *, deliver: bool) -> None:
        self.all: list[Notice] = []
        self._taken = taken
        self._waiting: queue.Queue[Notice | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="sim-notices", daemon=True) if deliver else None
        if self._thread:
            self._thread.start()

    def add(self, notice: Notice) -> None:
        self.all.append(notice)
        self._waiting.put(notice)

    def stop(self) -> None:
        if self._thread:
            self._waiting.put(None)
            self._thread.join(timeout=SECONDS + 1)

    def _run(self) -> None:
        while (notice := self._waiting.get()) is not None:
            if (early := notice.due - time.monotonic()) > 0:
                time.sleep(min(early, 0.2))
                self._waiting.put(notice)
            elif not self._send(notice) and notice.tries < len(GAPS):
                notice.due = time.monotonic() + GAPS[notice.tries]
                notice.tries += 1
                self._waiting.put(notice)

    def _send(self, notice: Notice) -> bool:
        letter, parts = notice.write(), urlsplit(notice.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
        try:
            connection.request("POST", parts.path, body=letter.body, headers=dict(letter.headers))
            answer = connection.getresponse()
            return self._taken(answer.status, answer.read(4096))
        except (OSError, http.client.HTTPException) as error:
            log.warning("notice to %s: %s", notice.url, error)
            return False
        finally:
            connection.close()
