"""Rates as they were stated."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Moment, PrimaryId


class FxRate(Base):
    """One unit of `base` costs `rate` units of `quote`, by `source` at `stated_at`; in force until the next one."""

    __tablename__ = "fx_rates"
    __table_args__ = (
        CheckConstraint("rate > 0", name="rate"),
        CheckConstraint("base <> quote", name="pair"),
        CheckConstraint("source <> ''", name="source"),
        Index("fx_rates_pair_idx", "base", "quote", "id"),
    )

    id: Mapped[PrimaryId]
    base: Mapped[Currency]
    quote: Mapped[Currency]
    rate: Mapped[Decimal] = mapped_column(Numeric(20, 10))
    source: Mapped[str]
    stated_at: Mapped[Moment]
    created_at: Mapped[CreatedAt]
