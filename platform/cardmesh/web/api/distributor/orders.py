"""Buy from the wallet; the answer holds the state of the goods, `/codes` the goods themselves."""

from typing import Annotated, Literal

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.errors import NotFound
from ....kit.ids import parse_id, public_id
from ....money.ledger import service as ledger
from ....trade.delivery.reveal import Codes, reveal
from ....trade.models import Order
from ....trade.orders import service as orders
from ....trade.orders.service import Item, LineView, OrderView
from ...common.idempotent import once, reply, request_hash, required_key
from ...common.lists import ListOf, listed
from ...common.log_shapes import OrderProofsOut, ProofsQuery, order_proofs
from ...common.principal import caller, requires
from ...common.requests import locale
from ...common.schema import Money, Paging, Price, Shape
from . import blueprint
from .listings import own_store


class ItemIn(Shape):
    sku: Annotated[str, Field(max_length=40)]
    quantity: Annotated[int, Field(ge=1, le=1000)] = 1
    max_unit_cost: Price | None = None
    recipient: Annotated[str | None, Field(max_length=200)] = None


class OrderIn(Shape):
    """`external_ref` is your own number: unique for ever. `max_unit_cost` is the most you will pay for one."""

    external_ref: Annotated[str, Field(min_length=1, max_length=128)]
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=50)]
    on_shortage: Literal["cancel_all", "partial", "backorder"] = "cancel_all"


class UnitOut(Shape):
    object: Literal["unit"] = "unit"
    id: str
    unit: int
    status: str


class OrderItemOut(Shape):
    id: str
    sku: str
    name: str
    quantity: int
    unit_cost: Money
    unit_price: Money
    total: Money
    status: str
    supplier: str | None
    units: list[UnitOut]


class OrderOut(Shape):
    object: Literal["order"] = "order"
    id: str
    number: str
    external_ref: str | None
    channel: str
    embed_origin: str | None
    status: str
    total: Money
    items: list[OrderItemOut]
    created_at: str
    paid_at: str | None
    completed_at: str | None


class OrderList(ListOf[OrderOut]):
    pass


class CredentialOut(Shape):
    type: str
    label: str
    value: str


class CodeOut(Shape):
    item: str
    unit: int
    credentials: list[CredentialOut]


class CodeList(Shape):
    data: list[CodeOut]


@blueprint.post("/orders")
@blueprint.input(OrderIn)
@blueprint.output(OrderOut, status_code=201)
@requires(Party.DISTRIBUTOR, "orders:write")
def place_order(json_data: OrderIn) -> Response:
    """One transaction takes the goods and the money, and delivers. A refusal changes nothing."""
    principal = caller()
    items = [_wanted(item) for item in json_data.items]

    def effect(session: Session) -> OrderOut:
        store = own_store(session)
        order = orders.place_wallet_order(
            session,
            tenant_id=principal.party_id,
            store_id=store.id,
            external_ref=json_data.external_ref,
            items=items,
            on_shortage=json_data.on_shortage,
            currency=store.currency,
        )
        return order_shape(orders.view(session, order))

    placed = orders.place_express(
        tenant_id=principal.party_id,
        request=orders.Call(required_key(), request_hash()),
        external_ref=json_data.external_ref,
        items=items,
        on_shortage=json_data.on_shortage,
        answer=lambda view: order_shape(view).model_dump(mode="json"),
    )
    return reply(201, placed) if placed else once(principal.trade(), principal.party_id, effect, first=_hold_wallet)


def _hold_wallet(session: Session) -> None:
    """As the express way does before it claims the key."""
    ledger.lock_wallet(session, owner_id=caller().party_id, currency=own_store(session).currency)


def _wanted(item: ItemIn) -> Item:
    limit = item.max_unit_cost.to_kit() if item.max_unit_cost else None
    return Item(parse_id("sku", item.sku), item.quantity, limit)


@blueprint.get("/orders")
@blueprint.input(Paging, location="query")
@blueprint.output(OrderList)
@requires(Party.DISTRIBUTOR, "orders:read")
def list_orders(query_data: Paging) -> ResponseReturnValue:
    """Orders of the store and of the API, newest first."""
    with transaction(caller().scope()) as session:
        mine = select(Order).where(Order.tenant_id == caller().party_id)
        return listed(
            session,
            mine,
            Order.id,
            "ord",
            query_data,
            lambda rows: [order_shape(one) for one in orders.views(session, rows)],
        )


@blueprint.get("/orders/<order_id>")
@blueprint.output(OrderOut)
@requires(Party.DISTRIBUTOR, "orders:read")
def get_order(order_id: str) -> OrderOut:
    """One order with its items."""
    with transaction(caller().scope()) as session:
        return order_shape(orders.view(session, own_order(session, order_id)))


@blueprint.get("/orders/<order_id>/codes")
@blueprint.output(CodeList)
@requires(Party.DISTRIBUTOR, "codes:read")
def get_codes(order_id: str) -> CodeList:
    """The goods in clear. Every reading is on the audit trail."""
    with transaction(caller().trade()) as session:
        order = own_order(session, order_id)
        return CodeList(data=[_code(one) for one in reveal(session, order=order, locale=locale())])


@blueprint.get("/orders/<order_id>/proofs")
@blueprint.input(ProofsQuery, location="query")
@blueprint.output(OrderProofsOut)
@requires(Party.DISTRIBUTOR, "orders:read")
def get_proofs(order_id: str, query_data: ProofsQuery) -> OrderProofsOut:
    """What the public log tells of the order's keys, with proofs: each was imported, put on sale and sold once."""
    with transaction(caller().trade()) as session:
        return order_proofs(session, own_order(session, order_id), query_data)


def own_order(session: Session, order_id: str) -> Order:
    """Raises NotFound."""
    order = orders.find(session, tenant_id=caller().party_id, order_id=parse_id("ord", order_id))
    if order is None:
        raise NotFound
    return order


def order_shape(view: OrderView) -> OrderOut:
    order = view.order
    return OrderOut(
        id=public_id("ord", order.id),
        number=order.number,
        external_ref=order.external_ref,
        channel=order.channel,
        embed_origin=order.embed_origin,
        status=order.status,
        total=Money.of(order.total_minor, order.currency),
        items=[_item(line) for line in view.lines],
        created_at=rfc3339(order.created_at),
        paid_at=rfc3339(order.paid_at) if order.paid_at else None,
        completed_at=rfc3339(order.completed_at) if order.completed_at else None,
    )


def _item(view: LineView) -> OrderItemOut:
    line = view.line
    names = (line.snapshot.get("product_name"), line.snapshot.get("sku_name"))
    return OrderItemOut(
        id=public_id("itm", line.id),
        sku=public_id("sku", line.sku_id),
        name=" · ".join(name for name in names if name),
        quantity=line.quantity,
        unit_cost=Money.of(line.snapshot.get("cost_minor", 0), line.currency),
        unit_price=Money.of(line.unit_price_minor, line.currency),
        total=Money.of(line.total_minor, line.currency),
        status=view.status,
        supplier=public_id("sup", view.units[0].supplier_id) if view.units else None,
        units=[UnitOut(id=public_id("unt", unit.id), unit=unit.ordinal, status=unit.status) for unit in view.units],
    )


def _code(codes: Codes) -> CodeOut:
    return CodeOut(
        item=public_id("itm", codes.line_id),
        unit=codes.unit,
        credentials=[CredentialOut(type=one.type, label=one.label, value=one.value) for one in codes.credentials],
    )
