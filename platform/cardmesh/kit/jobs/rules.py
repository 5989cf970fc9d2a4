"""When a failed job runs again, and what is kept of its failure. Pure functions."""

import random
import traceback
from collections.abc import Callable
from pathlib import Path

from ..errors import MeshError
from .errors import RetryLater

FIRST_DELAY_SECONDS = 2.0
LONGEST_DELAY_SECONDS = 3600.0
ROOT = Path(__file__).parents[3]

Jitter = Callable[[float, float], float]


def delay_seconds(attempt: int, jitter: Jitter = random.uniform) -> float:
    """How long to wait after failed attempt 1, 2, …: doubling from 2 s to an hour, ± a third against herds."""
    delay = min(FIRST_DELAY_SECONDS * 2 ** min(attempt - 1, 20), LONGEST_DELAY_SECONDS)
    return delay * jitter(2 / 3, 4 / 3)


def verdict(error: BaseException, attempt: int, max_attempts: int, jitter: Jitter = random.uniform) -> float | None:
    """Seconds until the next attempt, None when no attempt can help and a person must look."""
    if isinstance(error, RetryLater):
        return error.delay_seconds
    if attempt >= max_attempts or (isinstance(error, MeshError) and not error.retryable):
        return None
    return delay_seconds(attempt, jitter)


def describe(error: BaseException) -> str:
    """Kind and place of a failure, never its message: a driver's message may quote the row, and a row may be a key."""
    code = f" {error.code}" if isinstance(error, MeshError) else ""
    reason = f" {error.reason}" if isinstance(error, RetryLater) else ""
    frames = [
        f"{Path(frame.filename).relative_to(ROOT)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if ROOT in Path(frame.filename).parents and "site-packages" not in frame.filename
    ]
    place = f" at {frames[-1]}" if frames else ""
    return f"{type(error).__name__}{code}{reason}{place}"
