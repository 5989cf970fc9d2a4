"""What may be sold: the shared catalog at the caller's own cost."""

from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field

from ....goods.catalog import search as catalog
from ....goods.catalog import service as catalog_service
from ....identity.models import Party
from ....identity.tenants.service import get_tenant
from ....kit.db import transaction
from ....kit.ids import public_id
from ....kit.pages import Page
from ...common.lists import ListOf, cursor_id, page_body
from ...common.principal import caller, requires
from ...common.schema import Money, Query, Shape
from . import blueprint


class CatalogQuery(Query):
    q: Annotated[str, Field(max_length=100)] = ""
    category: Annotated[str | None, Field(max_length=60)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Annotated[str | None, Field(max_length=120)] = None


class CatalogSku(Shape):
    object: Literal["sku"] = "sku"
    id: str
    name: str
    product: str
    product_name: str
    category: str
    face_value: Money | None
    kinds: list[str]
    offers: int
    cost: Money
    stock: str
    supplier_grade: str


class CatalogList(ListOf[CatalogSku]):
    pass


class CategoryOut(Shape):
    object: Literal["category"] = "category"
    id: str
    slug: str
    name_zh: str
    name_en: str


class CategoryList(Shape):
    data: list[CategoryOut]


@blueprint.get("/catalog/skus")
@blueprint.input(CatalogQuery, location="query")
@blueprint.output(CatalogList)
@requires(Party.DISTRIBUTOR, "catalog:read")
def list_skus(query_data: CatalogQuery) -> ResponseReturnValue:
    """SKUs with an active offer: own cost, number of offers, stock band, best supplier grade."""
    with transaction(caller().scope()) as session:
        tenant = get_tenant(session, caller().party_id)
        found = catalog.search(
            session,
            tier=tenant.tier,
            q=query_data.q,
            category=query_data.category,
            after=cursor_id("sku", query_data.after),
            limit=query_data.limit,
        )
    page = Page(found[: query_data.limit], len(found) > query_data.limit)
    cursor = public_id("sku", page.rows[-1].sku_id) if page.has_more else None
    return page_body(page, [_shape(item) for item in page.rows], cursor)


@blueprint.get("/catalog/categories")
@blueprint.output(CategoryList)
@requires(Party.DISTRIBUTOR, "catalog:read")
def list_categories() -> CategoryList:
    """The catalog's categories."""
    with transaction(caller().scope()) as session:
        rows = catalog_service.list_categories(session)
    shown = [
        CategoryOut(id=public_id("cat", row.id), slug=row.slug, name_zh=row.name_zh, name_en=row.name_en)
        for row in rows
    ]
    return CategoryList(data=shown)


def _shape(item: catalog.CatalogItem) -> CatalogSku:
    return CatalogSku(
        id=public_id("sku", item.sku_id),
        name=item.sku_name,
        product=public_id("prd", item.product_id),
        product_name=item.product_name,
        category=item.category,
        face_value=Money.of(item.face.minor, item.face.currency) if item.face else None,
        kinds=list(item.kinds),
        offers=item.offers,
        cost=Money.of(item.cost.minor, item.cost.currency),
        stock=item.stock,
        supplier_grade=item.grade,
    )
