"""What a tier asks for."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, Currency, Minor


class TierLevel(Base):
    """A tier that is reached by sales of `threshold_minor` in thirty days, and lost `grace_days` after they fall."""

    __tablename__ = "tier_levels"
    __table_args__ = (
        CheckConstraint("tier ~ '^VIP[1-9][0-9]?$'", name="tier"),
        CheckConstraint("threshold_minor >= 0", name="threshold"),
        CheckConstraint("grace_days between 0 and 365", name="grace"),
    )

    tier: Mapped[str] = mapped_column(String(5), primary_key=True)
    threshold_minor: Mapped[Minor]
    currency: Mapped[Currency]
    grace_days: Mapped[int]
