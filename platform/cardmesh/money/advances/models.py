"""The operator's terms, and the advances that were taken."""

import uuid

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Minor, PrimaryId
from ...kit.ids import new_id


class AdvanceTerms(Base):
    """On which terms money is advanced in one currency. Never edited: the newest row is in force."""

    __tablename__ = "advance_terms"
    __table_args__ = (
        CheckConstraint("pending_permille between 0 and 1000", name="pending"),
        CheckConstraint("fee_permille between 0 and 1000", name="fee"),
        CheckConstraint("history_permille >= 0 and least_days >= 0 and most_minor >= 0", name="positive"),
        Index("advance_terms_currency_idx", "currency", "id"),
    )

    id: Mapped[PrimaryId]
    currency: Mapped[Currency]
    enabled: Mapped[bool]
    pending_permille: Mapped[int]
    """How much of what is pending may be advanced."""
    history_permille: Mapped[int]
    """How much of an average month's settlement, of the last three, may be owed; 2000 is two months."""
    fee_permille: Mapped[int]
    least_days: Mapped[int]
    """So long ago the supplier has to have been settled for the first time."""
    most_minor: Mapped[Minor]
    set_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[CreatedAt]


class Advance(Base):
    """One advance, and the facts that its limit was drawn from."""

    __tablename__ = "advances"
    __table_args__ = (
        CheckConstraint("amount_minor > 0 and fee_minor >= 0 and fee_minor < amount_minor", name="amount"),
        Index("advances_newest_idx", text("id desc")),
    )

    owner_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    limit_minor: Mapped[Minor]
    pending_minor: Mapped[Minor]
    monthly_minor: Mapped[Minor]
    terms_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    created_at: Mapped[CreatedAt]
