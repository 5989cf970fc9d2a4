"""The names of what commission rules are for, as far as the session's scope may read them."""

import uuid
from collections.abc import Callable, Iterable

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from ...identity.models import Supplier, Tenant
from ...kit.i18n import Text
from ...money.commission.rules import Rule
from ..models import Category, Product, Sku

_Named = Select[uuid.UUID, str, str]


def scope_names(session: Session, rules: Iterable[Rule]) -> dict[uuid.UUID, Text]:
    """By id. Categories have a name in each language, the rest one for both. Selects only what a rule is for."""
    every, found = list(rules), dict[uuid.UUID, Text]()
    for field, query in _READ.items():
        if ids := {id for rule in every if (id := getattr(rule, field))}:
            found |= {id: Text(zh, en) for id, zh, en in session.execute(query(ids))}
    return found


def _of(model: type[Product] | type[Supplier] | type[Tenant]) -> Callable[[set[uuid.UUID]], _Named]:
    return lambda ids: select(model.id, model.name, model.name).where(model.id.in_(ids))


def _skus(ids: set[uuid.UUID]) -> _Named:
    name: ColumnElement[str] = Product.name + " · " + Sku.name
    return select(Sku.id, name, name).join(Product, Product.id == Sku.product_id).where(Sku.id.in_(ids))


_READ: dict[str, Callable[[set[uuid.UUID]], _Named]] = {
    "sku_id": _skus,
    "product_id": _of(Product),
    "category_id": lambda ids: select(Category.id, Category.name_zh, Category.name_en).where(Category.id.in_(ids)),
    "supplier_id": _of(Supplier),
    "tenant_id": _of(Tenant),
}
