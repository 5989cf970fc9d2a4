"""Alipay's words in ours, both ways. Pure. Amounts are yuan with two decimals, times are Beijing's, unsaid."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from ....kit.days import ZONE
from ....kit.money import to_major
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

STAMP = "%Y-%m-%d %H:%M:%S"
PERSONAL = ("buyer_id", "buyer_logon_id", "buyer_open_id", "buyer_user_type")
"""Told of the payer; nothing here needs it."""
PAGES = {
    Way.PAGE: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    Way.PHONE: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
}
LONGEST_SUBJECT = 256
_STATES = {
    "WAIT_BUYER_PAY": SessionStatus.OPEN,
    "TRADE_SUCCESS": SessionStatus.PAID,
    "TRADE_FINISHED": SessionStatus.PAID,
    "TRADE_CLOSED": SessionStatus.EXPIRED,
}


class Answer(NamedTuple):
    """An answer taken apart: `signed` are the very bytes that `signature` is about."""

    content: dict[str, Any]
    signed: bytes
    signature: str
    is_error: bool


def joined(fields: Mapping[str, str]) -> bytes:
    """What is signed: `key=value` in order of the keys, joined by `&`, without empty values and `sign`."""
    return "&".join(f"{key}={fields[key]}" for key in sorted(fields) if fields[key] != "" and key != "sign").encode()


def answer(method: str, text: str) -> Answer:
    """Raises ValueError, KeyError for what is no answer to `method`."""
    whole = json.loads(text)
    name = method.replace(".", "_") + "_response"
    is_error = name not in whole
    name = "error_response" if is_error else name
    start = text.index("{", text.index(f'"{name}"'))
    content, end = json.JSONDecoder().raw_decode(text, start)
    return Answer(dict(content), text[start:end].encode(), str(whole.get("sign", "")), is_error)


def trade(request: CheckoutRequest) -> dict[str, object]:
    """The `biz_content` of a new trade."""
    names = "、".join(f"{item.name} × {item.quantity}" for item in request.items)
    return {
        "out_trade_no": request.payment_id.hex,
        "total_amount": yuan(request.amount_minor),
        "subject": _plain(names)[:LONGEST_SUBJECT],
        "time_expire": beijing(request.expires_at),
    }


def refund(request: RefundRequest) -> dict[str, object]:
    return {
        "out_trade_no": request.session_ref,
        "refund_amount": yuan(request.amount_minor),
        "out_request_no": request.key,
    }


def session_facts(trade: Mapping[str, Any], account: str, *, livemode: bool) -> SessionFacts:
    """From an answer to a query or from a notification: both name these fields alike."""
    status = _STATES.get(trade.get("trade_status", ""), SessionStatus.PROCESSING)
    amount = minor(trade.get("total_amount"))
    return facts.told(
        status,
        str(trade.get("out_trade_no") or ""),
        account,
        livemode=livemode,
        intent_ref=trade.get("trade_no"),
        currency=facts.CURRENCY if amount is not None else None,
        amount_minor=amount,
    )


def told(fields: Mapping[str, Any], *, livemode: bool) -> Told:
    """What a notification means. One about a refund says only the sum of all: refunds are asked for one by one."""
    if fields.get("out_biz_no") or fields.get("gmt_refund"):
        return None
    return session_facts(fields, str(fields.get("app_id", "")), livemode=livemode)


def refund_facts(found: Mapping[str, Any], ref: str, account: str, *, livemode: bool) -> RefundFacts:
    """No `refund_status` means: not done, or not yet."""
    done = refunded(ref, account, minor(found.get("refund_amount")) or 0, livemode=livemode)
    return done if found.get("refund_status") == "REFUND_SUCCESS" else replace(done, status=RefundStatus.PENDING)


def refunded(ref: str, account: str, amount_minor: int, *, livemode: bool) -> RefundFacts:
    refund_id, attempt = read_refund_key(ref.partition("/")[2])
    return RefundFacts(
        status=RefundStatus.SUCCEEDED,
        gateway_ref=ref,
        refund_id=refund_id,
        tenant_id=None,
        account=account,
        livemode=livemode,
        currency=facts.CURRENCY,
        amount_minor=amount_minor,
        attempt=attempt,
        named=False,
    )


def yuan(amount_minor: int) -> str:
    """1999 → `19.99`."""
    return f"{to_major(amount_minor, facts.CURRENCY):.2f}"


def minor(text: object) -> int | None:
    """`19.99` → 1999; None for what is no such amount."""
    try:
        amount = Decimal(str(text)).scaleb(2)
    except InvalidOperation:
        return None
    return int(amount) if amount.is_finite() and amount == amount.to_integral_value() else None


def beijing(at: datetime) -> str:
    return at.astimezone(ZONE).strftime(STAMP)


def moment(text: str) -> datetime:
    """Raises ValueError."""
    return datetime.strptime(text, STAMP).replace(tzinfo=ZONE)


def _plain(text: str) -> str:
    """Alipay refuses `/`, `=` and `&` in a subject."""
    return text.translate(str.maketrans("/=&", "   "))

