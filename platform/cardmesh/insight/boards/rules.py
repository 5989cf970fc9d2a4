"""What a period is, how it is cut, and what waiting means. Pure.

Days begin at midnight in `ZONE` for everybody: a figure does not change with who looks at it, and sums by day can be
kept. Hours are whole in that zone too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
MOST_DAYS = 400
MOST_HOURS_DAYS = 14

WAITS = {
    "within_1s": "wait <= 1",
    "within_5s": "wait > 1 and wait <= 5",
    "within_30s": "wait > 5 and wait <= 30",
    "within_5m": "wait > 30 and wait <= 300",
    "within_1h": "wait > 300 and wait <= 3600",
    "slower": "wait > 3600",
}
"""Orders by seconds from payment to delivery: the name of the sum, and which it counts."""


class Step(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to, not including, `until`; both are midnights in `ZONE`. Cut into `step`s."""

    since: datetime
    until: datetime
    step: Step

    @property
    def days(self) -> int:
        return (self.until - self.since).days

    @property
    def last_day(self) -> date:
        return (self.until - timedelta(days=1)).date()

    def before(self) -> "Period":
        """As many days right before it."""
        return Period(self.since - timedelta(days=self.days), self.since, self.step)

    def starts(self) -> Iterator[datetime]:
        """Where each step begins; the first may begin before the period does."""
        at = start_of(self.since, self.step)
        while at < self.until:
            yield at
            at = following(at, self.step)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def start_of(moment: datetime, step: Step) -> datetime:
    """The step that `moment` is in; weeks begin on Monday."""
    here = moment.astimezone(ZONE)
    if step is Step.HOUR:
        return here.replace(minute=0, second=0, microsecond=0)
    day = midnight(here.date())
    if step is Step.WEEK:
        return midnight(day.date() - timedelta(days=day.weekday()))
    return day.replace(day=1) if step is Step.MONTH else day


def following(start: datetime, step: Step) -> datetime:
    """The beginning of the step after the one that begins at `start`."""
    if step is Step.HOUR:
        return start + timedelta(hours=1)
    if step is Step.MONTH:
        return start_of(start + timedelta(days=31), step)
    return start + timedelta(days=7 if step is Step.WEEK else 1)


def last_days(days: int, *, now: datetime, step: Step | None = None) -> Period:
    """Today and the days before it, `days` in all."""
    tomorrow = midnight(now.astimezone(ZONE).date()) + timedelta(days=1)
    return between(tomorrow - timedelta(days=days), tomorrow, step)


def between(since: datetime, until: datetime, step: Step | None = None) -> Period:
    """At least a day, at most `MOST_DAYS`. A step that would cut it too fine gives way to the usual one."""
    until = min(max(until, since + timedelta(days=1)), since + timedelta(days=MOST_DAYS))
    days = (until - since).days
    usual = Step.HOUR if days <= 2 else Step.DAY if days <= 92 else Step.WEEK if days <= 200 else Step.MONTH
    fits = step and not (step is Step.HOUR and days > MOST_HOURS_DAYS)
    return Period(since, until, step if step and fits else usual)
