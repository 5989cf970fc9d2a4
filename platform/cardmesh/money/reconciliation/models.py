"""What a gateway told, the comparisons that were made, and what they found."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Minor, Moment, PrimaryId


class GatewayMovement(Base):
    """One balance transaction as it was first told; its fee is booked."""

    __tablename__ = "gateway_movements"
    __table_args__ = (Index("gateway_movements_at_idx", "gateway", "at"),)

    gateway: Mapped[str] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[str]
    source_ref: Mapped[str]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    fee_currency: Mapped[Currency]
    at: Mapped[Moment]
    created_at: Mapped[CreatedAt]


class Comparison(Base):
    """One comparison of a period: how many movements each side had, and how many differences were open after it."""

    __tablename__ = "comparisons"
    __table_args__ = (UniqueConstraint("gateway", "since", "until"),)

    id: Mapped[PrimaryId]
    gateway: Mapped[str]
    since: Mapped[Moment]
    until: Mapped[Moment]
    theirs: Mapped[int]
    ours: Mapped[int]
    differences: Mapped[int]
    created_at: Mapped[CreatedAt]


class ReconciliationTask(Base):
    """One difference, for a person to look into. `key` makes it one however often it is found."""

    __tablename__ = "reconciliation_tasks"
    __table_args__ = (
        CheckConstraint("status in ('open', 'resolved')", name="status"),
        CheckConstraint("(status = 'resolved') = (resolved_at is not null)", name="resolved"),
        UniqueConstraint("gateway", "key"),
        Index("reconciliation_tasks_open_idx", "at", postgresql_where=text("status = 'open'")),
    )

    id: Mapped[PrimaryId]
    gateway: Mapped[str]
    key: Mapped[str]
    cause: Mapped[str]
    kind: Mapped[str]
    source_ref: Mapped[str]
    movement_ref: Mapped[str | None]
    entry_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    theirs_minor: Mapped[Minor | None]
    theirs_currency: Mapped[str | None] = mapped_column(String(3))
    ours_minor: Mapped[Minor | None]
    ours_currency: Mapped[str | None] = mapped_column(String(3))
    at: Mapped[Moment]
    status: Mapped[str] = mapped_column(server_default="open")
    note: Mapped[str] = mapped_column(server_default="")
    resolved_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
