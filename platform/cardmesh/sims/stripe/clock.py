"""The simulator's time: real UTC plus an offset that a test may push forward (persisted, never backwards)."""

import time

from .facts import Facts


class Clock:
    def __init__(self, store: Facts) -> None:
        self._store = store

    def now(self) -> int:
        """Unix seconds as Stripe's objects carry them. Webhook signatures use real time instead."""
        return int(self.exact())

    def exact(self) -> float:
        """The same with fractions, for deeds that are due within a second."""
        return time.time() + int(self._store.fact("clock_offset_seconds", 0))

    def advance(self, seconds: int) -> int:
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        offset = int(self._store.fact("clock_offset_seconds", 0)) + seconds
        self._store.set_fact("clock_offset_seconds", offset)
        return self.now()
