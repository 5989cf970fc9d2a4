"""What Alipay and WeChat Pay have in common: they know a payment by our number for it, and nothing else of ours."""

import uuid

from .base import CheckoutRequest, SessionFacts, SessionStatus

CURRENCY = "CNY"


def opened(
    account: str, request: CheckoutRequest, *, livemode: bool, url: str | None = None, code: str | None = None
) -> SessionFacts:
    """A page or a code that was made for `request`."""
    return SessionFacts(
        status=SessionStatus.OPEN,
        session_ref=request.payment_id.hex,
        intent_ref=None,
        payment_id=request.payment_id,
        tenant_id=None,
        order_id=None,
        account=account,
        livemode=livemode,
        currency=request.currency,
        amount_minor=request.amount_minor,
        url=url,
        code=code,
        named=False,
    )


def told(
    status: SessionStatus,
    number: str,
    account: str,
    *,
    livemode: bool,
    intent_ref: str | None = None,
    currency: str | None = None,
    amount_minor: int | None = None,
) -> SessionFacts:
    """What is known of the payment with our `number`."""
    return SessionFacts(
        status=status,
        session_ref=number,
        intent_ref=intent_ref or None,
        payment_id=_payment_id(number),
        tenant_id=None,
        order_id=None,
        account=account,
        livemode=livemode,
        currency=currency,
        amount_minor=amount_minor,
        named=False,
    )


def absent(account: str, number: str, *, livemode: bool) -> SessionFacts:
    """Nobody has begun to pay."""
    return told(SessionStatus.ABSENT, number, account, livemode=livemode)


def _payment_id(number: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(number)
    except ValueError:
        return None
