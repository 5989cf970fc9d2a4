"""Stripe's objects in our words, both ways. Pure: plain dicts in and out, no network."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .base import (
    CheckoutItem,
    CheckoutRequest,
    DisputeFacts,
    DisputeStatus,
    Evidence,
    Fee,
    RefundFacts,
    RefundStatus,
    SessionFacts,
    SessionStatus,
    Told,
)

LOCALES = {"zh-CN": "zh", "en": "en"}
LONGEST_NAME = 250
LONGEST_TEXT = 20_000
_DISPUTES = {
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "warning_closed": DisputeStatus.WON,
    "prevented": DisputeStatus.WON,
    "warning_needs_response": DisputeStatus.INQUIRY,
    "warning_under_review": DisputeStatus.INQUIRY,
}
"""https://docs.stripe.com/api/disputes/object; every other state is an open one."""
EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)
"""The types that `told` understands."""
_REFUNDS = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}


def session_params(request: CheckoutRequest) -> dict[str, Any]:
    """The parameters of `POST /v1/checkout/sessions`."""
    metadata = {"payment": str(request.payment_id), "tenant": str(request.tenant_id)}
    if request.order_id:
        metadata["order"] = str(request.order_id)
    params: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": str(request.payment_id),
        "allowed_payment_method_types": [request.method],
        "line_items": [_line_item(request.currency, item) for item in request.items],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
        "locale": LOCALES.get(request.locale, "auto"),
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
    }
    if request.email:
        params["customer_email"] = request.email
    return params


def _line_item(currency: str, item: CheckoutItem) -> dict[str, Any]:
    price = {
        "currency": currency.lower(),
        "unit_amount": item.unit_minor,
        "product_data": {"name": item.name[:LONGEST_NAME]},
    }
    return {"price_data": price, "quantity": item.quantity}


def told(event: Mapping[str, Any]) -> Told:
    """What an event means to us; None for the many types that say nothing we act on."""
    account, subject = event.get("account") or "", event["data"]["object"]
    match event["type"]:
        case "checkout.session.completed" | "checkout.session.expired" | "checkout.session.async_payment_succeeded":
            return session_facts(subject, account)
        case "checkout.session.async_payment_failed":
            return session_facts(subject, account, failed=True)
        case "payment_intent.succeeded":
            return intent_facts(subject, account)
        case "refund.created" | "refund.updated" | "refund.failed":
            return refund_facts(subject, account, livemode=bool(event["livemode"]))
        case str(type) if type.startswith("charge.dispute."):
            return dispute_facts(subject, type.rpartition(".")[2], account)
        case _:
            return None


def session_facts(session: Mapping[str, Any], account: str = "", *, failed: bool = False) -> SessionFacts:
    metadata = session.get("metadata") or {}
    return SessionFacts(
        status=SessionStatus.FAILED if failed else _session_status(session),
        session_ref=session["id"],
        intent_ref=_id(session.get("payment_intent")),
        payment_id=_uuid(session.get("client_reference_id")),
        tenant_id=_uuid(metadata.get("tenant")),
        order_id=_uuid(metadata.get("order")),
        account=account,
        livemode=session["livemode"],
        currency=str(session["currency"]).upper(),
        amount_minor=session["amount_total"],
        url=session.get("url"),
    )


def intent_facts(intent: Mapping[str, Any], account: str = "") -> SessionFacts:
    """A succeeded PaymentIntent tells the same as its completed session, without naming it."""
    metadata = intent.get("metadata") or {}
    return SessionFacts(
        status=SessionStatus.PAID,
        session_ref=None,
        intent_ref=intent["id"],
        payment_id=_uuid(metadata.get("payment")),
        tenant_id=_uuid(metadata.get("tenant")),
        order_id=_uuid(metadata.get("order")),
        account=account,
        livemode=intent["livemode"],
        currency=str(intent["currency"]).upper(),
        amount_minor=intent["amount_received"],
    )


def refund_facts(refund: Mapping[str, Any], account: str = "", *, livemode: bool) -> RefundFacts:
    """A refund says nothing of its mode; the event or the key that fetched it does."""
    metadata = refund.get("metadata") or {}
    return RefundFacts(
        status=_REFUNDS.get(refund["status"], RefundStatus.PENDING),
        gateway_ref=refund["id"],
        refund_id=_uuid(metadata.get("refund")),
        tenant_id=_uuid(metadata.get("tenant")),
        account=account,
        livemode=livemode,
        currency=str(refund["currency"]).upper(),
        amount_minor=refund["amount"],
        failure=refund.get("failure_reason"),
        attempt=int(metadata.get("attempt") or 1),
    )


def dispute_facts(dispute: Mapping[str, Any], event: str, account: str = "") -> DisputeFacts:
    """`event` is the last part of the event's type: only it tells for sure which way money went."""
    status = _DISPUTES.get(dispute["status"], DisputeStatus.OPEN)
    due = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeFacts(
        gateway_ref=dispute["id"],
        status=status,
        intent_ref=_id(dispute.get("payment_intent")) or "",
        reason=str(dispute.get("reason") or ""),
        account=account,
        livemode=bool(dispute["livemode"]),
        currency=str(dispute["currency"]).upper(),
        amount_minor=dispute["amount"],
        due_by=datetime.fromtimestamp(due, UTC) if due else None,
        withdrawn=event in ("funds_withdrawn", "funds_reinstated") or status is DisputeStatus.LOST,
        reinstated=event == "funds_reinstated",
        answered=bool((dispute.get("evidence_details") or {}).get("submission_count")),
        fees=tuple(
            Fee(one["id"], one["fee"], str(one["currency"]).upper())
            for one in dispute.get("balance_transactions") or ()
            if one["fee"]
        ),
    )


def evidence_params(evidence: Evidence) -> dict[str, Any]:
    """https://docs.stripe.com/api/disputes/update; a text has at most 20,000 characters."""
    told = {
        "product_description": evidence.product,
        "customer_email_address": evidence.email,
        "customer_purchase_ip": evidence.ip,
        "service_date": evidence.service_date.isoformat() if evidence.service_date else "",
        "access_activity_log": evidence.access_log,
        "uncategorized_text": evidence.statement,
    }
    return {"evidence": {name: text[:LONGEST_TEXT] for name, text in told.items() if text}, "submit": True}


def _session_status(session: Mapping[str, Any]) -> SessionStatus:
    match session["status"], session["payment_status"]:
        case "complete", "paid" | "no_payment_required":
            return SessionStatus.PAID
        case "complete", _:
            return SessionStatus.PROCESSING
        case "expired", _:
            return SessionStatus.EXPIRED
        case _:
            return SessionStatus.OPEN


def _id(value: Any) -> str | None:
    """Stripe gives an id, or the whole object where it was expanded."""
    return value["id"] if isinstance(value, Mapping) else value


def _uuid(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value)) if value else None
    except ValueError:
        return None
