"""Which tier sales earn, and what follows for who has another one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ...kit.errors import FieldError, ValidationFailed
from ...kit.i18n import Text
from ...kit.money import MAX_MINOR
from .models import TierLevel

WINDOW = timedelta(days=30)
DEFAULT_GRACE_DAYS = 14
MOST_TIERS = 20


class News(StrEnum):
    """What a distributor is told."""

    PROMOTED = "promoted"
    FALLING = "falling"
    """Sales are below the tier's; it is lost when the grace is over."""
    SAVED = "saved"
    """They are back before that."""
    DEMOTED = "demoted"


@dataclass(frozen=True, slots=True)
class Standing:
    """A tier, and until when it is kept although sales are below it."""

    tier: str
    grace_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A level as a draft."""

    tier: str
    threshold_minor: int
    grace_days: int = DEFAULT_GRACE_DAYS


def rank(tier: str) -> int:
    """VIP3 → 3."""
    return int(tier[3:])


def earned(levels: Sequence[TierLevel], sold_minor: int) -> str | None:
    """The highest tier whose threshold the sales reach."""
    reached = [level.tier for level in levels if level.threshold_minor <= sold_minor]
    return max(reached, key=rank, default=None)


def next_up(levels: Sequence[TierLevel], tier: str) -> TierLevel | None:
    """The tier above."""
    above = (level for level in levels if rank(level.tier) > rank(tier))
    return min(above, key=lambda one: rank(one.tier), default=None)


def move(now: Standing, levels: Sequence[TierLevel], sold_minor: int, at: datetime) -> tuple[Standing, News | None]:
    """Up at once; down only after the grace of the tier, counted from the first time that sales were too low."""
    target = earned(levels, sold_minor)
    if target is None or rank(target) == rank(now.tier):
        return Standing(now.tier), News.SAVED if now.grace_until else None
    if rank(target) > rank(now.tier):
        return Standing(target), News.PROMOTED
    if now.grace_until is None:
        return Standing(now.tier, at + timedelta(days=_grace_days(levels, now.tier))), News.FALLING
    return (Standing(target), News.DEMOTED) if at >= now.grace_until else (now, None)


def _grace_days(levels: Sequence[TierLevel], tier: str) -> int:
    return next((level.grace_days for level in levels if level.tier == tier), DEFAULT_GRACE_DAYS)


_ORDER = Text("等级从 VIP1 起连续编号，门槛从 0 起递增", "Tiers count from VIP1 up, their thresholds rise from 0")
_GRACE = Text("保级天数须为 0–365", "A grace is 0 to 365 days")


def check(levels: Sequence[Threshold]) -> None:
    """Raises ValidationFailed."""
    faults = []
    names = [level.tier for level in levels]
    sums = [level.threshold_minor for level in levels]
    rising = sums == sorted(set(sums)) and all(0 <= one <= MAX_MINOR for one in sums)
    if not levels or len(levels) > MOST_TIERS or names != [f"VIP{n + 1}" for n in range(len(names))]:
        faults.append(FieldError("/tiers", "tiers_invalid", _ORDER))
    elif not rising or sums[0] != 0:
        faults.append(FieldError("/tiers", "thresholds_invalid", _ORDER))
    if any(not 0 <= level.grace_days <= 365 for level in levels):
        faults.append(FieldError("/grace_days", "grace_invalid", _GRACE))
    if faults:
        raise ValidationFailed(errors=faults)
