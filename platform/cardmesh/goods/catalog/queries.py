"""Selects over the catalog."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, and_, exists, select, true
from sqlalchemy.orm import Session

from ...identity.models import Supplier
from ..inventory.queries import available
from ..models import Category, Offer, Product, Sku
from ..pricing.queries import OFFER, price_rows, sold_offer
from .rules import like, search_terms


@dataclass(frozen=True, slots=True)
class Filter:
    """What a distributor narrows the catalog by; all of it must hold. `category` is a slug."""

    q: str = ""
    category: str | None = None
    supplier_id: uuid.UUID | None = None
    min_stock: int = 0


def named_like(q: str) -> ColumnElement[bool]:
    """Each word anywhere in the product's or the SKU's name; over Sku."""
    return and_(true(), *(Sku.search_text.like(like(term)) for term in search_terms(q)))


def conditions(filter_: Filter) -> list[ColumnElement[bool]]:
    """The filter over Sku, Product and Category; only SKUs that somebody sells."""
    offered = exists().where(Offer.sku_id == Sku.id, sold_offer()).correlate(Sku)
    if filter_.supplier_id is not None:
        offered = offered.where(Offer.supplier_id == filter_.supplier_id)
    if filter_.min_stock > 0:
        count = available(filter_.min_stock)
        offered = offered.where((count >= filter_.min_stock) | count.is_(None))
    found = [named_like(filter_.q)]
    if filter_.category:
        found.append(Category.slug == filter_.category)
    return [*found, offered]


def matching(filter_: Filter) -> Select[uuid.UUID]:
    """Ids of SKUs that match."""
    query = (
        select(Sku.id).join(Product, Product.id == Sku.product_id).join(Category, Category.id == Product.category_id)
    )
    return query.where(*conditions(filter_))


def matching_ids(session: Session, filter_: Filter, after: uuid.UUID | None, limit: int) -> Sequence[uuid.UUID]:
    """Ids of SKUs that match, by id, after a cursor."""
    query = matching(filter_)
    if after is not None:
        query = query.where(Sku.id > after)
    return session.scalars(query.order_by(Sku.id).limit(limit)).all()


def full_names(session: Session, sku_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """`product · SKU` of each."""
    query = select(Sku.id, Product.name, Sku.name).join(Product, Product.id == Sku.product_id)
    rows = session.execute(query.where(Sku.id.in_(sku_ids)))
    return {sku_id: f"{product} · {sku}" for sku_id, product, sku in rows}


def described(session: Session, sku_ids: Collection[uuid.UUID]) -> Sequence[Row]:
    """Names and faces of SKUs, by id."""
    query = (
        select(
            Sku.id,
            Sku.name,
            Sku.face_minor,
            Sku.face_currency,
            Product.id.label("product_id"),
            Product.name.label("product_name"),
            Product.slug.label("product_slug"),
            Category.slug.label("category_slug"),
        )
        .join(Product, Product.id == Sku.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(Sku.id.in_(sku_ids))
        .order_by(Sku.id)
    )
    return session.execute(query).all()


def offers_of(session: Session, sku_ids: Collection[uuid.UUID], tier: str, limit: int) -> Sequence[Row]:
    """The offers that sell these SKUs: prices for one tier, stock counted up to `limit`, supplier grade."""
    query = (
        select(
            Offer.sku_id,
            *OFFER,
            price_rows(tier).label("prices"),
            available(limit).label("available"),
            Supplier.grade,
        )
        .join(Supplier, Supplier.id == Offer.supplier_id)
        .where(Offer.sku_id.in_(sku_ids), sold_offer())
        .order_by(Offer.id)
    )
    return session.execute(query).all()
