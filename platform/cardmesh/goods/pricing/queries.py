"""One select for a whole basket: SKUs, their listing in a store, and every active offer with prices and stock."""

import uuid
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Row, and_, func, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...identity.models import PartyStatus, Supplier
from ..inventory.queries import available, open_here
from ..models import Category, Listing, Offer, OfferPrice, OfferStatus, Product, Sku


class Place(NamedTuple):
    """Whose prices: a tenant's, at its tier, in one of its stores (None: the first that lists the SKU)."""

    tenant_id: uuid.UUID
    tier: str
    store_id: uuid.UUID | None


SKU = (
    Sku.id.label("sku_id"),
    Sku.name.label("sku_name"),
    Product.id.label("product_id"),
    Product.name.label("product_name"),
    Product.slug.label("product_slug"),
    Product.category_id,
    Category.slug.label("category_slug"),
)
LISTING = (
    Listing.id.label("listing_id"),
    Listing.store_id,
    Listing.status.label("listing_status"),
    Listing.currency.label("listing_currency"),
    Listing.retail_minor,
    Listing.markup_percent,
    Listing.markup_fixed_minor,
    Listing.round_to_minor,
    Listing.floor_minor,
    Listing.bulk_steps,
    Listing.supplier_id.label("preferred_supplier_id"),
)
OFFER = (
    Offer.id.label("offer_id"),
    Offer.supplier_id,
    Offer.kind,
    Offer.stock_cap,
    Offer.currency,
    Offer.base_price_minor,
    Offer.min_retail_minor,
    Offer.max_retail_minor,
    Offer.min_quantity,
    Offer.max_quantity,
    Offer.warranty_hours,
)


def price_rows(tier: str) -> ColumnElement[list[list[str | int]] | None]:
    """The prices of the enclosing select's offer up to a tier, as `[[tier, min_quantity, price_minor], …]`."""
    row = func.jsonb_build_array(OfferPrice.tier, OfferPrice.min_quantity, OfferPrice.price_minor)
    reached = tuple_(func.length(OfferPrice.tier), OfferPrice.tier) <= tuple_(len(tier), tier)
    query = select(func.jsonb_agg(row)).where(OfferPrice.offer_id == Offer.id, reached)
    return query.correlate(Offer).scalar_subquery()


def sold_offer() -> ColumnElement[bool]:
    """The offer is active and so is its supplier, and it is for the distributor whose scope this is."""
    suppliers = select(Supplier.id).where(Supplier.status == PartyStatus.ACTIVE)
    return and_(Offer.status == OfferStatus.ACTIVE, Offer.supplier_id.in_(suppliers), open_here())


def basket(session: Session, place: Place, sku_ids: Collection[uuid.UUID], limit: int) -> Sequence[Row]:
    """A row per SKU and active offer; a SKU without any still has one. Stock is counted up to `limit`."""
    listed = and_(Listing.sku_id == Sku.id, Listing.tenant_id == place.tenant_id)
    if place.store_id is not None:
        listed = and_(listed, Listing.store_id == place.store_id)
    query = (
        select(*SKU, *LISTING, *OFFER, price_rows(place.tier).label("prices"), available(limit).label("available"))
        .select_from(Sku)
        .join(Product, Product.id == Sku.product_id)
        .join(Category, Category.id == Product.category_id)
        .outerjoin(Listing, listed)
        .outerjoin(Offer, and_(Offer.sku_id == Sku.id, sold_offer()))
        .where(Sku.id.in_(sku_ids))
        .order_by(Sku.id, Listing.store_id)
    )
    return session.execute(query).all()
