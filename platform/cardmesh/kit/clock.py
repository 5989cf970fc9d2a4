"""The one clock. Tests freeze or skew it; nothing else calls `datetime.now`.

Machines disagree about the time, and what one writes another reads: a serving process goes by the database's clock.
"""

from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(seconds=1)
"""Less is the time a question takes on a busy machine, not a wrong clock."""

_offset = timedelta(0)


def local() -> datetime:
    """What this machine believes."""
    return datetime.now(UTC)


def follow(moment: datetime) -> None:
    """It is `moment` now, says the clock that all processes share; ours goes by it from here on."""
    global _offset
    found = moment - local()
    if abs(found - _offset) > TOLERANCE:
        _offset = found if abs(found) > TOLERANCE else timedelta(0)


def now() -> datetime:
    """The current time, aware, UTC."""
    return local() + _offset


def rfc3339(moment: datetime) -> str:
    """`2026-11-22T04:51:00.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
