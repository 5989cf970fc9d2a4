"""What may be sold: the catalog as one distributor sees it, with its own cost."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ...kit.money import Money
from ..inventory.rules import LOW, StockBand, band
from ..inventory.service import sum_available
from ..pricing.rules import PriceRow, Prices, cost
from . import queries
from .queries import Filter

MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class CatalogItem:
    """One SKU. `cost` is the best price for one unit at the distributor's tier; `grade` the best supplier's."""

    sku_id: uuid.UUID
    sku_name: str
    product_id: uuid.UUID
    product_name: str
    product_slug: str
    category: str
    face: Money | None
    offers: int
    cost: Money
    stock: StockBand
    grade: str
    kinds: tuple[str, ...]


def search(
    session: Session,
    *,
    tier: str = "",
    q: str = "",
    category: str | None = None,
    supplier_id: uuid.UUID | None = None,
    min_stock: int = 0,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> list[CatalogItem]:
    """SKUs that somebody sells, by id from `after` on; one more than `limit` (at most 100) tells that there are more.

    `q` is one or more words, each found anywhere in the product's or the SKU's name.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    sku_ids = queries.matching_ids(session, Filter(q, category, supplier_id, min_stock), after, limit + 1)
    return items(session, sku_ids, tier)


def items(session: Session, sku_ids: Sequence[uuid.UUID], tier: str) -> list[CatalogItem]:
    """These SKUs as a distributor of `tier` sees them, by id; those that nobody sells are left out."""
    offers: dict[uuid.UUID, list[Row]] = {}
    for offer in queries.offers_of(session, sku_ids, tier, LOW):
        offers.setdefault(offer.sku_id, []).append(offer)
    return [_item(row, offers[row.id], tier) for row in queries.described(session, sku_ids) if row.id in offers]


def _item(row: Row, offers: list[Row], tier: str) -> CatalogItem:
    best = min((_cost(offer, tier), offer.currency) for offer in offers)
    return CatalogItem(
        sku_id=row.id,
        sku_name=row.name,
        product_id=row.product_id,
        product_name=row.product_name,
        product_slug=row.product_slug,
        category=row.category_slug,
        face=Money(row.face_minor, row.face_currency) if row.face_minor else None,
        offers=len(offers),
        cost=Money(*best),
        stock=band(sum_available(offer.available for offer in offers)),
        grade=min(offer.grade for offer in offers),
        kinds=tuple(sorted({offer.kind for offer in offers})),
    )


def _cost(offer: Row, tier: str) -> int:
    prices = Prices(offer.base_price_minor, tuple(PriceRow(*price) for price in offer.prices or ()))
    return cost(prices, tier=tier, quantity=max(1, offer.min_quantity))
