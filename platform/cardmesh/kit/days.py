"""Business days: the platform's are those of UTC+8, as the trade keeps its books. China has no summer time."""

from datetime import date, datetime, time, timedelta, timezone

ZONE = timezone(timedelta(hours=8), "UTC+8")


def day_of(moment: datetime) -> date:
    """The business day that a moment falls on."""
    return moment.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    """Midnight at the start of a business day."""
    return datetime.combine(day, time(), ZONE)
