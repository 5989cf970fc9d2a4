"""Who called a moment ago: a checked API key is good for a second, so that a busy program costs no look-up.

A key that is revoked, or a party that is suspended, is forgotten at once by the process that did it and within a second
by all others.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session

SECONDS = 1.0
MOST = 10_000
T = TypeVar("T")


class Callers(Generic[T]):
    """Checked callers by what they showed."""

    def __init__(self) -> None:
        self._seen: dict[object, tuple[float, T]] = {}
        self._forgotten = 0

    def recall(self, shown: object, check: Callable[[], T]) -> T:
        """Who showed this within the last second, else what `check` says (and raises)."""
        now = time.monotonic()
        found = self._seen.get(shown)
        if found is not None and now - found[0] < SECONDS:
            return found[1]
        before = self._forgotten
        caller = check()
        if len(self._seen) >= MOST:
            self._seen.clear()
        if before == self._forgotten:  # else what was checked may be over already
            self._seen[shown] = (now, caller)
        return caller

    def forget(self, session: Session) -> None:
        """Ask again for everybody once this transaction is committed: before that, others still read what was."""
        event.listen(session, "after_commit", lambda _session: self._forget())

    def _forget(self) -> None:
        self._forgotten += 1
        self._seen.clear()


api_keys: Callers[object] = Callers()
"""Of this process."""
