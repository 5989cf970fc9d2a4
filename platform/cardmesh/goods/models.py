"""Catalog, offers, stock, listings.

Stock is a set that a sale deletes from, never a status it flips: `stock` holds what is available, `card_keys` what
was ever uploaded (decision 0003). A key's state is derived: available while in `stock`, else as its order unit says.
"""

import uuid
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
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

from ..kit.db import Base, BigId, CreatedAt, Currency, Json, Minor, PrimaryId, SupplierOwned, TenantOwned, Xid8


class GoodsKind(StrEnum):
    CARD_KEY = "card_key"
    FILE = "file"
    TOP_UP = "top_up"
    CUSTOM = "custom"


class OfferStatus(StrEnum):
    PENDING_REVIEW = "pending_review"
    ACTIVE = "active"
    REJECTED = "rejected"
    PAUSED = "paused"


class ListingStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class Audience(StrEnum):
    """Who may see and buy an offer."""

    ALL = "all"
    TIER = "tier"
    """Distributors of `min_tier` and above."""
    NAMED = "named"
    """Those in `offer_tenants`."""


class ImportKind(StrEnum):
    KEYS = "keys"
    OFFERS = "offers"


class ImportStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Category(Base):
    __tablename__ = "categories"

    id: Mapped[PrimaryId]
    slug: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    sort: Mapped[int] = mapped_column(server_default=text("0"))


class Product(Base):
    """The platform's shared description. `match_name`, normalised, is what makes two suppliers' rows one product."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("category_id", "match_name"),)

    id: Mapped[PrimaryId]
    category_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("categories.id"))
    name: Mapped[str]
    match_name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(server_default="")
    image: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt] = mapped_column(onupdate=func.clock_timestamp())


class Sku(Base):
    """One denomination or variant of a product; offered by any number of suppliers.

    `search_text` is the normalised product and SKU name together: one index finds words of either.
    """

    __tablename__ = "skus"
    __table_args__ = (
        UniqueConstraint("product_id", "match_name"),
        Index("skus_search_idx", text("search_text gin_trgm_ops"), postgresql_using="gin"),
    )

    id: Mapped[PrimaryId]
    product_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("products.id"))
    name: Mapped[str]
    match_name: Mapped[str]
    search_text: Mapped[str]
    face_minor: Mapped[Minor | None]
    face_currency: Mapped[str | None] = mapped_column(String(3))
    created_at: Mapped[CreatedAt]


class Offer(SupplierOwned, Base):
    """One supplier's promise to deliver one SKU. Sold only while `active`; `version` grows with each change.

    No buyer pays less than `min_retail_minor` or more than `max_retail_minor` for a unit of it.
    """

    __tablename__ = "offers"
    __table_args__ = (
        UniqueConstraint("id"),
        UniqueConstraint("supplier_id", "sku_id", "kind"),
        CheckConstraint("kind in ('card_key', 'file', 'top_up', 'custom')", name="kind"),
        CheckConstraint("status in ('pending_review', 'active', 'rejected', 'paused')", name="status"),
        CheckConstraint("base_price_minor > 0", name="base_price"),
        CheckConstraint("audience in ('all', 'tier', 'named')", name="audience"),
        CheckConstraint("min_tier between 1 and 99", name="min_tier"),
        CheckConstraint("min_quantity between 1 and max_quantity", name="quantities"),
        CheckConstraint(
            "min_retail_minor > 0 and max_retail_minor > 0 and min_retail_minor <= max_retail_minor", name="retail"
        ),
        Index("offers_sku_id_idx", "sku_id", postgresql_where=text("status = 'active'")),
        Index("offers_price_idx", "supplier_id", "base_price_minor", "id"),
        Index("offers_review_idx", "id", postgresql_where=text("status = 'pending_review'")),
    )

    id: Mapped[PrimaryId]
    sku_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("skus.id"))
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=OfferStatus.PENDING_REVIEW)
    base_price_minor: Mapped[Minor]
    currency: Mapped[Currency]
    min_retail_minor: Mapped[Minor | None]
    max_retail_minor: Mapped[Minor | None]
    min_quantity: Mapped[int] = mapped_column(server_default=text("1"))
    max_quantity: Mapped[int] = mapped_column(server_default=text("100"))
    audience: Mapped[str] = mapped_column(server_default=Audience.ALL)
    min_tier: Mapped[int] = mapped_column(server_default=text("1"))
    stock_cap: Mapped[int | None]
    warranty_hours: Mapped[int] = mapped_column(server_default=text("72"))
    review_reason: Mapped[str] = mapped_column(server_default="")
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt] = mapped_column(onupdate=func.clock_timestamp())


class OfferPrice(SupplierOwned, Base):
    """A lower price from a tier (`''` = any) and from a quantity on. The best matching row is the cost."""

    __tablename__ = "offer_prices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["supplier_id", "offer_id"], ["offers.supplier_id", "offers.id"], ondelete="CASCADE"
        ),
        CheckConstraint("price_minor > 0", name="price"),
        CheckConstraint("min_quantity >= 1", name="min_quantity"),
        Index("offer_prices_offer_id_idx", "offer_id"),
    )

    offer_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tier: Mapped[str] = mapped_column(String(5), primary_key=True, server_default="")
    min_quantity: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    price_minor: Mapped[Minor]


class OfferFile(SupplierOwned, Base):
    """The private object behind a `file` offer. A new upload is a new version; sold units keep theirs."""

    __tablename__ = "offer_files"
    __table_args__ = (
        ForeignKeyConstraint(["supplier_id", "offer_id"], ["offers.supplier_id", "offers.id"]),
        UniqueConstraint("offer_id", "version"),
    )

    id: Mapped[PrimaryId]
    offer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    version: Mapped[int]
    object_key: Mapped[str]
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[Minor]
    sha256: Mapped[str]
    download_cap: Mapped[int] = mapped_column(server_default=text("5"))
    created_at: Mapped[CreatedAt]


class CardKey(SupplierOwned, Base):
    """A sealed secret, written once and never updated. `fingerprint` is the platform-wide blind index.

    Its first half is the row's id: one index holds both that an id and that a key is there once, whoever uploads it.
    `xid` lets the provenance log find what was imported since it last looked.
    """

    __tablename__ = "card_keys"
    __table_args__ = (
        CheckConstraint("uuid_send(id) = substring(fingerprint for 16)", name="id"),
        Index("card_keys_xid_idx", "xid"),
    )

    supplier_id: Mapped[uuid.UUID] = mapped_column(Uuid, sort_order=-2)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    offer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    import_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    expires_on: Mapped[date | None]
    created_at: Mapped[CreatedAt]
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))


class KeyEventKind(StrEnum):
    LISTED = "listed"
    """Back on sale: the order that had set it aside was not paid."""
    REVEALED = "revealed"
    REPLACED = "replaced"
    VOIDED = "voided"
    """Refunded, withdrawn by its supplier, or past its last day: nobody gets it any more."""


class KeyEvent(Base):
    """What befell a key besides its import and its sale, which their own rows tell. Written, never changed.

    The rows of `order_units` write theirs by trigger, so that no verb can forget to.
    """

    __tablename__ = "key_events"
    __table_args__ = (
        CheckConstraint("event in ('listed', 'revealed', 'replaced', 'voided')", name="event"),
        Index("key_events_xid_idx", "xid"),
    )

    id: Mapped[BigId]
    event: Mapped[str]
    key_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))


class StockUnit(Base):
    """One unit that can be sold now: a card key, or a token of a capped offer. A sale deletes the row.

    `expires_on` is the key's: here, the daily look for keys past their last day meets only those still for sale.
    """

    __tablename__ = "stock"
    __table_args__ = (
        Index("stock_expires_on_idx", "expires_on", postgresql_where=text("expires_on is not null")),
        {
            "postgresql_with": {
                "autovacuum_vacuum_scale_factor": "0.01",
                "autovacuum_vacuum_threshold": "1000",
            }
        },
    )

    offer_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    supplier_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    expires_on: Mapped[date | None]


class Import(SupplierOwned, Base):
    """A spreadsheet being loaded. `cursor` is where a resumed run goes on; the counts never go back.

    total = accepted + duplicates + rejected, in lines of the sheet that hold anything.
    """

    __tablename__ = "imports"
    __table_args__ = (
        UniqueConstraint("id"),
        CheckConstraint("kind in ('keys', 'offers')", name="kind"),
        CheckConstraint("status in ('queued', 'running', 'completed', 'failed')", name="status"),
    )

    id: Mapped[PrimaryId]
    kind: Mapped[str]
    offer_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    filename: Mapped[str] = mapped_column(server_default="")
    object_key: Mapped[str]
    size: Mapped[Minor]
    status: Mapped[str] = mapped_column(server_default=ImportStatus.QUEUED)
    cursor: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    done_bytes: Mapped[Minor] = mapped_column(server_default=text("0"))
    total: Mapped[int] = mapped_column(server_default=text("0"))
    accepted: Mapped[int] = mapped_column(server_default=text("0"))
    duplicates: Mapped[int] = mapped_column(server_default=text("0"))
    rejected: Mapped[int] = mapped_column(server_default=text("0"))
    offers_created: Mapped[int] = mapped_column(server_default=text("0"))
    offers_updated: Mapped[int] = mapped_column(server_default=text("0"))
    failure_code: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ImportIssue(SupplierOwned, Base):
    """One refused line. Never holds the key itself; `params` fill the message of `code`."""

    __tablename__ = "import_issues"
    __table_args__ = (
        ForeignKeyConstraint(["supplier_id", "import_id"], ["imports.supplier_id", "imports.id"]),
    )

    import_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    params: Mapped[Json] = mapped_column(server_default=text("'{}'"))


class Listing(TenantOwned, Base):
    """One store's decision to sell one SKU: a fixed retail price, a markup on cost, or what the store's rules say.

    retail = `retail_minor`, else cost × (1 + markup_percent/100) + markup_fixed_minor, rounded up to a multiple of
    `round_to_minor`, at least `floor_minor`; with neither price nor percent the markup rule of the store that fits.
    `bulk_steps`: `[[from quantity, "percent off"], …]`.
    """

    __tablename__ = "listings"
    __table_args__ = (
        UniqueConstraint("tenant_id", "store_id", "sku_id"),
        CheckConstraint("status in ('active', 'paused')", name="status"),
        CheckConstraint("retail_minor > 0", name="retail"),
        CheckConstraint("num_nonnulls(retail_minor, markup_percent) <= 1", name="one_price_rule"),
        Index("listings_sku_id_idx", "sku_id"),
    )

    id: Mapped[PrimaryId]
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    sku_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("skus.id"))
    status: Mapped[str] = mapped_column(server_default=ListingStatus.ACTIVE)
    currency: Mapped[Currency]
    retail_minor: Mapped[Minor | None]
    markup_percent: Mapped[Decimal | None] = mapped_column(Numeric(9, 4))
    markup_fixed_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    round_to_minor: Mapped[Minor] = mapped_column(server_default=text("1"))
    floor_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    bulk_steps: Mapped[list[list[Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    supplier_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt] = mapped_column(onupdate=func.clock_timestamp())


class CatalogChange(Base):
    """A line in the diary of what changed for stores: which SKU (or everything of a tenant) must be published again."""

    __tablename__ = "catalog_changes"

    id: Mapped[BigId]
    sku_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    reason: Mapped[str]
    created_at: Mapped[CreatedAt]
