"""Selects over listings; the row lock."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...kit.errors import NotFound
from ...kit.keyset import Query
from ..models import Category, Listing, Product, Sku


def get(session: Session, tenant_id: uuid.UUID, listing_id: uuid.UUID) -> Listing:
    """Raises NotFound."""
    if (listing := session.get(Listing, (tenant_id, listing_id))) is None:
        raise NotFound
    return listing


def locked(session: Session, tenant_id: uuid.UUID, listing_id: uuid.UUID) -> Listing:
    """The listing as it is now, ours until the transaction ends. Raises NotFound."""
    listing = session.get(Listing, (tenant_id, listing_id), with_for_update=True, populate_existing=True)
    if listing is None:
        raise NotFound
    return listing


def lock_many(session: Session, tenant_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Sequence[Listing]:
    """Those that are there, ours until the transaction ends, in key order."""
    query = select(Listing).where(Listing.tenant_id == tenant_id, Listing.id.in_(ids)).order_by(Listing.id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def of_skus(
    session: Session, tenant_id: uuid.UUID, store_id: uuid.UUID, sku_ids: Collection[uuid.UUID]
) -> Sequence[Listing]:
    """The store's listings of these SKUs."""
    which = (Listing.tenant_id == tenant_id, Listing.store_id == store_id, Listing.sku_id.in_(sku_ids))
    return session.scalars(select(Listing).where(*which)).all()


def listed_skus(
    session: Session, tenant_id: uuid.UUID, store_id: uuid.UUID, sku_ids: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Those of `sku_ids` that the store lists already, on sale or not."""
    query = select(Listing.sku_id).where(
        Listing.tenant_id == tenant_id, Listing.store_id == store_id, Listing.sku_id.in_(sku_ids)
    )
    return set(session.scalars(query))


def named() -> Query:
    """`(Listing, Sku, Product, category)` (its slug)."""
    return (
        select(Listing, Sku, Product, Category.slug.label("category"))
        .join(Sku, Sku.id == Listing.sku_id)
        .join(Product, Product.id == Sku.product_id)
        .join(Category, Category.id == Product.category_id)
    )
