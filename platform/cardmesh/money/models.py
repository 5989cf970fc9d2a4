"""Ledger, rules, withdrawals and payments. The laws of the ledger are also triggers and grants in the migration.

Sign: a positive posting is a debit, a negative one a credit. What the platform owes a party (a wallet) is a credit
balance, so a wallet shows minus the sum of its postings.
"""

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, CreatedAt, Currency, Json, Minor, Moment, PrimaryId, TenantOwned, Xid8
from ..kit.ids import NIL


class AccountKind(StrEnum):
    """Whose money in which state. Wallet kinds belong to a tenant or supplier, the rest to the platform."""

    GATEWAY = "gateway"
    """Money that a payment gateway holds for us (debit balance)."""
    CLEARING = "clearing"
    """Buyers' money for goods not yet delivered."""
    REVENUE = "revenue"
    """The platform's commission and service fees."""
    ADJUSTMENT = "adjustment"
    """The other side of manual credits by the operator."""
    PAID_OUT = "paid_out"
    """Money that has left to the parties' banks."""
    FEES = "fees"
    """What gateways kept for themselves (debit balance)."""
    DISPUTED = "disputed"
    """Money that a buyer's bank took back while it decides (debit balance)."""
    PENDING = "pending"
    AVAILABLE = "available"
    HELD = "held"
    IN_TRANSIT = "in_transit"
    DEPOSIT = "deposit"
    ADVANCE = "advance"
    """What a party owes of money advanced to it (debit balance), paid back from settlement."""


class LedgerAccount(Base):
    """One owner's account of one kind and currency; `owner_id` is a tenant's or supplier's id, nil for the platform."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (UniqueConstraint("owner_id", "kind", "currency"),)

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    """Follows from the other three, see `ledger.rules.account_id`; hence no default."""
    owner_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    kind: Mapped[str]
    currency: Mapped[Currency]
    created_at: Mapped[CreatedAt]


class JournalEntry(Base):
    """A balanced movement. `reference` names its cause (`order CM2611…`); the ledger does not look at it."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        Index("journal_entries_reference_id_idx", "reference_id"),
        Index(
            "journal_entries_reversal_idx",
            "reverses_id",
            unique=True,
            postgresql_where=text("kind = 'reversal'"),
        ),
    )

    id: Mapped[PrimaryId]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str]
    reference: Mapped[str] = mapped_column(server_default="")
    reference_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal_entries.id"))
    created_at: Mapped[CreatedAt]


class Posting(Base):
    """One leg of an entry. `xid` lets balances be folded exactly: a sequence number is not commit order.

    Entry and account are looked up by a trigger, not locked by foreign keys (docs/decisions/0004-ledger.md).
    """

    __tablename__ = "postings"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount"),
        Index("postings_account_id_idx", "account_id", "xid"),
        Index("postings_xid_idx", "xid"),
        Index("postings_day_idx", "created_at", postgresql_where=text("leg = 1")),
        Index(
            "postings_owner_idx",
            "owner_id",
            "entry_id",
            postgresql_where=text(f"owner_id <> '{NIL}'"),
        ),
    )

    entry_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    leg: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    owner_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    created_at: Mapped[CreatedAt]


class BalanceSnapshot(Base):
    """The sum of an account's postings before the fold's `upto`. A cache: `verify` proves it against the postings."""

    __tablename__ = "balance_snapshots"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ledger_accounts.id"), primary_key=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    balance_minor: Mapped[Minor]


class LedgerFold(Base):
    """One row: postings with an older transaction id than `upto` are in the snapshots, all others are not."""

    __tablename__ = "ledger_fold"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    upto: Mapped[int] = mapped_column(Xid8)
    folded_at: Mapped[CreatedAt]


class RuleBasis(StrEnum):
    COST = "cost"
    """commission = rate × cost"""
    RETAIL = "retail"
    """commission = rate × retail, never more than cost"""
    SHARE = "share"
    """retail is divided supplier / platform / distributor by three shares that add up to 1"""


class CommissionRule(Base):
    """Who takes what. Never edited: a change is a new row with a later `effective_from`, an end is `ends_at`.

    `steps`: `[[volume_minor, "rate"], …]`.
    """

    __tablename__ = "commission_rules"
    __table_args__ = (
        CheckConstraint("basis in ('cost', 'retail', 'share')", name="basis"),
        CheckConstraint("rate between 0 and 1 and fee_rate between 0 and 1", name="rates"),
        CheckConstraint(
            "case basis when 'share' then rate = 0 and fee_rate = 0"
            " and num_nonnulls(supplier_share, platform_share, distributor_share) = 3"
            " and supplier_share + platform_share + distributor_share = 1"
            " else num_nonnulls(supplier_share, platform_share, distributor_share) = 0 end",
            name="shares",
        ),
        CheckConstraint("num_nonnulls(sku_id, product_id, category_id) <= 1", name="goods"),
        CheckConstraint("min_minor >= 0 and cap_minor >= 0 and min_minor <= cap_minor", name="sums"),
        CheckConstraint(
            "currency is not null or (min_minor is null and cap_minor is null and steps = '[]')", name="currency"
        ),
        Index("commission_rules_effective_idx", "effective_from", "id"),
    )

    id: Mapped[PrimaryId]
    sku_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    product_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    category_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    supplier_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    basis: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(7, 6), server_default=text("0"))
    fee_rate: Mapped[Decimal] = mapped_column(Numeric(7, 6), server_default=text("0"))
    supplier_share: Mapped[Decimal | None] = mapped_column(Numeric(7, 6))
    platform_share: Mapped[Decimal | None] = mapped_column(Numeric(7, 6))
    distributor_share: Mapped[Decimal | None] = mapped_column(Numeric(7, 6))
    currency: Mapped[str | None] = mapped_column(String(3))
    min_minor: Mapped[Minor | None]
    cap_minor: Mapped[Minor | None]
    steps: Mapped[list[list[Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    effective_from: Mapped[Moment] = mapped_column(server_default=func.clock_timestamp())
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]


class SalesVolume(Base):
    """What a supplier's units of thirty days cost, counted now and then: the steps of commission rules go by it."""

    __tablename__ = "sales_volumes"

    supplier_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    volume_minor: Mapped[Minor]
    counted_at: Mapped[CreatedAt]


class WithdrawalStatus(StrEnum):
    REQUESTED = "requested"
    PROCESSING = "processing"
    """In a payout run: nobody can take it back."""
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


class Withdrawal(Base):
    """A party's request to be paid. The money is in transit from the request until it is paid or given back."""

    __tablename__ = "withdrawals"
    __table_args__ = (
        CheckConstraint("status in ('requested', 'processing', 'paid', 'failed', 'canceled')", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("withdrawals_owner_idx", "owner_id", "id"),
        Index(
            "withdrawals_period_idx",
            "owner_id",
            "currency",
            "period",
            unique=True,
            postgresql_where=text("period is not null"),
        ),
    )

    id: Mapped[PrimaryId]
    party: Mapped[str]
    owner_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    status: Mapped[str] = mapped_column(server_default=WithdrawalStatus.REQUESTED)
    note: Mapped[str] = mapped_column(server_default="")
    period: Mapped[str | None]
    """Of a withdrawal that the party's schedule asked for: which day, week or month it is for."""
    decided_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class PaymentPurpose(StrEnum):
    ORDER = "order"
    TOP_UP = "top_up"


class PaymentStatus(StrEnum):
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


class Payment(TenantOwned, Base):
    """One attempt to collect money for an order or a wallet top-up through one gateway account.

    `gateway` is the channel: `stripe` for the account of the installation's settings, `alipay/mch_…` for a merchant
    account. What the distributor collects itself never enters the platform's books: see `collector`.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("purpose in ('order', 'top_up')", name="purpose"),
        CheckConstraint("status in ('open', 'paid', 'expired', 'failed')", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(purpose = 'order') = (order_id is not null)", name="order"),
        CheckConstraint(
            "collector = 'platform' or (collector = 'distributor' and purpose = 'order')", name="collector"
        ),
        CheckConstraint("way in ('page', 'phone', 'qr')", name="way"),
        UniqueConstraint("id"),
        Index("payments_order_idx", "tenant_id", "order_id", unique=True),
        Index(
            "payments_session_idx",
            "gateway",
            "session_ref",
            unique=True,
            postgresql_where=text("session_ref is not null"),
        ),
        Index("payments_intent_idx", "gateway", "intent_ref", postgresql_where=text("intent_ref is not null")),
        Index("payments_open_idx", "created_at", postgresql_where=text("status = 'open'")),
    )

    id: Mapped[PrimaryId]
    purpose: Mapped[str]
    order_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    gateway: Mapped[str]
    gateway_account: Mapped[str] = mapped_column(server_default="")
    livemode: Mapped[bool]
    collector: Mapped[str] = mapped_column(server_default="platform")
    method: Mapped[str]
    way: Mapped[str] = mapped_column(server_default="page")
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    status: Mapped[str] = mapped_column(server_default=PaymentStatus.OPEN)
    session_ref: Mapped[str | None]
    intent_ref: Mapped[str | None]
    url: Mapped[str | None]
    code: Mapped[str | None]
    """What the QR code on our page says; its address is `url` then."""
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    paid_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class Refund(TenantOwned, Base):
    """Money given back for one delivered or undelivered unit; asked of the gateway by a job, once an `attempt`.

    `xid` is the transaction that decided it: the figures find refunds by it, as they find sales by their postings'.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("status in ('requested', 'succeeded', 'failed')", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        UniqueConstraint("tenant_id", "unit_id"),
        Index("refunds_gateway_ref_idx", "gateway_ref"),
        Index("refunds_waiting_idx", "created_at", postgresql_where=text("status = 'requested'")),
        Index("refunds_xid_idx", "xid"),
        Index("refunds_failed_idx", "id", postgresql_where=text("status = 'failed'")),
    )

    id: Mapped[PrimaryId]
    order_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    unit_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    payment_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="requested")
    attempt: Mapped[int] = mapped_column(server_default=text("1"))
    gateway_ref: Mapped[str | None]
    failure: Mapped[str | None]
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the gateway was known to have done it; stays when it failed afterwards."""
    created_at: Mapped[CreatedAt]
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))


class EventOutcome(StrEnum):
    STORED = "stored"
    APPLIED = "applied"
    IGNORED = "ignored"
    REFUSED = "refused"
    """Does not match our payment: recorded, not acted on, shown to the operator."""


class GatewayEvent(Base):
    """The webhook inbox: stored first, then applied once."""

    __tablename__ = "gateway_events"
    __table_args__ = (
        CheckConstraint("outcome in ('stored', 'applied', 'ignored', 'refused')", name="outcome"),
        Index("gateway_events_newest_idx", "received_at", "event_ref"),
        Index("gateway_events_received_idx", "gateway", "received_at"),
        Index("gateway_events_stored_idx", "received_at", postgresql_where=text("outcome = 'stored'")),
        Index("gateway_events_alerts_idx", "received_at", postgresql_where=text("outcome = 'refused'")),
    )

    gateway: Mapped[str] = mapped_column(primary_key=True)
    event_ref: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str]
    payload: Mapped[Json]
    outcome: Mapped[str] = mapped_column(server_default=EventOutcome.STORED)
    reason: Mapped[str] = mapped_column(server_default="")
    received_at: Mapped[CreatedAt]
    applied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


PLATFORM_OWNER = NIL
