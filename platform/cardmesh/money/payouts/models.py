"""Terms of payment, runs, their lines, and the result files that were read."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Minor, Moment, PrimaryId
from ...kit.ids import new_id


class Schedule(StrEnum):
    MANUAL = "manual"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Method(StrEnum):
    STRIPE = "stripe"
    """A connected account, to which the provider pays out."""
    BANK = "bank"
    """A batch file for the operator's bank."""
    ALIPAY = "alipay"
    """A batch file for the operator's Alipay."""


class PayoutTerms(Base):
    """How one party is paid in one currency. `payee` is sealed JSON: whose account, where, and its number."""

    __tablename__ = "payout_terms"
    __table_args__ = (
        CheckConstraint("party in ('supplier', 'distributor')", name="party"),
        CheckConstraint("schedule in ('manual', 'daily', 'weekly', 'monthly')", name="schedule"),
        CheckConstraint("method in ('stripe', 'bank', 'alipay')", name="method"),
        CheckConstraint("minimum_minor >= 0", name="minimum"),
        CheckConstraint("(payee is null) = (key_version is null)", name="payee"),
        UniqueConstraint("owner_id", "currency"),
    )

    owner_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    party: Mapped[str]
    currency: Mapped[Currency]
    schedule: Mapped[str] = mapped_column(server_default=Schedule.MANUAL)
    minimum_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    method: Mapped[str]
    payee: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_version: Mapped[int | None]
    payee_hint: Mapped[str] = mapped_column(server_default="")
    """What a person may see of it: the last digits."""
    stripe_account: Mapped[str | None]
    stripe_ready: Mapped[bool] = mapped_column(server_default=text("false"))
    updated_at: Mapped[CreatedAt]


class RunStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    DONE = "done"
    CANCELED = "canceled"


class PayoutRun(Base):
    """Withdrawals that are paid together. Who made it can not approve it: the database says so too."""

    __tablename__ = "payout_runs"
    __table_args__ = (
        CheckConstraint("method in ('stripe', 'bank', 'alipay')", name="method"),
        CheckConstraint("status in ('draft', 'approved', 'done', 'canceled')", name="status"),
        CheckConstraint("approved_by <> made_by", name="two_people"),
        CheckConstraint("(status in ('approved', 'done')) = (approved_by is not null)", name="approved"),
    )

    id: Mapped[PrimaryId]
    method: Mapped[str]
    currency: Mapped[Currency]
    status: Mapped[str] = mapped_column(server_default=RunStatus.DRAFT)
    cutoff: Mapped[Moment]
    lines: Mapped[int]
    total_minor: Mapped[Minor]
    made_by: Mapped[uuid.UUID] = mapped_column(Uuid)
    approved_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    approved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class LineStatus(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    """Asked of the provider, or handed to the operator in a file: whether it was paid is not known yet."""
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


class PayoutLine(Base):
    """One withdrawal in a run, with the payee as approved: later changes of the party's terms do not reach it."""

    __tablename__ = "payout_lines"
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'sent', 'paid', 'failed', 'canceled')", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        UniqueConstraint("owner_id", "run_id", "withdrawal_id"),
        Index(
            "payout_lines_live_idx",
            "owner_id",
            "withdrawal_id",
            unique=True,
            postgresql_where=text("status <> 'canceled'"),
        ),
        Index("payout_lines_run_idx", "run_id", "id"),
        Index("payout_lines_sent_idx", "asked_at", postgresql_where=text("status = 'sent'")),
    )

    owner_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    run_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    withdrawal_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    party: Mapped[str]
    method: Mapped[str]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    status: Mapped[str] = mapped_column(server_default=LineStatus.WAITING)
    payee: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_version: Mapped[int | None]
    payee_hint: Mapped[str] = mapped_column(server_default="")
    stripe_account: Mapped[str | None]
    transfer_ref: Mapped[str | None]
    payout_ref: Mapped[str | None]
    told: Mapped[str] = mapped_column(server_default="")
    """Why it failed, in the provider's or the bank's words."""
    asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class PayoutResult(Base):
    """A result file that was read: the same bytes for the same run again are known, and change nothing."""

    __tablename__ = "payout_results"
    __table_args__ = (UniqueConstraint("run_id", "sha256"),)

    id: Mapped[PrimaryId]
    run_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    sha256: Mapped[str]
    paid: Mapped[int]
    failed: Mapped[int]
    imported_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[CreatedAt]
