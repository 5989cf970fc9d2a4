"""A machine whose clock is wrong by `SKEW` seconds; it leaves a note of it beside its fail points."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cardmesh.kit import clock

NOTE = "clock"


def apply() -> None:
    """From here on this process believes in another time."""
    if seconds := int(os.environ.get("SKEW", "0")):
        clock.local = lambda: datetime.now(UTC) + timedelta(seconds=seconds)
        wrong = clock.local() - datetime.now(UTC)
        Path(os.environ["FAIL_POINTS"], NOTE).write_text(str(round(wrong.total_seconds())))
