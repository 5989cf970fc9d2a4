"""Live prices and stock."""

from typing import Annotated, Literal

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field

from ...identity.tenants.service import get_tenant
from ...kit.db import transaction
from ...kit.ids import parse_id, public_id
from ...kit.pages import Page
from ...money.payments.merchants.routes import routes
from ...stores import showcase
from ...trade.coupons.errors import CouponNotApplicable
from ...trade.quotes import service as quotes
from ...trade.rules import Item
from ..common.limits import GUESS, from_inside, limiter
from ..common.lists import ListOf, cursor_id, page_body
from ..common.requests import locale
from ..common.schema import Money, Query, Shape
from .blueprint import blueprint, reading, store


def _without_coupon() -> bool:
    """Prices may be asked for at will; who tries codes is slowed down."""
    body = request.get_json(silent=True)
    return from_inside() or not (isinstance(body, dict) and body.get("coupon"))


class PublicStoreOut(Shape):
    object: Literal["store"] = "store"
    name: str
    handle: str
    currency: str
    locale: str
    status: str
    payment_methods: list[str]


class ProductsQuery(Query):
    q: Annotated[str, Field(max_length=100)] = ""
    category: Annotated[str | None, Field(max_length=60)] = None
    sku: Annotated[str | None, Field(max_length=2000)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Annotated[str | None, Field(max_length=120)] = None


class BulkOut(Shape):
    """So many percent off each unit from a quantity on."""

    min_quantity: int
    percent_off: str


class ProductOut(Shape):
    object: Literal["product"] = "product"
    sku: str
    name: str
    product: str
    product_name: str
    category: str
    price: Money
    stock: str
    min_quantity: int
    max_quantity: int
    bulk: list[BulkOut]
    url: str


class ProductList(ListOf[ProductOut]):
    pass


class ItemIn(Shape):
    sku: Annotated[str, Field(max_length=40)]
    quantity: Annotated[int, Field(ge=1, le=1000)] = 1

    def to_item(self) -> Item:
        return Item(parse_id("sku", self.sku), self.quantity)


class QuoteIn(Shape):
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=50)]
    coupon: Annotated[str | None, Field(max_length=40)] = None


class QuoteLineOut(Shape):
    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money
    available: bool
    code: str | None


class CouponOut(Shape):
    """A coupon that was asked for: what it takes off, or the `code` and the words of why it takes nothing."""

    coupon: str
    discount: Money
    accepted: bool
    code: str | None = None
    message: str | None = None


class QuoteOut(Shape):
    """`total` is what is to be paid, the discount taken off."""

    object: Literal["quote"] = "quote"
    items: list[QuoteLineOut]
    total: Money
    coupon: CouponOut | None = None


@blueprint.get("/store")
@blueprint.output(PublicStoreOut)
def get_store() -> PublicStoreOut:
    """The store: name, currency, how to pay."""
    found = store()
    with transaction(reading()) as session:
        methods = list(routes(session, tenant_id=found.tenant_id, currency=found.currency))
    return PublicStoreOut(
        name=found.name,
        handle=found.handle,
        currency=found.currency,
        locale=found.locale,
        status=found.status,
        payment_methods=methods,
    )


@blueprint.get("/products")
@blueprint.input(ProductsQuery, location="query")
@blueprint.output(ProductList)
def list_products(query_data: ProductsQuery) -> ResponseReturnValue:
    """What the store sells, with the price and stock of this moment."""
    found = store()
    wanted = [parse_id("sku", text) for text in query_data.sku.split(",")[:100]] if query_data.sku else None
    with transaction(reading()) as session:
        rows = showcase.products(
            session,
            tenant=get_tenant(session, found.tenant_id),
            store_id=found.store_id,
            q=query_data.q,
            category=query_data.category,
            sku_ids=wanted,
            after=cursor_id("sku", query_data.after),
            limit=query_data.limit,
        )
    page = Page(rows[: query_data.limit], len(rows) > query_data.limit)
    cursor = public_id("sku", page.rows[-1].sku_id) if page.has_more else None
    return page_body(page, [_shape(row) for row in page.rows], cursor)


@blueprint.post("/quote")
@blueprint.input(QuoteIn)
@blueprint.output(QuoteOut)
@limiter.limit(GUESS, exempt_when=_without_coupon)
def quote(json_data: QuoteIn) -> QuoteOut:
    """What these items would cost now. An order placed with this `total` costs exactly that, or is refused.

    A coupon that cannot be used is not an error: `coupon.accepted` is false, and the total is without it. Its uses by
    one buyer are counted when the order is placed.
    """
    found = store()
    items = [item.to_item() for item in json_data.items]
    with transaction(reading()) as session:
        made = quotes.quote(
            session, tenant_id=found.tenant_id, store_id=found.store_id, items=items, coupon=json_data.coupon
        )
    lines = [
        QuoteLineOut(
            sku=public_id("sku", line.sku_id),
            name=" · ".join(name for name in (line.product_name, line.sku_name) if name),
            quantity=line.quantity,
            unit_price=Money.of(line.unit_price_minor, line.currency or found.currency),
            total=Money.of(line.total_minor, line.currency or found.currency),
            available=line.problem is None,
            code=line.problem,
        )
        for line in made.lines
    ]
    total = made.totals[0] if made.totals else None
    currency = total.currency if total else found.currency
    return QuoteOut(
        items=lines,
        total=Money.of(total.minor if total else 0, currency),
        coupon=_coupon(json_data.coupon, made, currency) if json_data.coupon else None,
    )


def _coupon(asked: str, made: quotes.Quote, currency: str) -> CouponOut:
    off = Money.of(made.discount.total_minor if made.discount else 0, currency)
    if made.discount:
        return CouponOut(coupon=made.discount.coupon.code, discount=off, accepted=True)
    refusal = made.refusal or CouponNotApplicable()
    message = refusal.message(locale())
    return CouponOut(coupon=asked, discount=off, accepted=False, code=refusal.code, message=message)


def _shape(row: showcase.Shown) -> ProductOut:
    return ProductOut(
        sku=public_id("sku", row.sku_id),
        name=row.sku_name,
        product=public_id("prd", row.product_id),
        product_name=row.product_name,
        category=row.category_slug,
        price=Money.of(row.unit_price_minor, row.currency),
        stock=row.stock,
        min_quantity=row.min_quantity,
        max_quantity=row.max_quantity,
        bulk=[BulkOut(min_quantity=one.min_quantity, percent_off=f"{one.percent.normalize():f}") for one in row.bulk],
        url=f"/p/{row.product_slug}/",
    )
