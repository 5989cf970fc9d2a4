"""Accounts at gateways, and disputes that buyers' banks open. Payments and refunds stand in `money.models`."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Json, Minor, Moment, PrimaryId, TenantOwned


class MerchantStatus(StrEnum):
    READY = "ready"
    """Connected and tested; takes no payments."""
    ACTIVE = "active"
    """Takes its owner's payments."""
    RETIRED = "retired"
    """Takes no more; kept for refunds of what it took and for messages that come late."""


class Merchant(Base):
    """An account at a gateway that collects for its owner: a tenant, or the platform (nil).

    `public` may be shown, `sealed` holds the secrets under the owner's data key. Payments made through it name it as
    their gateway: `alipay/mch_…` (`rules.channel`).
    """

    __tablename__ = "merchants"
    __table_args__ = (
        CheckConstraint("status in ('ready', 'active', 'retired')", name="status"),
        CheckConstraint("gateway in ('stripe', 'alipay', 'wechat')", name="gateway"),
        UniqueConstraint("owner_id", "gateway", "account"),
    )

    id: Mapped[PrimaryId]
    owner_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    gateway: Mapped[str]
    account: Mapped[str]
    public: Mapped[Json]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    livemode: Mapped[bool]
    status: Mapped[str] = mapped_column(server_default=MerchantStatus.READY)
    problem: Mapped[str] = mapped_column(server_default="")
    """The code of the last check's refusal; empty: it passed."""
    checked_at: Mapped[Moment]
    changed_at: Mapped[Moment]
    """A process that holds a client made before makes it anew."""
    created_at: Mapped[CreatedAt]


class Dispute(TenantOwned, Base):
    """A buyer's bank wants a payment back. One row a dispute, whatever is told of it in whatever order.

    `withdrawn` and `reinstated`: the gateway has taken the money out of our balance, and put it back.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("status in ('inquiry', 'open', 'won', 'lost')", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        UniqueConstraint("tenant_id", "gateway", "gateway_ref"),
        Index("disputes_payment_idx", "tenant_id", "payment_id"),
        Index("disputes_newest_idx", "id"),
        Index("disputes_open_idx", "created_at", postgresql_where=text("status in ('inquiry', 'open')")),
    )

    id: Mapped[PrimaryId]
    payment_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    order_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    gateway: Mapped[str]
    gateway_ref: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str]
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    withdrawn: Mapped[bool] = mapped_column(server_default=text("false"))
    reinstated: Mapped[bool] = mapped_column(server_default=text("false"))
    due_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was known that evidence is handed in."""
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
