"""Bills: one file for each business day, written by Alipay and WeChat Pay on the morning after."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from ....kit.days import day_of, start_of
from ..errors import GatewayUnavailable

log = logging.getLogger(__name__)

READY = timedelta(hours=11)
"""Both begin to write at nine and advise to come after ten."""


def days(since: datetime, until: datetime) -> Iterator[date]:
    """The business days that a period touches."""
    day = day_of(since)
    while start_of(day) < until:
        yield day
        day += timedelta(days=1)


def titles(cells: Iterable[str]) -> list[str]:
    """A header's names without their unit, which is written in more than one way."""
    alike = (cell.strip().replace("（", "(").replace("）", ")") for cell in cells)
    return [cell.removesuffix("元)").rstrip("(+-") for cell in alike]


def fen(text: str) -> int:
    """`-12.34000` → -1234. Raises decimal.InvalidOperation."""
    return int((Decimal(text.strip() or "0") * 100).quantize(Decimal(1), ROUND_HALF_UP))


@contextmanager
def readable(gateway: str) -> Iterator[None]:
    """A bill that is not as the gateway describes it is as good as none: half a bill would be a heap of differences,
    and one account's must not stop the round over all."""
    try:
        yield
    except (ValueError, ArithmeticError, LookupError, OSError) as error:
        log.warning("%s: bill: %s", gateway, type(error).__name__)
        raise GatewayUnavailable from error
