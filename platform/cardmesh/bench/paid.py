"""Orders that wait for their payment, and Stripe's message that it came: signed, sent, applied, delivered."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

from ..kit import tenancy
from ..kit.db import transaction
from ..money.models import Payment
from ..money.payments import queries as payments
from ..settings import Settings
from ..sims.stripe.webhooks.signing import signature_header
from ..trade.orders import service as orders
from ..trade.orders.service import Item, StoreRef
from .clients import Requests, post
from .market import CURRENCY, Buyer, Market


def paid_orders(settings: Settings, market: Market, *, buyers: int, each: int) -> Requests:
    """Place `each` store orders a buyer and return their webhooks. Needs an app context."""
    secret = settings.stripe_webhook_secret or ""
    ready = [
        [_webhook(secret, payment) for payment in placed(market, number, each)] for number in range(buyers)
    ]

    def requests(number: int) -> Iterator[bytes]:
        return iter(ready[number])

    return requests


def placed(market: Market, number: int, count: int) -> Iterator[Payment]:
    """So many new orders that one buyer has to pay for."""
    return (_place(market, number, turn) for turn in range(count))


def _place(market: Market, number: int, turn: int) -> Payment:
    buyer: Buyer = market.buyers[number % len(market.buyers)]
    sku = market.skus[(number + turn) % len(market.skus)]
    with transaction(tenancy.trade(buyer.tenant_id)) as session:
        placed = orders.place_store_order(
            session,
            store=StoreRef(buyer.tenant_id, buyer.store_id, buyer.host.partition(".")[0], CURRENCY),
            items=[Item(sku, 1)],
            contact=orders.parse_contact(email_address=f"{uuid.uuid4().hex}@bench.example"),
            method="card",
        )
        found = payments.payment_of_order(session, tenant_id=buyer.tenant_id, order_id=placed.order.id)
        if found is None:
            raise RuntimeError("an order without a payment")
        return found


def _webhook(secret: str, payment: Payment) -> bytes:
    body = json.dumps(event_of(payment))
    headers = {"Stripe-Signature": signature_header(body, secret, int(time.time()))}
    return post("/hooks/stripe", "localhost", headers, body.encode())


def event_of(payment: Payment) -> dict[str, Any]:
    """What Stripe sends when this payment's page was paid, as far as we read it."""
    session = {
        "id": f"cs_test_{payment.id.hex}",
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": f"pi_{payment.id.hex}",
        "client_reference_id": str(payment.id),
        "metadata": {"tenant": str(payment.tenant_id), "order": str(payment.order_id), "payment": str(payment.id)},
        "livemode": payment.livemode,
        "currency": payment.currency.lower(),
        "amount_total": payment.amount_minor,
    }
    return {
        "id": f"evt_{payment.id.hex}",
        "object": "event",
        "type": "checkout.session.completed",
        "livemode": payment.livemode,
        "data": {"object": session},
    }


def delivered(market: Market) -> int:
    """Units of these distributors' store orders that were handed over."""
    with transaction(tenancy.platform()) as session:
        query = text(
            "select count(*) from order_units u join orders o on o.tenant_id = u.tenant_id and o.id = u.order_id"
            " where o.channel = 'store' and u.status = 'delivered' and o.tenant_id = any(:buyers)"
        )
        return session.scalar(query, {"buyers": [buyer.tenant_id for buyer in market.buyers]}) or 0
