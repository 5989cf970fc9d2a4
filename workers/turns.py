"""Whose turn it is among the lanes of one process: no queue may occupy them all."""

import threading
from collections import Counter


class Turns:
    """Counts what runs per queue. At most half of the lanes (one, if there is only one) serve the same queue."""

    def __init__(self, lanes: int) -> None:
        self._most = max(1, lanes // 2)
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, queue: str, *, even_if_full: bool = False) -> bool:
        """Take a place for `queue`; False when it has its share already."""
        with self._lock:
            if self._running[queue] >= self._most and not even_if_full:
                return False
            self._running[queue] += 1
            return True

    def leave(self, queue: str) -> None:
        with self._lock:
            self._running[queue] -= 1
            if not self._running[queue]:
                del self._running[queue]

    def full(self) -> tuple[str, ...]:
        """The queues that have their share at this moment."""
        with self._lock:
            return tuple(queue for queue, count in self._running.items() if count >= self._most)
