"""Stock as people see it."""

from enum import StrEnum


class StockBand(StrEnum):
    """What people are told instead of a number: an estimate, made outside any sale."""

    IN_STOCK = "in_stock"
    LOW = "low"
    OUT = "out"


LOW = 10
"""Fewer units than this read as `low`. Counting stops here: more makes no difference."""

MAX_CAP = 100_000
"""The most tokens a capped offer may have; more is as good as unlimited."""


def band(available: int | None) -> StockBand:
    """`None` is unlimited."""
    if available is None or available >= LOW:
        return StockBand.IN_STOCK
    return StockBand.LOW if available > 0 else StockBand.OUT
