"""State a rate, read those in force."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...kit import clock
from ...kit.errors import FieldError, ValidationFailed
from ...kit.i18n import Text
from ...kit.ids import NIL, new_id
from .models import FxRate
from .rules import Rate, Rates

__all__ = ["Rate", "Rates", "history", "latest", "rates_in_force", "rates_of", "state"]

_CURRENCY = re.compile(r"[A-Z]{3}")
_PAIR = Text("请填写两种不同的货币代码", "Give two different currency codes")
_RATE = Text("汇率须大于 0，最多十位小数", "A rate is above zero with at most ten decimals")
_SOURCE = Text("请注明汇率来源", "Say where the rate comes from")
_TIME = Text("汇率时间不能晚于现在", "A rate cannot be of the future")
MOST = Decimal(10**9)


def state(
    session: Session, *, base: str, quote: str, rate: Decimal, source: str, stated_at: datetime | None = None
) -> FxRate:
    """A new rate of a pair, in force at once. Platform, audited. Raises ValidationFailed.

    Prices that were made of the old one follow: see `goods.pricing.fx`, which is what everybody calls.
    """
    now = clock.now()
    checks = [
        (bool(_CURRENCY.fullmatch(base) and _CURRENCY.fullmatch(quote) and base != quote), "base", _PAIR),
        (rate.is_finite() and 0 < rate <= MOST and rate == rate.quantize(Decimal("1e-10")), "rate", _RATE),
        (bool(source.strip()), "source", _SOURCE),
        (stated_at is None or stated_at <= now, "stated_at", _TIME),
    ]
    if faults := [FieldError(f"/{name}", f"{name}_invalid", text) for fine, name, text in checks if not fine]:
        raise ValidationFailed(errors=faults)
    row = FxRate(
        id=new_id(), base=base, quote=quote, rate=rate, source=source.strip()[:200], stated_at=stated_at or now
    )
    session.add(row)
    session.flush()
    details = {"base": base, "quote": quote, "rate": str(rate), "source": row.source}
    record(session, party_id=NIL, action="fx.stated", subject="fx_rate", subject_id=row.id, details=details)
    return row


def rates_in_force(session: Session, at: datetime | None = None) -> Rates:
    """The latest rate of each pair, now or as it was at `at`."""
    return rates_of(session.scalars(latest(at)))


def latest(at: datetime | None = None) -> Select[FxRate]:
    """The rows of `rates_in_force`, for who reads them together with others."""
    pair = FxRate.base, FxRate.quote
    query = select(FxRate).ext(distinct_on(*pair)).order_by(*pair, FxRate.id.desc())
    return query if at is None else query.where(FxRate.created_at <= at)


def rates_of(rows: Iterable[FxRate]) -> Rates:
    return Rates(Rate(row.base, row.quote, row.rate, row.source, row.stated_at) for row in rows)


def history(session: Session, limit: int = 200) -> Sequence[FxRate]:
    """Newest first."""
    return session.scalars(select(FxRate).order_by(FxRate.id.desc()).limit(limit)).all()
