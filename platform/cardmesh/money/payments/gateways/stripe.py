"""Stripe: hosted Checkout Sessions, refunds, events. The one module that imports `stripe`.

https://docs.stripe.com/api/checkout/sessions · https://docs.stripe.com/webhooks · https://docs.stripe.com/api/idempotent_requests
"""

import json
import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import stripe

from ....settings import Settings
from ..errors import GatewayRefused, GatewayUnavailable, PaymentMethodUnavailable, SignatureRefused
from . import signatures, stripe_objects
from .base import CheckoutRequest, RawEvent, RefundFacts, SessionFacts, Told

log = logging.getLogger(__name__)

TIMEOUTS = (5, 20)
"""Seconds to connect, and to wait for an answer."""
MOST_EVENTS = 10_000


class StripeGateway:
    """One Stripe account, by its secret key. Thread-safe; keeps connections open."""

    name = "stripe"
    account = ""
    """The platform's own account: events of connected accounts carry another and match no payment of ours."""

    def __init__(self, settings: Settings) -> None:
        if not settings.stripe_api_key:
            raise ValueError("Stripe needs STRIPE_API_KEY")
        self.livemode = settings.livemode
        self._secret = settings.stripe_webhook_secret
        self._client = stripe.StripeClient(
            settings.stripe_api_key,
            base_addresses={"api": settings.stripe_api_base} if settings.stripe_api_base else {},
            max_network_retries=2,
            http_client=stripe.RequestsClient(timeout=TIMEOUTS),
        )

    def open_session(self, request: CheckoutRequest) -> SessionFacts:
        params: Any = stripe_objects.session_params(request)
        with _translated():
            session = self._client.v1.checkout.sessions.create(
                params, {"idempotency_key": f"payment:{request.payment_id}"}
            )
        if request.method not in session.payment_method_types:  # Stripe drops what does not fit, silently
            raise PaymentMethodUnavailable
        return stripe_objects.session_facts(session.to_dict())

    def retrieve(self, session_ref: str) -> SessionFacts:
        with _translated():
            session = self._client.v1.checkout.sessions.retrieve(session_ref)
        return stripe_objects.session_facts(session.to_dict())

    def expire(self, session_ref: str) -> SessionFacts:
        try:
            with _translated():
                session = self._client.v1.checkout.sessions.expire(session_ref)
        except GatewayRefused:  # it is open no longer: paid, or expired by itself
            return self.retrieve(session_ref)
        return stripe_objects.session_facts(session.to_dict())

    def refund(self, *, refund_id: uuid.UUID, tenant_id: uuid.UUID, intent_ref: str, amount_minor: int) -> RefundFacts:
        metadata = {"refund": str(refund_id), "tenant": str(tenant_id)}
        with _translated():
            refund = self._client.v1.refunds.create(
                {"payment_intent": intent_ref, "amount": amount_minor, "metadata": metadata},
                {"idempotency_key": f"refund:{refund_id}"},
            )
        return stripe_objects.refund_facts(refund.to_dict(), livemode=self.livemode)

    def retrieve_refund(self, gateway_ref: str) -> RefundFacts:
        with _translated():
            refund = self._client.v1.refunds.retrieve(gateway_ref)
        return stripe_objects.refund_facts(refund.to_dict(), livemode=self.livemode)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> RawEvent:
        given = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), None)
        signatures.verify(given, body, self._secret)
        try:
            payload = json.loads(body)
            return RawEvent(str(payload["id"]), str(payload["type"]), payload)
        except (ValueError, KeyError, TypeError):
            raise SignatureRefused from None

    def interpret(self, payload: Mapping[str, Any]) -> Told:
        return stripe_objects.told(payload)

    def list_events_since(self, moment: datetime) -> Iterator[RawEvent]:
        with _translated():
            page = self._client.v1.events.list({"created": {"gte": int(moment.timestamp())}, "limit": 100})
            for count, event in enumerate(page.auto_paging_iter()):
                if count >= MOST_EVENTS:
                    log.warning("stripe: more than %d events to catch up with", count)
                    return
                yield RawEvent(event.id, event.type, event.to_dict())


@contextmanager
def _translated() -> Iterator[None]:
    """Stripe's errors as ours: whether asking again can help, and a reason without a buyer's data."""
    try:
        yield
    except stripe.StripeError as error:
        status = error.http_status
        log.warning("stripe: %s %s %s", type(error).__name__, status, error.code)
        if status is None or status in (409, 429) or status >= 500:
            raise GatewayUnavailable from error
        raise GatewayRefused(reason=error.code or type(error).__name__) from error
