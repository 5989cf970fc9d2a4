"""Who called a moment ago: a checked API key is good for a second, so that a busy program costs no look-up.

A key that is revoked, or a party that is suspended, is forgotten at once by the process that did it and within a second
by all others.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

SECONDS = 1.0
MOST = 10_000
T = TypeVar("T")


class Callers(Generic[T]):
    """Checked callers by what they showed."""

    def __init__(self) -> None:
        self._seen: dict[object, tuple[float, T]] = {}

    def recall(self, shown: object, check: Callable[[], T]) -> T:
        """Who showed this within the last second, else what `check` says (and raises)."""
        now = time.monotonic()
        found = self._seen.get(shown)
        if found is not None and now - found[0] < SECONDS:
            return found[1]
        caller = check()
        if len(self._seen) >= MOST:
            self._seen.clear()
        self._seen[shown] = (now, caller)
        return caller

    def forget(self) -> None:
        """Ask again for everybody."""
        self._seen.clear()


api_keys: Callers[object] = Callers()
"""Of this process."""
