"""What a buyer's browser sends and hears about an order."""

from typing import Annotated, Literal

from pydantic import Field

from ..common.schema import Money, Price, Shape
from .products import ItemIn


class ContactIn(Shape):
    email: Annotated[str | None, Field(max_length=254)] = None
    phone: Annotated[str | None, Field(max_length=32)] = None


class PaymentIn(Shape):
    method: Literal["card", "alipay", "wechat_pay"]


class BuyerOrderIn(Shape):
    """`total` is what the buyer saw, after the coupon: when the price has changed since, the order is refused with
    `price_changed`."""

    items: Annotated[list[ItemIn], Field(min_length=1, max_length=50)]
    contact: ContactIn
    payment: PaymentIn
    query_password: Annotated[str | None, Field(min_length=4, max_length=72)] = None
    coupon: Annotated[str | None, Field(max_length=40)] = None
    total: Price | None = None
    locale: Literal["zh-CN", "en"] | None = None
    embed: Annotated[str | None, Field(max_length=300)] = None
    """The origin of the site whose frame this is: see `stores.embed`."""


class LookupIn(Shape):
    number: Annotated[str, Field(min_length=1, max_length=40)]
    contact: Annotated[str | None, Field(max_length=254)] = None
    query_password: Annotated[str | None, Field(max_length=72)] = None


class OrderItemOut(Shape):
    id: str
    sku: str
    name: str
    kind: str
    quantity: int
    unit_price: Money
    discount: Money
    total: Money
    status: str


class OrderOut(Shape):
    object: Literal["order"] = "order"
    number: str
    token: str | None = None
    status: str
    total: Money
    discount: Money
    coupon: str | None = None
    created_at: str
    paid_at: str | None = None
    expires_at: str | None = None
    items: list[OrderItemOut] = Field(default_factory=list)


class CredentialOut(Shape):
    type: str
    label: str
    value: str


class CodeOut(Shape):
    item: str
    unit: int
    credentials: list[CredentialOut]


class PayOut(Shape):
    """Where to pay; an empty `url` for a trial, which needs no payment."""

    method: str
    url: str


class PlacedOut(Shape):
    order: OrderOut
    payment: PayOut


class SeenOut(Shape):
    order: OrderOut
    codes: list[CodeOut] = Field(default_factory=list)
    payment: PayOut | None = None
