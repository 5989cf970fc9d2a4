"""Send a buyer to the page to pay on."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...money.models import Payment, PaymentStatus
from ...money.payments import pay_links
from ...money.payments import queries as payments
from ...money.payments import service as collecting
from ...money.payments.gateways.base import CheckoutItem, CheckoutRequest
from .. import queries
from ..errors import OrderNotFound, OrderStateConflict
from ..models import Channel, Order, OrderLine, OrderStatus
from .release import cancel


class PayPage(NamedTuple):
    """Where the buyer pays with the method that was chosen."""

    method: str
    url: str


def open_payment(*, tenant_id: uuid.UUID, order_id: uuid.UUID, store_url: str) -> PayPage:
    """The page to pay an order on; asked for again, the same page. Opens its own transactions, calls the gateway.

    An order for which no page can be had is canceled, so that the same purchase may be tried again. Raises
    OrderNotFound, OrderStateConflict, GatewayUnavailable, GatewayRefused, PaymentMethodUnavailable.
    """
    with transaction(tenancy.tenant(tenant_id)) as session:
        order = queries.lock_order(session, tenant_id=tenant_id, order_id=order_id)
        payment = payments.payment_of_order(session, tenant_id=tenant_id, order_id=order_id)
        if order is None or payment is None:
            raise OrderNotFound
        _require_open(order, payment)
        if payment.url:
            return PayPage(payment.method, payment.url)
        lines = queries.lines(session, tenant_id=tenant_id, order_ids=[order_id])
        request = _request(order, payment, lines, store_url)
    try:
        return PayPage(payment.method, collecting.open_page(request))
    except MeshError:
        with transaction(tenancy.trade(tenant_id)) as session:
            cancel(session, tenant_id=tenant_id, order_id=order_id)
        raise


def _require_open(order: Order, payment: Payment) -> None:
    if order.status != OrderStatus.PENDING_PAYMENT or payment.status != PaymentStatus.OPEN:
        allowed = [OrderStatus.PENDING_PAYMENT]
        raise OrderStateConflict(state=order.status, extra={"state": order.status, "allowed": allowed})


def _request(order: Order, payment: Payment, lines: Sequence[OrderLine], store_url: str) -> CheckoutRequest:
    back = f"{store_url}{way_back(order)}"
    return CheckoutRequest(
        payment_id=payment.id,
        tenant_id=order.tenant_id,
        order_id=order.id,
        method=payment.method,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        items=tuple(_item(line) for line in lines),
        success_url=back,
        cancel_url=f"{back}&canceled=1",
        expires_at=collecting.page_expiry(payment),
        email=order.contact if order.contact_kind == "email" else None,
        locale=order.locale,
        channel=payment.gateway,
        way=payment.way,
        code_url=f"{store_url}{pay_links.path(payment.id)}",
        client_ip=order.ip,
    )


def _item(line: OrderLine) -> CheckoutItem:
    """A line with a discount is one item: what is left may not divide by its quantity."""
    if line.discount_minor:
        return CheckoutItem(f"{title(line)} × {line.quantity}", 1, line.total_minor)
    return CheckoutItem(title(line), line.quantity, line.unit_price_minor)


def way_back(order: Order) -> str:
    """Who paid beside a frame goes on in the frame, which alone holds the order's token: the page says so."""
    if order.channel == Channel.EMBED:
        return f"/-/embed/paid?number={order.number}&lang={order.locale}"
    return f"/order/?number={order.number}"


def title(line: OrderLine) -> str:
    """The name of a line as a buyer knows it."""
    names = (line.snapshot.get("product_name", ""), line.snapshot.get("sku_name", ""))
    return " · ".join(name for name in names if name)
