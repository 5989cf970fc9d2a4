"""Stripe: hosted Checkout Sessions, refunds, events. The one module that imports `stripe`.

https://docs.stripe.com/api/checkout/sessions · https://docs.stripe.com/webhooks · https://docs.stripe.com/api/idempotent_requests
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import stripe

from ..errors import GatewayRefused, GatewayUnavailable, PaymentMethodUnavailable, SignatureRefused
from . import bills, signatures, stripe_movements, stripe_objects
from .base import (
    CheckoutRequest,
    DisputeFacts,
    Evidence,
    Movement,
    RawEvent,
    RefundFacts,
    RefundRequest,
    SessionFacts,
    Told,
)

log = logging.getLogger(__name__)

TIMEOUTS = (5, 20)
"""Seconds to connect, and to wait for an answer."""
MOST_EVENTS = 10_000
EVENTS: tuple[Any, ...] = stripe_objects.EVENTS


def client(secret_key: str, api_base: str | None = None) -> stripe.StripeClient:
    """A client of one account. Thread-safe; keeps connections open."""
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base} if api_base else {},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=TIMEOUTS),
    )


class StripeGateway:
    """One Stripe account, by its secret key. Thread-safe; keeps connections open."""

    name = "stripe"
    account = ""
    """Its own: events of accounts connected to it carry another and match no payment of ours."""
    receipt = ""
    books_after = timedelta(0)

    def __init__(self, *, secret_key: str, webhook_secret: str | None, api_base: str | None = None) -> None:
        self.livemode = is_live(secret_key)
        self._secret = webhook_secret
        self._client = client(secret_key, api_base)

    def open_session(self, request: CheckoutRequest) -> SessionFacts:
        params: Any = stripe_objects.session_params(request)
        with translated():
            session = self._client.v1.checkout.sessions.create(
                params, {"idempotency_key": f"payment:{request.payment_id}"}
            )
        if request.method not in session.payment_method_types:  # Stripe drops what does not fit, silently
            raise PaymentMethodUnavailable
        return stripe_objects.session_facts(session.to_dict())

    def retrieve(self, session_ref: str) -> SessionFacts:
        with translated():
            session = self._client.v1.checkout.sessions.retrieve(session_ref)
        return stripe_objects.session_facts(session.to_dict())

    def expire(self, session_ref: str) -> SessionFacts:
        try:
            with translated():
                session = self._client.v1.checkout.sessions.expire(session_ref)
        except GatewayRefused:  # it is open no longer: paid, or expired by itself
            return self.retrieve(session_ref)
        return stripe_objects.session_facts(session.to_dict())

    def refund(self, request: RefundRequest) -> RefundFacts:
        """One that was made before is found by its metadata: idempotency keys are forgotten after a day, and a job
        that failed for long is asked to run again days later."""
        metadata = {
            "refund": str(request.refund_id),
            "tenant": str(request.tenant_id),
            "attempt": str(request.attempt),
        }
        with translated():
            made = self._client.v1.refunds.list({"payment_intent": request.intent_ref, "limit": 100})
            same = (one for one in made.auto_paging_iter() if metadata.items() <= _metadata(one).items())
            refund = next(same, None) or self._client.v1.refunds.create(
                {"payment_intent": request.intent_ref, "amount": request.amount_minor, "metadata": metadata},
                {"idempotency_key": f"refund:{request.key}"},
            )
        return stripe_objects.refund_facts(refund.to_dict(), livemode=self.livemode)

    def retrieve_refund(self, gateway_ref: str) -> RefundFacts:
        with translated():
            refund = self._client.v1.refunds.retrieve(gateway_ref)
        return stripe_objects.refund_facts(refund.to_dict(), livemode=self.livemode)

    def submit_evidence(self, gateway_ref: str, evidence: Evidence) -> DisputeFacts:
        params: Any = stripe_objects.evidence_params(evidence)
        with translated():
            dispute = self._client.v1.disputes.update(gateway_ref, params)
        return stripe_objects.dispute_facts(dispute.to_dict(), "updated")

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
        with translated():
            page = self._client.v1.events.list({"created": {"gte": int(moment.timestamp())}, "limit": 100})
            for count, event in enumerate(page.auto_paging_iter()):
                if count >= MOST_EVENTS:
                    log.warning("stripe: more than %d events to catch up with", count)
                    return
                yield RawEvent(event.id, event.type, event.to_dict())

    def list_movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        within: Any = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        params: Any = {"created": within, "limit": 100, "expand": ["data.source"]}
        with bills.readable("stripe"), translated():
            for transaction in self._client.v1.balance_transactions.list(params).auto_paging_iter():
                yield stripe_movements.movement(transaction.to_dict())

    def check(self) -> None:
        with translated():
            self._client.v1.balance.retrieve()

    def own_account(self) -> str:
        """The account's id, `acct_…`: public, and the same whatever key is used."""
        with translated():
            return self._client.v1.accounts.retrieve_current().id

    def add_webhook(self, url: str) -> str:
        """Have the events we act on sent to `url`; the secret that signs them, which Stripe tells only now."""
        with translated():
            made = self._client.v1.webhook_endpoints.create({"url": url, "enabled_events": list(EVENTS)})
        return str(made.secret)


def is_live(secret_key: str) -> bool:
    """Whether a key moves real money."""
    return secret_key.startswith(("sk_live_", "rk_live_"))


def _metadata(refund: stripe.Refund) -> dict[str, str]:
    return refund.to_dict().get("metadata") or {}


@contextmanager
def translated() -> Iterator[None]:
    """Stripe's errors as ours: whether asking again can help, and a reason without a buyer's data."""
    try:
        yield
    except stripe.StripeError as error:
        status = error.http_status
        log.warning("stripe: %s %s %s", type(error).__name__, status, error.code)
        if status is None or status in (409, 429) or status >= 500:
            raise GatewayUnavailable from error
        raise GatewayRefused(reason=error.code or type(error).__name__) from error
