"""Selects over offers; the row locks."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ...identity.models import Supplier
from ...kit.errors import NotFound
from ...kit.keyset import Query
from ...kit.pages import Page
from ..models import Category, Offer, OfferFile, OfferPrice, Product, Sku


def get(session: Session, offer_id: uuid.UUID) -> Offer:
    """Raises NotFound."""
    offer = session.scalar(select(Offer).where(Offer.id == offer_id))
    if offer is None:
        raise NotFound
    return offer


def locked(session: Session, offer_id: uuid.UUID) -> Offer:
    """The offer as it is now, ours until the transaction ends; loading keys goes on meanwhile. Raises NotFound."""
    query = select(Offer).where(Offer.id == offer_id).with_for_update(key_share=True)
    offer = session.scalar(query.execution_options(populate_existing=True))
    if offer is None:
        raise NotFound
    return offer


def lock_many(session: Session, offer_ids: Collection[uuid.UUID]) -> Sequence[Offer]:
    """Those that are there, as `locked` gives them, in key order."""
    query = select(Offer).where(Offer.id.in_(offer_ids)).order_by(Offer.supplier_id, Offer.id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalars(locked).all()


def of_sku(session: Session, supplier_id: uuid.UUID, sku_id: uuid.UUID, kind: str) -> Offer | None:
    """The one offer a supplier may have of a kind for a SKU."""
    return session.scalar(
        select(Offer).where(Offer.supplier_id == supplier_id, Offer.sku_id == sku_id, Offer.kind == kind)
    )


def prices(session: Session, offer_ids: Collection[uuid.UUID]) -> Sequence[OfferPrice]:
    """Price rows of these offers, tiers first, by quantity."""
    query = select(OfferPrice).where(OfferPrice.offer_id.in_(offer_ids))
    return session.scalars(query.order_by(OfferPrice.offer_id, OfferPrice.tier.desc(), OfferPrice.min_quantity)).all()


def newest_file(session: Session, offer_id: uuid.UUID) -> OfferFile | None:
    """What a sale of a file offer delivers now."""
    query = select(OfferFile).where(OfferFile.offer_id == offer_id)
    return session.scalar(query.order_by(OfferFile.version.desc()).limit(1))


def last_file_version(session: Session, offer_id: uuid.UUID) -> int:
    return session.scalar(select(func.max(OfferFile.version)).where(OfferFile.offer_id == offer_id)) or 0


def page(
    session: Session,
    *,
    supplier_id: uuid.UUID | None = None,
    status: str | None = None,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> Page[Row]:
    """`(Offer, Sku, Product, category, supplier)` (the last two by slug and name), newest first."""
    query = named().order_by(Offer.id.desc()).limit(limit + 1)
    if supplier_id is not None:
        query = query.where(Offer.supplier_id == supplier_id)
    if status is not None:
        query = query.where(Offer.status == status)
    rows = session.execute(query.where(Offer.id < after) if after else query).all()
    return Page(rows[:limit], len(rows) > limit)


def named() -> Query:
    """`(Offer, Sku, Product, category, supplier)` (the last two by slug and name)."""
    return (
        select(Offer, Sku, Product, Category.slug.label("category"), Supplier.name.label("supplier"))
        .join(Sku, Sku.id == Offer.sku_id)
        .join(Product, Product.id == Sku.product_id)
        .join(Category, Category.id == Product.category_id)
        .join(Supplier, Supplier.id == Offer.supplier_id)
    )
