"""Orders, lines and units. A unit is one thing sold: its own key, supplier, split and state."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, CreatedAt, Currency, Json, Minor, PrimaryId, TenantOwned, Xid8


class OrderStatus(StrEnum):
    PENDING_PAYMENT = "pending_payment"
    PAID = "paid"
    PROCESSING = "processing"
    COMPLETED = "completed"
    PARTIALLY_COMPLETED = "partially_completed"
    FAILED = "failed"
    CANCELED = "canceled"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


class UnitStatus(StrEnum):
    RESERVED = "reserved"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"
    REPLACED = "replaced"
    REFUNDED = "refunded"
    RELEASED = "released"
    """The order was not paid in time or canceled; the stock went back."""
    UNKNOWN = "unknown"


class Channel(StrEnum):
    STORE = "store"
    API = "api"
    EMBED = "embed"
    """In the store's frame on somebody else's page; `embed_origin` says whose."""


class Collector(StrEnum):
    PLATFORM = "platform"
    DISTRIBUTOR = "distributor"


_ORDER_STATES = ", ".join(f"'{state}'" for state in OrderStatus)
_UNIT_STATES = ", ".join(f"'{state}'" for state in UnitStatus)


class Order(TenantOwned, Base):
    """One buyer's order in one store. `total_minor`, what is paid after the discount, is fixed when it is placed.

    `external_ref` and `request_hash` are a distributor's own reference and what it asked for with it.
    Guests prove themselves by the order's token (hash kept), or number + contact, or number + query password.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(f"status in ({_ORDER_STATES})", name="status"),
        CheckConstraint("channel in ('store', 'api', 'embed')", name="channel"),
        CheckConstraint("(channel = 'embed') = (embed_origin is not null)", name="embed_origin"),
        CheckConstraint("collected_by in ('platform', 'distributor')", name="collected_by"),
        CheckConstraint("total_minor >= 0", name="total"),
        CheckConstraint("discount_minor >= 0 and (discount_minor > 0) = (coupon_code is not null)", name="discount"),
        UniqueConstraint("tenant_id", "number"),
        Index(
            "orders_external_ref_idx",
            "tenant_id",
            "external_ref",
            unique=True,
            postgresql_where=text("external_ref is not null"),
        ),
        Index("orders_id_idx", "id"),
        Index("orders_expiry_idx", "expires_at", postgresql_where=text("status = 'pending_payment'")),
        Index("orders_unpaid_contact_idx", "tenant_id", "contact", postgresql_where=text("status = 'pending_payment'")),
        Index("orders_unpaid_ip_idx", "tenant_id", "ip", postgresql_where=text("status = 'pending_payment'")),
        Index("orders_canceled_idx", "tenant_id", "id", postgresql_where=text("status = 'canceled'")),
    )

    id: Mapped[PrimaryId]
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    number: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str]
    embed_origin: Mapped[str | None] = mapped_column(String(300))
    external_ref: Mapped[str | None] = mapped_column(String(128))
    request_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    collected_by: Mapped[str]
    status: Mapped[str]
    currency: Mapped[Currency]
    total_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    coupon_code: Mapped[str | None] = mapped_column(String(32))
    contact: Mapped[str | None]
    contact_kind: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="zh-CN")
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    query_password_hash: Mapped[str | None]
    ip: Mapped[str | None]
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    paid_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class OrderLine(TenantOwned, Base):
    """One SKU of an order: total = unit price × quantity − discount.

    `snapshot` keeps names, prices and the commission rule as they were: later changes do not touch it.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.id"]),
        CheckConstraint("quantity between 1 and 1000", name="quantity"),
    )

    order_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, sort_order=-1)
    id: Mapped[PrimaryId]
    listing_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    sku_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    kind: Mapped[str]
    quantity: Mapped[int]
    unit_price_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    total_minor: Mapped[Minor]
    currency: Mapped[Currency]
    snapshot: Mapped[Json]


class OrderUnit(TenantOwned, Base):
    """One unit of a line. `stock_unit_id` is the card key (or cap token) taken for it; UNIQUE is the second guard.

    supplier + platform + distributor = retail: the split as decided when the order was placed, posted at delivery.
    retail is what was paid; the discount, which the distributor bore, came off before.
    `xid` is the transaction that placed the unit, then (by trigger) the one that delivered it: the provenance log finds
    sales by it, and the order path does nothing for it.
    """

    __tablename__ = "order_units"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "order_id", "line_id"],
            ["order_lines.tenant_id", "order_lines.order_id", "order_lines.id"],
        ),
        CheckConstraint(f"status in ({_UNIT_STATES})", name="status"),
        CheckConstraint("supplier_minor + platform_minor + distributor_minor = retail_minor", name="split"),
        CheckConstraint("discount_minor >= 0", name="discount"),
        CheckConstraint("settled_at is null or delivered_at is not null", name="settled"),
        UniqueConstraint("stock_unit_id"),
        Index("order_units_order_idx", "tenant_id", "order_id"),
        Index("order_units_supplier_idx", "supplier_id", "id"),
        Index(
            "order_units_hold_idx",
            "tenant_id",
            "hold_until",
            postgresql_where=text("status = 'delivered' and settled_at is null"),
        ),
        Index(
            "order_units_sold_idx",
            "xid",
            postgresql_where=text("delivered_at is not null and stock_unit_id is not null"),
        ),
    )

    id: Mapped[PrimaryId]
    order_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    line_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    ordinal: Mapped[int]
    sku_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    offer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    supplier_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    stock_unit_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    file_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(server_default=UnitStatus.RESERVED)
    currency: Mapped[Currency]
    retail_minor: Mapped[Minor]
    discount_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    cost_minor: Mapped[Minor]
    supplier_minor: Mapped[Minor]
    platform_minor: Mapped[Minor]
    distributor_minor: Mapped[Minor]
    downloads: Mapped[int] = mapped_column(server_default=text("0"))
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revealed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    hold_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    refunded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))


class Claim(TenantOwned, Base):
    """A complaint about delivered goods, open until somebody decides."""

    __tablename__ = "claims"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "order_id"], ["orders.tenant_id", "orders.id"]),
        CheckConstraint("status in ('open', 'accepted', 'rejected')", name="status"),
        Index("claims_open_idx", "tenant_id", "line_id", unique=True, postgresql_where=text("status = 'open'")),
    )

    id: Mapped[PrimaryId]
    order_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    line_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    reason: Mapped[str]
    evidence: Mapped[str] = mapped_column(server_default="")
    answer: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(server_default="open")
    created_at: Mapped[CreatedAt]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
