"""What a store shows right now: its active listings with live prices and stock."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from ..goods.catalog.rules import like, normalise, search_terms
from ..goods.models import Category, Listing, ListingStatus, Product, Sku
from ..goods.pricing.errors import QuantityOutOfRange
from ..goods.pricing.rules import BulkStep
from ..goods.pricing.service import INSUFFICIENT_STOCK, PricedLine, TenantLike, price_lines
from ..kit import clock

SHOWN_PROBLEMS = (None, INSUFFICIENT_STOCK)
LARGEST_LOOK = 1_000
TOO_FEW = QuantityOutOfRange.code


@dataclass(frozen=True, slots=True)
class Shown:
    """One SKU as a buyer sees it. `stock` is in_stock, low or out."""

    sku_id: uuid.UUID
    sku_name: str
    product_id: uuid.UUID
    product_name: str
    product_slug: str
    category_slug: str
    unit_price_minor: int
    currency: str
    stock: str
    min_quantity: int
    max_quantity: int
    bulk: tuple[BulkStep, ...] = ()


def products(
    session: Session,
    *,
    tenant: TenantLike,
    store_id: uuid.UUID,
    q: str = "",
    category: str | None = None,
    sku_ids: Sequence[uuid.UUID] | None = None,
    after: uuid.UUID | None = None,
    limit: int = 20,
) -> list[Shown]:
    """By SKU id from `after` on, one more than `limit` where there are more.

    What cannot be sold now for want of an offer is left out, and the next ones are looked at in its place.
    """
    shown: list[Shown] = []
    terms, size = _terms(session, q), limit + 1
    while len(shown) <= limit:
        found = session.scalars(_listed(store_id, terms, category, sku_ids, after, size)).all()
        lines = sellable(session, tenant=tenant, store_id=store_id, sku_ids=found)
        shown += [_shown(lines[sku_id]) for sku_id in found if sku_id in lines]
        if len(found) < size:
            break
        after, size = found[-1], min(4 * size, LARGEST_LOOK)
    return shown[: limit + 1]


def _terms(session: Session, q: str) -> list[ColumnElement[bool]]:
    """What each word of a query asks for: a part of the goods' names, or of their category's in either language."""
    words = search_terms(q)
    categories = session.execute(select(Category.id, Category.name_zh, Category.name_en)).all() if words else []
    asked = []
    for word in words:
        within = [row.id for row in categories if word in normalise(row.name_zh) or word in normalise(row.name_en)]
        named = Sku.search_text.like(like(word))
        asked.append(or_(named, Product.category_id.in_(within)) if within else named)
    return asked


def sellable(
    session: Session, *, tenant: TenantLike, store_id: uuid.UUID, sku_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, PricedLine]:
    """What can be shown, by SKU, sold out or not. A SKU sold by the dozen is priced by the dozen."""

    def priced(items: list[tuple[uuid.UUID, int]]) -> list[PricedLine]:
        return price_lines(session, tenant=tenant, items=items, at=clock.now(), store_id=store_id)

    lines = {line.sku_id: line for line in priced([(sku_id, 1) for sku_id in sku_ids])}
    more = [(line.sku_id, line.min_quantity) for line in lines.values() if line.problem == TOO_FEW]
    lines |= {line.sku_id: line for line in priced(more)} if more else {}
    return {sku_id: line for sku_id, line in lines.items() if line.problem in SHOWN_PROBLEMS}


def _listed(
    store_id: uuid.UUID,
    terms: Sequence[ColumnElement[bool]],
    category: str | None,
    sku_ids: Sequence[uuid.UUID] | None,
    after: uuid.UUID | None,
    limit: int,
):
    query = (
        select(Listing.sku_id)
        .join(Sku, Sku.id == Listing.sku_id)
        .join(Product, Product.id == Sku.product_id)
        .where(Listing.store_id == store_id, Listing.status == ListingStatus.ACTIVE, *terms)
        .order_by(Listing.sku_id)
        .limit(limit)
    )
    if category:
        query = query.join(Category, Category.id == Product.category_id).where(Category.slug == category)
    if sku_ids is not None:
        query = query.where(Listing.sku_id.in_(sku_ids))
    return query.where(Listing.sku_id > after) if after else query


def _shown(line: PricedLine) -> Shown:
    if line.product_id is None:
        raise ValueError("a line that can be shown has a product")
    return Shown(
        sku_id=line.sku_id,
        sku_name=line.sku_name,
        product_id=line.product_id,
        product_name=line.product_name,
        product_slug=line.product_slug,
        category_slug=line.category_slug,
        unit_price_minor=line.unit_price_minor,
        currency=line.currency,
        stock=line.available_hint,
        min_quantity=line.min_quantity,
        max_quantity=line.max_quantity,
        bulk=line.bulk,
    )
