"""Offers as their supplier and the platform see them."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.models import Category, Offer, Product, Sku
from ...goods.offers import queries
from ...goods.offers.service import newest_file
from ...kit.clock import rfc3339
from ...kit.ids import public_id
from .lists import ListOf
from .schema import Money, Shape


class QuantityPriceOut(Shape):
    min_quantity: int
    price: Money


class ProductOut(Shape):
    id: str
    name: str
    category: str


class SkuOut(Shape):
    id: str
    name: str
    face_value: Money | None


class OfferOut(Shape):
    object: Literal["offer"] = "offer"
    id: str
    supplier: str
    sku: str
    product: ProductOut
    sku_details: SkuOut
    kind: str
    status: str
    base_price: Money
    tier_prices: dict[str, Money]
    quantity_prices: list[QuantityPriceOut]
    min_quantity: int
    max_quantity: int
    stock_cap: int | None
    warranty_hours: int
    review_reason: str
    version: int
    file: str | None = None
    created_at: str


class OfferList(ListOf[OfferOut]):
    pass


def offer_shape(session: Session, offer: Offer) -> OfferOut:
    """One offer, with the name of its newest file."""
    shape = offer_shapes(session, [offer])[0]
    file = newest_file(session, offer.id)
    return shape.model_copy(update={"file": file.filename}) if file else shape


def offer_shapes(session: Session, offers: Sequence[Offer]) -> list[OfferOut]:
    """Offers with their products' names and prices, in two more selects whatever their number."""
    names = _names(session, {offer.sku_id for offer in offers})
    prices: dict[uuid.UUID, list[tuple[str, int, int]]] = {offer.id: [] for offer in offers}
    for row in queries.prices(session, list(prices)):
        prices[row.offer_id].append((row.tier, row.min_quantity, row.price_minor))
    return [_shape(offer, *names[offer.sku_id], prices[offer.id]) for offer in offers]


def _names(session: Session, sku_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[Sku, Product, str]]:
    query = (
        select(Sku, Product, Category.slug)
        .join(Product, Product.id == Sku.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(Sku.id.in_(list(sku_ids)))
    )
    return {row[0].id: (row[0], row[1], row[2]) for row in session.execute(query)}


def _shape(offer: Offer, sku: Sku, product: Product, category: str, prices: list[tuple[str, int, int]]) -> OfferOut:
    money = lambda minor: Money.of(minor, offer.currency)  # noqa: E731 - three uses in one expression
    face = Money.of(sku.face_minor, sku.face_currency) if sku.face_minor and sku.face_currency else None
    return OfferOut(
        id=public_id("off", offer.id),
        supplier=public_id("sup", offer.supplier_id),
        sku=public_id("sku", offer.sku_id),
        product=ProductOut(id=public_id("prd", product.id), name=product.name, category=category),
        sku_details=SkuOut(id=public_id("sku", sku.id), name=sku.name, face_value=face),
        kind=offer.kind,
        status=offer.status,
        base_price=money(offer.base_price_minor),
        tier_prices={tier: money(price) for tier, _, price in prices if tier},
        quantity_prices=[
            QuantityPriceOut(min_quantity=count, price=money(price)) for tier, count, price in prices if not tier
        ],
        min_quantity=offer.min_quantity,
        max_quantity=offer.max_quantity,
        stock_cap=offer.stock_cap,
        warranty_hours=offer.warranty_hours,
        review_reason=offer.review_reason or "",
        version=offer.version or 1,
        created_at=rfc3339(offer.created_at),
    )
