"""What prices are made of besides offers and listings."""

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Numeric,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Minor, Moment, PrimaryId, SupplierOwned, TenantOwned


class MarkupRule(TenantOwned, Base):
    """A store's markup for listings without a price of their own: by category, supplier and a band of cost.

    A band begins at `cost_from_minor` and ends where the next one of the same category and supplier begins.
    """

    __tablename__ = "markup_rules"
    __table_args__ = (
        CheckConstraint("cost_from_minor >= 0", name="cost_from"),
        UniqueConstraint(
            *("tenant_id", "store_id", "currency", "category_id", "supplier_id", "cost_from_minor"),
            name="markup_rules_scope_key",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[PrimaryId]
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    currency: Mapped[Currency]
    category_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    supplier_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    cost_from_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    percent: Mapped[Decimal] = mapped_column(Numeric(9, 4))
    fixed_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    round_to_minor: Mapped[Minor] = mapped_column(server_default=text("1"))
    floor_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    created_at: Mapped[CreatedAt]


class OfferTenant(SupplierOwned, Base):
    """A distributor that an exclusive offer is for."""

    __tablename__ = "offer_tenants"
    __table_args__ = (
        ForeignKeyConstraint(["supplier_id", "offer_id"], ["offers.supplier_id", "offers.id"]),
        Index("offer_tenants_offer_idx", "offer_id", "tenant_id"),
    )

    offer_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)


class PriceListStatus(StrEnum):
    PLANNED = "planned"
    APPLIED = "applied"
    CANCELED = "canceled"
    REFUSED = "refused"
    """When its time came, the offer could not take it."""


class PriceList(SupplierOwned, Base):
    """All prices of an offer from a moment on: `prices` is `[[tier, min_quantity, price_minor], …]`."""

    __tablename__ = "price_lists"
    __table_args__ = (
        ForeignKeyConstraint(["supplier_id", "offer_id"], ["offers.supplier_id", "offers.id"]),
        CheckConstraint("base_price_minor > 0", name="base_price"),
        CheckConstraint("status in ('planned', 'applied', 'canceled', 'refused')", name="status"),
        Index("price_lists_due_idx", "effective_from", postgresql_where=text("status = 'planned'")),
    )

    id: Mapped[PrimaryId]
    offer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    effective_from: Mapped[Moment]
    base_price_minor: Mapped[Minor]
    prices: Mapped[list[list[Any]]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(server_default=PriceListStatus.PLANNED)
    applied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
