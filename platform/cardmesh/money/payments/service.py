"""Record a payment, open its page, close it again.

`open_page` and `close` call the gateway: they open their own transactions and are called outside any.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ...kit import clock, tenancy
from ...kit.db import transaction
from ...kit.errors import NotFound, invalid
from ...kit.failpoints import reach
from ...kit.jobs import outbox
from ...kit.money import MAX_MINOR, Money
from ..models import Payment, PaymentPurpose, PaymentStatus
from . import collect, queries
from .channels import gateway
from .effects import Effects
from .gateways.base import CheckoutRequest
from .merchants.routes import Route, route

STRIPE_LIFETIME = timedelta(minutes=60)
"""It wants at least thirty; the page of an order is closed by us when its hold is over."""
LIFETIME = timedelta(minutes=15)
"""Of every other gateway's page or code: as long as goods are set aside."""


def record_order_payment(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    order_id: uuid.UUID,
    amount: Money,
    method: str,
    route: Route,
    phone: bool,
) -> Payment:
    """The one payment of an order, open; ask for its page with `open_page`. `phone`: what the buyer holds."""
    row = _row(tenant_id, amount, method, route, phone=phone)
    row.purpose, row.order_id = PaymentPurpose.ORDER, order_id
    return _kept(session, row)


def top_up(session: Session, *, tenant_id: uuid.UUID, amount: Money, method: str, phone: bool = False) -> Payment:
    """A payment into the tenant's own wallet: available as soon as the gateway says that it is paid.

    Raises ValidationFailed, PaymentMethodUnavailable.
    """
    if not 0 < amount.minor <= MAX_MINOR:
        raise invalid("/amount/amount", "amount_invalid", "金额必须大于零", "The amount must be above zero")
    way = route(session, tenant_id=tenant_id, method=method, currency=amount.currency, top_up=True)
    row = _row(tenant_id, amount, method, way, phone=phone)
    row.purpose = PaymentPurpose.TOP_UP
    return _kept(session, row)


def _row(tenant_id: uuid.UUID, amount: Money, method: str, route: Route, *, phone: bool) -> Payment:
    return Payment(
        tenant_id=tenant_id,
        gateway=route.channel,
        gateway_account=route.account,
        livemode=route.livemode,
        collector=route.collector,
        method=method,
        way=route.way(phone=phone),
        currency=amount.currency,
        amount_minor=amount.minor,
        status=PaymentStatus.OPEN,
        created_at=clock.now(),
    )


def _kept(session: Session, row: Payment) -> Payment:
    session.add(row)
    session.flush()
    return row


def page_expiry(payment: Payment) -> datetime:
    """When a payment's page ends: a function of the payment, so that asking again asks for the same page."""
    return payment.created_at + (STRIPE_LIFETIME if payment.gateway.startswith("stripe") else LIFETIME)


def open_page(request: CheckoutRequest) -> str:
    """The address of the page to pay on; asked for again, the same page. Call outside any transaction.

    The gateway's own page, or ours (`request.code_url`) with a code to scan.

    Raises GatewayUnavailable, GatewayRefused, PaymentMethodUnavailable.
    """
    reach("payment.session.asking")
    facts = gateway(request.channel).open_session(request)
    reach("payment.session.opened")
    with transaction(tenancy.tenant(request.tenant_id)) as session:
        payment = queries.lock_payment(session, request.payment_id)
        if payment is None:
            raise NotFound
        payment.session_ref, payment.code = facts.session_ref, facts.code
        payment.url = url = request.code_url if facts.code else facts.url or ""
        payment.expires_at = request.expires_at
        if payment.status == PaymentStatus.EXPIRED:  # given up while the gateway made the page: close that too
            payment.status = PaymentStatus.OPEN
            _promise_close(session, payment)
    return url


def close(*, tenant_id: uuid.UUID, payment_id: uuid.UUID, effects: Effects) -> None:
    """Let nobody pay any more, and record what became of the page: expired, or paid in the last moment.

    Call outside any transaction. Repeating changes nothing.
    """
    with transaction(tenancy.platform()) as session:
        payment = queries.payment(session, tenant_id=tenant_id, payment_id=payment_id)
    if payment is None or payment.status != PaymentStatus.OPEN:
        return
    reach("payment.closing")
    facts = gateway(payment.gateway).expire(payment.session_ref) if payment.session_ref else None
    reach("payment.closed")
    with transaction(tenancy.platform()) as session:
        if facts is not None:
            collect.collect(session, gateway=payment.gateway, facts=facts, effects=effects)
        elif (locked := queries.lock_payment(session, payment_id)) and locked.status == PaymentStatus.OPEN:
            if locked.session_ref:  # its page was made meanwhile: close that too
                _promise_close(session, locked)
            else:
                locked.status = PaymentStatus.EXPIRED


def _promise_close(session: Session, payment: Payment) -> None:
    outbox.send(session, "payments.close", tenant_id=payment.tenant_id, payment_id=payment.id)
