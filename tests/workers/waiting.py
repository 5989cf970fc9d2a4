"""Wait for something to become true; the limit only keeps a broken loop from hanging the run."""

import time
from collections.abc import Callable

LIMIT_SECONDS = 120


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
