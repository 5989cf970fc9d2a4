"""WeChat Pay's words in ours, both ways. Pure. Amounts are fen, times RFC 3339."""

from collections.abc import Mapping
from typing import Any

from ....kit.days import ZONE
from . import facts
from .base import (
    CheckoutRequest,
    RefundFacts,
    RefundRequest,
    RefundStatus,
    SessionFacts,
    SessionStatus,
    Told,
    Way,
    read_refund_key,
)

SCHEMA = "WECHATPAY2-SHA256-RSA2048"
PERSONAL = ("payer", "user_received_account", "scene_info")
"""Told of the payer; nothing here needs it."""
LONGEST_DESCRIPTION = 127
_STATES = {
    "SUCCESS": SessionStatus.PAID,
    "REFUND": SessionStatus.PAID,  # paid, and given back since: refunds are booked by themselves
    "NOTPAY": SessionStatus.OPEN,
    "CLOSED": SessionStatus.EXPIRED,
    "REVOKED": SessionStatus.EXPIRED,
    "PAYERROR": SessionStatus.FAILED,
}
_REFUNDS = {
    "SUCCESS": RefundStatus.SUCCEEDED,
    "CLOSED": RefundStatus.FAILED,
    "ABNORMAL": RefundStatus.FAILED,
}


def signed(*lines: str | bytes) -> bytes:
    """What is signed: each part and a line's end."""
    return "".join(f"{line}\n" for line in lines).encode()


def order(request: CheckoutRequest, appid: str, mchid: str, notify_url: str) -> dict[str, object]:
    """The body of a new order. The same `out_trade_no` with the same body answers with the same code."""
    names = "、".join(f"{item.name} × {item.quantity}" for item in request.items)
    body: dict[str, object] = {
        "appid": appid,
        "mchid": mchid,
        "description": _cut(names),
        "out_trade_no": request.payment_id.hex,
        "time_expire": request.expires_at.astimezone(ZONE).isoformat(timespec="seconds"),
        "notify_url": notify_url,
        "amount": {"total": request.amount_minor, "currency": request.currency},
    }
    if request.way == Way.PHONE:
        body["scene_info"] = {"payer_client_ip": request.client_ip or "127.0.0.1", "h5_info": {"type": "Wap"}}
    return body


def refund(request: RefundRequest, notify_url: str) -> dict[str, object]:
    return {
        "transaction_id": request.intent_ref,
        "out_refund_no": request.key,
        "notify_url": notify_url,
        "amount": {"refund": request.amount_minor, "total": request.total_minor, "currency": request.currency},
    }


def session_facts(found: Mapping[str, Any], *, livemode: bool) -> SessionFacts:
    """From an answer to a query or from a notification: both name these fields alike."""
    status = _STATES.get(found.get("trade_state", ""), SessionStatus.PROCESSING)
    amount = found.get("amount") or {}
    return facts.told(
        status,
        found["out_trade_no"],
        found.get("mchid", ""),
        livemode=livemode,
        intent_ref=found.get("transaction_id"),
        currency=amount.get("currency", facts.CURRENCY) if amount else None,
        amount_minor=amount.get("total"),
    )


def told(event: Mapping[str, Any], *, livemode: bool) -> Told:
    """What a notification means; None for a type that says nothing we act on."""
    resource = event["resource"]
    match str(event["event_type"]).partition(".")[0]:
        case "TRANSACTION":
            return session_facts(resource, livemode=livemode)
        case "REFUND":
            return refund_facts(resource, resource["mchid"], livemode=livemode)
        case _:
            return None


def refund_facts(found: Mapping[str, Any], account: str, *, livemode: bool) -> RefundFacts:
    """An answer says `status`, a notification `refund_status`; the latter leaves out the currency."""
    status = found.get("status") or found.get("refund_status") or ""
    refund_id, attempt = read_refund_key(found["out_refund_no"])
    known = _REFUNDS.get(status, RefundStatus.PENDING)
    return RefundFacts(
        status=known,
        gateway_ref=found["out_refund_no"],
        refund_id=refund_id,
        tenant_id=None,
        account=account,
        livemode=livemode,
        currency=found["amount"].get("currency", facts.CURRENCY),
        amount_minor=found["amount"]["refund"],
        failure=status.lower() if known is RefundStatus.FAILED else None,
        attempt=attempt,
        named=False,
    )


def _cut(text: str) -> str:
    """At most 127 bytes of UTF-8, never half a character."""
    return text.encode()[:LONGEST_DESCRIPTION].decode(errors="ignore")

