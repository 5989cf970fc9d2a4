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
from .effects import Effects
from .errors import PaymentMethodUnavailable
from .gateways.base import CheckoutRequest, Gateway
from .gateways.registry import DEFAULT, METHODS, gateway

PAGE_LIFETIME = timedelta(minutes=60)
"""Gateways want at least thirty; the page of an order is closed by us when its hold is over."""


def record_order_payment(
    session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID, amount: Money, method: str
) -> Payment:
    """The one payment of an order, open. Raises PaymentMethodUnavailable; ask for the page with `open_page`."""
    return _record(session, tenant_id, PaymentPurpose.ORDER, order_id, amount, method)


def top_up(session: Session, *, tenant_id: uuid.UUID, amount: Money, method: str) -> Payment:
    """A payment into the tenant's own wallet: available as soon as the gateway says that it is paid."""
    if not 0 < amount.minor <= MAX_MINOR:
        raise invalid("/amount/amount", "amount_invalid", "金额必须大于零", "The amount must be above zero")
    return _record(session, tenant_id, PaymentPurpose.TOP_UP, None, amount, method)


def _record(
    session: Session,
    tenant_id: uuid.UUID,
    purpose: PaymentPurpose,
    order_id: uuid.UUID | None,
    amount: Money,
    method: str,
) -> Payment:
    collector = require_method(method)
    row = Payment(
        tenant_id=tenant_id,
        purpose=purpose,
        order_id=order_id,
        gateway=collector.name,
        gateway_account=collector.account,
        livemode=collector.livemode,
        method=method,
        currency=amount.currency,
        amount_minor=amount.minor,
        status=PaymentStatus.OPEN,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def require_method(method: str) -> Gateway:
    """The gateway that collects by this method. Raises PaymentMethodUnavailable."""
    if method not in METHODS:
        raise PaymentMethodUnavailable
    return gateway(DEFAULT)


def page_expiry(payment: Payment) -> datetime:
    """When a payment's page ends: a function of the payment, so that asking again asks for the same page."""
    return payment.created_at + PAGE_LIFETIME


def open_page(request: CheckoutRequest) -> str:
    """The address of the hosted page to pay on; asked for again, the same page. Call outside any transaction.

    Raises GatewayUnavailable, GatewayRefused, PaymentMethodUnavailable.
    """
    reach("payment.session.asking")
    facts = gateway(DEFAULT).open_session(request)
    reach("payment.session.opened")
    with transaction(tenancy.tenant(request.tenant_id)) as session:
        payment = queries.lock_payment(session, request.payment_id)
        if payment is None:
            raise NotFound
        payment.session_ref, payment.url = facts.session_ref, facts.url
        payment.expires_at = request.expires_at
        if payment.status == PaymentStatus.EXPIRED:  # given up while the gateway made the page: close that too
            payment.status = PaymentStatus.OPEN
            outbox.send(session, "payments.close", tenant_id=payment.tenant_id, payment_id=payment.id)
    return facts.url or ""


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
        elif locked := queries.lock_payment(session, payment_id):
            locked.status = PaymentStatus.EXPIRED if locked.status == PaymentStatus.OPEN else locked.status
