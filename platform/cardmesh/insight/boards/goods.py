"""What sold best, in one pass over the days of goods: SKUs, categories, suppliers."""

# ruff: noqa: S608 - statements are put together from our own words; values are bound

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ...goods.models import Category, Product, Sku
from ...kit.i18n import Text
from .figures import SOURCE, TRADED, TRADED_SUMS, Figures, Lens, Snapshot, traded

RANKS = ("retail_minor", "supplier_minor")
"""What the best may be told by: what buyers paid, or what its supplier earned."""
TOP = 10
_AGAIN = ", ".join(f"cast(sum(g.{name}) as bigint)" for name in TRADED)


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best SKUs, categories and suppliers, by id, each with its sums."""

    skus: Sequence[tuple[uuid.UUID, Figures]]
    categories: Sequence[tuple[uuid.UUID, Figures]]
    suppliers: Sequence[tuple[uuid.UUID, Figures]]


NONE = Ranked((), (), ())


@dataclass(frozen=True, slots=True)
class GoodsName:
    """What a SKU is called; `product` is its product's name."""

    product_id: uuid.UUID
    product: str
    sku: str

    @property
    def full(self) -> str:
        return f"{self.product} · {self.sku}"


@dataclass(frozen=True, slots=True)
class CategoryName:
    """What a category is called, in addresses and by people."""

    slug: str
    name: Text


def ranked(snapshot: Snapshot, lens: Lens, *, rank: str = RANKS[0]) -> Ranked:
    """`rank` is one of `RANKS`. Ten of each at most, but all categories."""
    if rank not in RANKS:
        raise ValueError(rank)
    found: dict[str, list[tuple[uuid.UUID, Figures]]] = {"sku": [], "supplier": [], "category": []}
    for what, id, *sums in map(tuple, snapshot.rows(_best(lens.where(lens.face(goods=True), whole=True), rank), lens)):
        found[what].append((id, traded(sums)))
    return Ranked(found["sku"], found["category"], found["supplier"])


def _best(where: str, rank: str) -> str:
    end = f"group by 2 order by sum(g.{rank}) desc, 2"
    return f"""
with g as materialized (
  select f.sku_id, f.supplier_id, {TRADED_SUMS} from {SOURCE} where {where} group by 1, 2
)
(select 'sku' as what, g.sku_id as id, {_AGAIN} from g {end} limit {TOP})
union all
(select 'supplier', g.supplier_id, {_AGAIN} from g {end} limit {TOP})
union all
(select 'category', p.category_id, {_AGAIN} from g
  join skus s on s.id = g.sku_id join products p on p.id = s.product_id {end})
"""


def names(session: Session, sku_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, GoodsName]:
    query = select(Sku.id, Product.id, Product.name, Sku.name).join(Product, Product.id == Sku.product_id)
    return {row[0]: GoodsName(*row[1:]) for row in session.execute(query.where(Sku.id.in_(sku_ids)))}


def categories(session: Session) -> dict[uuid.UUID, CategoryName]:
    """All of them: there are dozens."""
    query = select(Category.id, Category.slug, Category.name_zh, Category.name_en)
    return {row[0]: CategoryName(row[1], Text(row[2], row[3])) for row in session.execute(query)}


def skus_of(
    *, sku_id: uuid.UUID | None = None, product_id: uuid.UUID | None = None, category: str | None = None
) -> Select[uuid.UUID]:
    """The SKU, a product's, or those of a category by its slug."""
    if sku_id:
        return select(Sku.id).where(Sku.id == sku_id)
    query = select(Sku.id).join(Product, Product.id == Sku.product_id)
    if product_id:
        return query.where(Product.id == product_id)
    return query.join(Category, Category.id == Product.category_id).where(Category.slug == category)
