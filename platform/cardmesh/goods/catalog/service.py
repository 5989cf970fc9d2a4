"""Find or create products and SKUs."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...kit.errors import NotFound
from ...kit.ids import new_id
from ...kit.money import MAX_MINOR, Money
from .. import changes
from ..models import Category, Product, Sku
from . import rules
from .errors import CategoryUnknown, FaceInvalid, NameInvalid
from .rules import normalise
from .search import CatalogItem, items, search

__all__ = [
    "CatalogItem",
    "ensure_categories",
    "find_or_create_sku",
    "get_sku",
    "items",
    "list_categories",
    "normalise",
    "search",
    "update_product",
]


def ensure_categories(session: Session) -> None:
    """The eight categories, with their names as they are today. Platform scope; the second time changes nothing."""
    rows = [
        {"id": new_id(), "slug": slug, "name_zh": zh, "name_en": en, "sort": sort}
        for sort, (slug, zh, en) in enumerate(rules.CATEGORIES)
    ]
    statement = insert(Category).values(rows)
    fresh = {name: statement.excluded[name] for name in ("name_zh", "name_en", "sort")}
    session.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=fresh))


def list_categories(session: Session) -> Sequence[Category]:
    """All, in the order that stores show."""
    return session.scalars(select(Category).order_by(Category.sort, Category.slug)).all()


def find_or_create_sku(
    session: Session,
    *,
    product_name: str,
    category_slug: str,
    sku_name: str,
    face: Money | None = None,
    description: str = "",
) -> Sku:
    """The SKU of these names, whoever spelled them first; racing creators get the same one.

    The first spelling, face value and description stay. Raises CategoryUnknown, NameInvalid, FaceInvalid.
    """
    category = session.scalar(select(Category).where(Category.slug == category_slug))
    if category is None:
        raise CategoryUnknown(category=category_slug)
    if face is not None and not 0 < face.minor <= MAX_MINOR:
        raise FaceInvalid
    product = _product(session, category, _name(product_name), description[: rules.MAX_DESCRIPTION])
    return _sku(session, product, _name(sku_name), face)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not normalise(name) or len(name) > rules.MAX_NAME:
        raise NameInvalid(limit=rules.MAX_NAME)
    return name


def _product(session: Session, category: Category, name: str, description: str) -> Product:
    same = select(Product).where(Product.category_id == category.id, Product.match_name == normalise(name))
    if found := session.scalar(same):
        return found
    product_id = new_id()
    row = {
        "id": product_id,
        "category_id": category.id,
        "name": name,
        "match_name": normalise(name),
        "slug": rules.slug(name, category.slug, product_id),
        "description": description,
    }
    session.execute(insert(Product).values(row).on_conflict_do_nothing(index_elements=["category_id", "match_name"]))
    return session.scalars(same).one()


def _sku(session: Session, product: Product, name: str, face: Money | None) -> Sku:
    same = select(Sku).where(Sku.product_id == product.id, Sku.match_name == normalise(name))
    if found := session.scalar(same):
        return found
    row = {
        "id": new_id(),
        "product_id": product.id,
        "name": name,
        "match_name": normalise(name),
        "search_text": rules.search_text(product.name, name),
        "face_minor": face.minor if face else None,
        "face_currency": face.currency if face else None,
    }
    session.execute(insert(Sku).values(row).on_conflict_do_nothing(index_elements=["product_id", "match_name"]))
    return session.scalars(same).one()


def get_sku(session: Session, sku_id: uuid.UUID) -> Sku:
    """Raises NotFound."""
    if (sku := session.get(Sku, sku_id)) is None:
        raise NotFound
    return sku


def update_product(
    session: Session, *, product_id: uuid.UUID, description: str | None = None, image: str | None = None
) -> Product:
    """Change what stores show of a product. Platform only: the catalog is shared. Raises NotFound."""
    product = session.get(Product, product_id, with_for_update=True)
    if product is None:
        raise NotFound
    if description is not None:
        product.description = description[: rules.MAX_DESCRIPTION]
    if image is not None:
        product.image = image
    session.flush()
    skus = session.scalars(select(Sku.id).where(Sku.product_id == product_id)).all()
    changes.note_skus(session, skus, "product.changed")
    return product
