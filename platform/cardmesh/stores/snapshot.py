"""The store as the site builder wants it: what can be bought now, at the price a quote would give.

A listing without an active offer, paused, or guarded against a loss is left out; one that is merely sold out is shown
as such. Prices are those of the smallest quantity that may be bought.
"""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from site_builder import snapshot as site
from site_builder.errors import SnapshotError
from site_builder.snapshot import Snapshot, ThemeChoice
from site_builder.strict import read

from ..goods.models import Category, Listing, ListingStatus, Product, Sku
from ..goods.pricing.service import PricedLine
from ..identity.models import Tenant
from ..kit.ids import public_id
from . import look
from .facts import store_facts
from .models import Store
from .showcase import sellable

_LOCAL_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/%-]*")


def snapshot(session: Session, *, store: Store, choice: ThemeChoice | None = None) -> Snapshot:
    """Everything the pages of `store` are made from, in its own look or in another `choice`. Reads only."""
    rows = _listed(session, store)
    tenant = session.get_one(Tenant, store.tenant_id)
    lines = sellable(session, tenant=tenant, store_id=store.id, sku_ids=[row.Sku.id for row in rows])
    rows = [row for row in rows if row.Sku.id in lines]
    made = Snapshot(
        store=read(site.Store, store_facts(store), SnapshotError),
        theme=choice or look.today(session, store),
        categories=tuple(_categories(rows)),
        products=tuple(_products(rows, lines)),
    )
    site.validate(made)
    return made


def _listed(session: Session, store: Store) -> Sequence[Row[Sku, Product, Category]]:
    return session.execute(
        select(Sku, Product, Category)
        .join(Listing, Listing.sku_id == Sku.id)
        .join(Product, Product.id == Sku.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(Listing.store_id == store.id, Listing.status == ListingStatus.ACTIVE)
        .order_by(Category.sort, Category.slug, Product.id, Sku.face_minor.nulls_last(), Sku.id)
    ).all()


def _categories(rows: Sequence[Row[Sku, Product, Category]]) -> Iterable[site.Category]:
    for category in {row.Category.id: row.Category for row in rows}.values():
        yield site.Category(
            id=category.slug,
            slug=category.slug,
            name={"zh-CN": category.name_zh, "en": category.name_en},
            sort=category.sort,
        )


def _products(
    rows: Sequence[Row[Sku, Product, Category]], lines: Mapping[uuid.UUID, PricedLine]
) -> Iterable[site.Product]:
    grouped: dict[uuid.UUID, list[Row[Sku, Product, Category]]] = {}
    for row in rows:
        grouped.setdefault(row.Product.id, []).append(row)
    for members in grouped.values():
        product, category = members[0].Product, members[0].Category
        yield site.Product(
            id=public_id("prd", product.id),
            slug=product.slug,
            name=product.name,
            category=category.slug,
            skus=tuple(_sku(row.Sku, lines[row.Sku.id]) for row in members),
            description=product.description or None,
            image=product.image if product.image and _LOCAL_PATH.fullmatch(product.image) else None,
        )


def _sku(sku: Sku, line: PricedLine) -> site.Sku:
    face = None
    if sku.face_minor is not None and sku.face_currency:
        face = site.Money(amount=sku.face_minor, currency=sku.face_currency)
    return site.Sku(
        id=public_id("sku", sku.id),
        name=sku.name,
        price=site.Money(amount=line.unit_price_minor, currency=line.currency),
        kind=line.kind,  # pyright: ignore[reportArgumentType] - GoodsKind has the same words
        stock=line.available_hint.value,
        face_value=face,
        min_quantity=line.min_quantity,
        max_quantity=line.max_quantity,
        warranty_hours=line.warranty_hours,
    )
