"""Order, pay, look at the goods."""

import hashlib
import uuid

from flask import Response, request
from sqlalchemy.orm import Session

from ...identity.idempotency import service as idempotency
from ...kit import runtime
from ...kit.clock import rfc3339
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.failpoints import reach
from ...kit.ids import public_id
from ...money.models import PaymentStatus
from ...stores import embed
from ...stores.errors import StoreClosed
from ...stores.models import StoreStatus
from ...trade import numbers
from ...trade.delivery.reveal import Codes, reveal
from ...trade.errors import CollectorShortOfFunds
from ...trade.funds import service as funds
from ...trade.models import Order, OrderStatus
from ...trade.orders import checkout
from ...trade.orders import service as orders
from ...trade.trials import service as trials
from ..common.idempotent import replay, reply, request_hash, required_key
from ..common.limits import LOOKUP, ONE_ORDER, ORDER, READ, from_inside, limiter
from ..common.requests import client_ip, locale, on_phone
from ..common.schema import Money
from ..hosts import STORE_HOST
from . import trial_orders
from .blueprint import blueprint, selling, store
from .order_shapes import (
    BuyerOrderIn,
    CodeOut,
    CredentialOut,
    LookupIn,
    OrderItemOut,
    OrderOut,
    PayOut,
    PlacedOut,
    SeenOut,
)
from .trial_mode import is_on


def _by_number() -> str:
    """The order that is looked for, whether there is one or not."""
    return f"order|{store().tenant_id}|{numbers.tidy(request.get_json()['number'])}"


@blueprint.post("/orders")
@blueprint.input(BuyerOrderIn)
@blueprint.output(PlacedOut, status_code=201)
@limiter.limit(ORDER, exempt_when=from_inside)
def place_order(json_data: BuyerOrderIn) -> Response:
    """Set the goods aside for fifteen minutes and get the page to pay on. The total will not change.

    The gateway is asked between two transactions: a repeat after a crash goes on with the order of the first try.
    """
    found = store()
    if is_on(found):
        return trial_orders.place(json_data)
    key = "store:" + hashlib.sha256(required_key().encode()).hexdigest()
    try:
        with transaction(selling()) as session:
            begun = idempotency.begin(session, party_id=found.tenant_id, key=key, request_hash=request_hash())
            if begun.done:
                return replay(begun.row.status or 201, begun.row.body or {})
            order = _placed_before(session, begun.row.body) or _place(session, json_data)
            idempotency.finish(session, begun.row, status=None, body={"order_id": str(order.id)})
    except CollectorShortOfFunds:
        with transaction(selling()) as session:
            funds.tell_short(session, tenant_id=found.tenant_id)
        raise
    reach("order.store.committed")
    try:
        url = runtime.current().settings.store_url(request.environ[STORE_HOST])
        page = orders.open_payment(tenant_id=found.tenant_id, order_id=order.id, store_url=url)
    except MeshError:  # the order was canceled; after anything else a repeat has to find it
        with transaction(selling()) as session:
            idempotency.forget(session, begun.row)
        raise
    reach("order.store.paged")
    answer = PlacedOut(order=_placed(order), payment=PayOut(method=page.method, url=page.url))
    body = answer.model_dump(mode="json")
    with transaction(selling()) as session:
        idempotency.finish(session, begun.row, status=201, body=body)
    return reply(201, body)


@blueprint.get("/orders/<number>")
@blueprint.output(SeenOut)
@limiter.limit(READ, exempt_when=from_inside)
def get_order(number: str) -> SeenOut:
    """State of an order, and its goods once delivered, for whoever holds its token (X-Order-Token)."""
    token = request.headers.get("X-Order-Token", "")
    if trials.is_trial(number):
        return trial_orders.see(number, token)
    with transaction(selling()) as session:
        order = orders.find_by_token(session, tenant_id=store().tenant_id, number=number, token=token)
        return _seen(session, order)


@blueprint.post("/orders/lookup")
@blueprint.input(LookupIn)
@blueprint.output(SeenOut)
@limiter.limit(LOOKUP)
@limiter.limit(ONE_ORDER, key_func=_by_number)
def find_order(json_data: LookupIn) -> SeenOut:
    """The same for a guest who knows the number and the contact, or the number and the query password."""
    with transaction(selling()) as session:
        found = orders.lookup(
            session,
            tenant_id=store().tenant_id,
            number=json_data.number,
            contact=json_data.contact,
            query_password=json_data.query_password,
        )
        return _seen(session, found.order, token=found.token)


def own_order(session: Session, number: str) -> Order:
    """The order that the request's token opens. Raises OrderNotFound."""
    token = request.headers.get("X-Order-Token", "")
    return orders.find_by_token(session, tenant_id=store().tenant_id, number=number, token=token)


def _placed_before(session: Session, progress: dict[str, str] | None) -> Order | None:
    if not progress:
        return None
    order = orders.find(session, tenant_id=store().tenant_id, order_id=uuid.UUID(progress["order_id"]))
    if order is None:
        raise NotFound
    return order


def _place(session: Session, body: BuyerOrderIn) -> Order:
    found = store()
    if found.status == StoreStatus.MAINTENANCE:
        raise StoreClosed
    placed = orders.place_store_order(
        session,
        store=orders.StoreRef(found.tenant_id, found.store_id, found.handle, found.currency),
        items=[item.to_item() for item in body.items],
        contact=orders.parse_contact(email_address=body.contact.email, phone_number=body.contact.phone),
        method=body.payment.method,
        query_password=body.query_password,
        expected_total=body.total.to_kit() if body.total else None,
        coupon=body.coupon,
        locale=body.locale or locale(),
        ip=client_ip(),
        phone=on_phone(),
        embed_origin=embed.require(found.embed_origins, body.embed) if body.embed else None,
    )
    return placed.order


def _placed(order: Order) -> OrderOut:
    return OrderOut(
        number=order.number,
        token=numbers.token(order.id),
        status=order.status,
        total=Money.of(order.total_minor, order.currency),
        discount=Money.of(order.discount_minor, order.currency),
        coupon=order.coupon_code,
        created_at=rfc3339(order.created_at),
        expires_at=rfc3339(order.expires_at) if order.expires_at else None,
    )


def _seen(session: Session, order: Order, token: str | None = None) -> SeenOut:
    codes = reveal(session, order=order, locale=locale())
    payment = orders.payment_of(session, order) if order.status == OrderStatus.PENDING_PAYMENT else None
    shown = OrderOut(
        number=order.number,
        token=token,
        status=order.status,
        total=Money.of(order.total_minor, order.currency),
        discount=Money.of(order.discount_minor, order.currency),
        coupon=order.coupon_code,
        created_at=rfc3339(order.created_at),
        paid_at=rfc3339(order.paid_at) if order.paid_at else None,
        expires_at=rfc3339(order.expires_at) if order.expires_at else None,
        items=[_item(line, order.currency) for line in orders.view(session, order).lines],
    )
    pay = None
    if payment and payment.url and payment.status == PaymentStatus.OPEN:
        pay = PayOut(method=payment.method, url=payment.url)
    return SeenOut(order=shown, codes=[_code(one) for one in codes], payment=pay)


def _item(view: orders.LineView, currency: str) -> OrderItemOut:
    line = view.line
    return OrderItemOut(
        id=public_id("itm", line.id),
        sku=public_id("sku", line.sku_id),
        name=checkout.title(line),
        kind=line.kind,
        quantity=line.quantity,
        unit_price=Money.of(line.unit_price_minor, currency),
        discount=Money.of(line.discount_minor, currency),
        total=Money.of(line.total_minor, currency),
        status=view.status,
    )


def _code(codes: Codes) -> CodeOut:
    return CodeOut(
        item=public_id("itm", codes.line_id),
        unit=codes.unit,
        credentials=[CredentialOut(type=one.type, label=one.label, value=one.value) for one in codes.credentials],
    )
