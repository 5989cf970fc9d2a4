"""A coupon, and who used it for which order."""

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Minor, PrimaryId, TenantOwned


class CouponKind(StrEnum):
    PERCENT = "percent"
    FIXED = "fixed"


class CouponStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class UseStatus(StrEnum):
    HELD = "held"
    """Counts: the order waits to be paid, or was."""
    RELEASED = "released"
    """The order was not paid; somebody else may have the use."""


_IDS = ARRAY(Uuid)


class Coupon(TenantOwned, Base):
    """A discount of one store for whoever knows the code. Its terms never change; it is paused, or ends.

    With no goods named it is for all. `used` counts the uses that are held; the check on it is what makes the last use
    go to one buyer only.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint("kind in ('percent', 'fixed')", name="kind"),
        CheckConstraint("status in ('active', 'paused')", name="status"),
        CheckConstraint(
            "case kind when 'percent' then percent > 0 and percent <= 100 and amount_minor is null"
            " else amount_minor > 0 and percent is null end",
            name="discount",
        ),
        CheckConstraint("most_uses > 0 and most_per_buyer > 0", name="limits"),
        CheckConstraint("used >= 0 and (most_uses is null or used <= most_uses)", name="used"),
        UniqueConstraint("tenant_id", "store_id", "code"),
    )

    id: Mapped[PrimaryId]
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    code: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str]
    percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 4))
    amount_minor: Mapped[Minor | None]
    currency: Mapped[Currency]
    threshold_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    most_off_minor: Mapped[Minor | None]
    category_ids: Mapped[list[uuid.UUID]] = mapped_column(_IDS, server_default=text("'{}'"))
    product_ids: Mapped[list[uuid.UUID]] = mapped_column(_IDS, server_default=text("'{}'"))
    sku_ids: Mapped[list[uuid.UUID]] = mapped_column(_IDS, server_default=text("'{}'"))
    most_uses: Mapped[int | None]
    most_per_buyer: Mapped[int | None]
    used: Mapped[int] = mapped_column(server_default=text("0"))
    status: Mapped[str] = mapped_column(server_default=CouponStatus.ACTIVE)
    starts_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class CouponUse(TenantOwned, Base):
    """One order's use. `buyer` is a digest of the contact; `turn` counts a buyer's uses, the lowest free one each."""

    __tablename__ = "coupon_uses"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "coupon_id"], ["coupons.tenant_id", "coupons.id"]),
        ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.id"]),
        CheckConstraint("status in ('held', 'released')", name="status"),
        CheckConstraint("discount_minor > 0", name="discount"),
        UniqueConstraint("tenant_id", "order_id"),
        Index(
            "coupon_uses_buyer_idx",
            *("tenant_id", "coupon_id", "buyer", "turn"),
            unique=True,
            postgresql_where=text("status = 'held'"),
        ),
    )

    coupon_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    order_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    buyer: Mapped[bytes] = mapped_column(LargeBinary)
    turn: Mapped[int]
    status: Mapped[str] = mapped_column(server_default=UseStatus.HELD)
    discount_minor: Mapped[Minor]
    created_at: Mapped[CreatedAt]
