"""Sums of sales, the buyers a store has seen, and how far the fold has come. All of it can be made again from the rows.

A row of `sales_figures` is of one face: which of the dimensions it keeps apart. Those that it adds up are nil (ids) or
empty (channel), so that every row has a whole key.
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Moment, TenantOwned, Xid8
from ...kit.ids import NIL


class Face(StrEnum):
    """What the sums of a row are of. Hours keep the channel apart, days of goods the SKU and its supplier."""

    MARKET = "market"
    """All stores, by hour and channel."""
    STORE = "store"
    """One distributor, by hour and channel."""
    STORE_DAY = "store_day"
    """One distributor, by day: to compare all of them."""
    STORE_WEEK = "store_week"
    """The same by week, for the weeks that lie whole in what is asked."""
    STORE_GOODS = "store_goods"
    """One distributor, by day, supplier and SKU."""
    SUPPLIER = "supplier"
    """One supplier, by hour."""
    GOODS = "goods"
    """All stores, by day, supplier and SKU."""
    GOODS_WEEK = "goods_week"
    """The same by week."""


_FACES = ", ".join(f"'{face}'" for face in Face)
Count = Annotated[int, mapped_column(BigInteger, server_default=text("0"))]


class SalesFigure(TenantOwned, Base):
    """`at` is the first moment of the hour, or of the day or week in `rules.ZONE`. Sales stand when goods were handed
    over, refunds when they were decided.

    `orders` and what is said of whole orders (`identified`, `firsts`, the waits) is 0 where goods are kept apart.
    `identified` have a contact; `firsts` of them were their contact's first in the store. The waits count orders by the
    time from payment to delivery. `failed` units were paid, never delivered and given back.
    """

    __tablename__ = "sales_figures"
    __table_args__ = (
        CheckConstraint(f"face in ({_FACES})", name="face"),
        Index("sales_figures_stores_idx", "face", "at", postgresql_where=text("face in ('store_day', 'store_week')")),
        Index(
            "sales_figures_supplier_idx", "supplier_id", "face", "at", postgresql_where=text(f"supplier_id <> '{NIL}'")
        ),
        Index("sales_figures_sku_idx", "sku_id", "face", "at", postgresql_where=text(f"sku_id <> '{NIL}'")),
    )

    face: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    supplier_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    sku_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    orders: Mapped[Count]
    identified: Mapped[Count]
    firsts: Mapped[Count]
    units: Mapped[Count]
    retail_minor: Mapped[Count]
    cost_minor: Mapped[Count]
    supplier_minor: Mapped[Count]
    platform_minor: Mapped[Count]
    distributor_minor: Mapped[Count]
    refunded: Mapped[Count]
    refunded_retail_minor: Mapped[Count]
    refunded_cost_minor: Mapped[Count]
    refunded_supplier_minor: Mapped[Count]
    refunded_platform_minor: Mapped[Count]
    refunded_distributor_minor: Mapped[Count]
    failed: Mapped[Count]
    failed_minor: Mapped[Count]
    within_1s: Mapped[Count]
    within_5s: Mapped[Count]
    within_30s: Mapped[Count]
    within_5m: Mapped[Count]
    within_1h: Mapped[Count]
    slower: Mapped[Count]


DIMENSIONS = ("tenant_id", "face", "at", "supplier_id", "sku_id", "channel", "currency")
MEASURES = tuple(column.name for column in SalesFigure.__table__.columns if column.name not in DIMENSIONS)


class FiguresFold(Base):
    """One row: entries and refunds with an older transaction id than `upto` are in the sums, all others are not."""

    __tablename__ = "figures_fold"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    upto: Mapped[int] = mapped_column(Xid8)
    folded_at: Mapped[CreatedAt]


class StoreBuyer(TenantOwned, Base):
    """A buyer whom a store has delivered to, by a digest of the contact, and the order that was the first."""

    __tablename__ = "store_buyers"

    buyer: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    first_at: Mapped[Moment]
    order_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    channel: Mapped[str]
    currency: Mapped[Currency]
