"""When a webhook is tried again, and what its body says. Pure functions."""

import json
import random
from collections.abc import Callable, Mapping
from datetime import datetime

from ..clock import rfc3339

_MINUTE, _HOUR = 60, 3600
DELAYS = (5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR)
"""Seconds after each failed try but the last: ten tries over about 75 hours."""
TRIES = len(DELAYS) + 1
GONE = 410


def delay_after(attempt: int, jitter: Callable[[float, float], float] = random.uniform) -> float | None:
    """Seconds until the next try, ± a tenth; None after the last."""
    return DELAYS[attempt - 1] * jitter(0.9, 1.1) if attempt < TRIES else None


def is_delivered(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def body(*, type: str, at: datetime, data: Mapping[str, object]) -> str:
    """The payload: type, time of the event, ids and states."""
    return json.dumps({"type": type, "timestamp": rfc3339(at), "data": data}, ensure_ascii=False, separators=(",", ":"))
