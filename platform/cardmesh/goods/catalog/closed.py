"""Categories in which the operator allows nothing new."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.settings import service as settings
from ..models import Category, Product, Sku
from .errors import CategoryClosed


def require_open_category(session: Session, sku_id: uuid.UUID) -> None:
    """Raises CategoryClosed for a SKU of a category that the settings close."""
    closed = settings.current().closed_categories
    if not closed:
        return
    of = select(Category.slug, Category.name_zh).join(Product, Product.category_id == Category.id)
    found = session.execute(of.join(Sku, Sku.product_id == Product.id).where(Sku.id == sku_id)).one()
    if found.slug in closed:
        raise CategoryClosed(category=found.name_zh)
