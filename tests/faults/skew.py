"""A machine whose clock is wrong by `SKEW` seconds."""

import os
from datetime import UTC, datetime, timedelta

from cardmesh.kit import clock


def apply() -> None:
    """From here on this process believes in another time."""
    if seconds := int(os.environ.get("SKEW", "0")):
        clock.local = lambda: datetime.now(UTC) + timedelta(seconds=seconds)
