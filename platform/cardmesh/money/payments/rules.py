"""How a channel is written, and whether what a gateway tells belongs to our record. Pure."""

import uuid

from ...kit.ids import parse_id, public_id
from ..models import Payment, Refund
from .gateways.base import DisputeFacts, RefundFacts, SessionFacts, SessionStatus

DEFAULT = "stripe"
"""The channel of the account that the installation's settings name."""


def channel(gateway: str, merchant_id: uuid.UUID) -> str:
    """`alipay/mch_…`: what payments through an account name as their gateway, and where its messages are sent."""
    return f"{gateway}/{public_id('mch', merchant_id)}"


def merchant_id(channel: str) -> uuid.UUID:
    """The account of a channel. Raises NotFound for one that names none, as DEFAULT."""
    return parse_id("mch", channel.partition("/")[2])


def payment_mismatch(payment: Payment, gateway: str, facts: SessionFacts) -> str | None:
    """The first fact that contradicts our payment, as a code for the operator; None when all agree."""
    pairs: dict[str, tuple[object, object]] = {
        "gateway": (payment.gateway, gateway),
        "account": (payment.gateway_account, facts.account),
        "livemode": (payment.livemode, facts.livemode),
    }
    if facts.named:
        pairs |= {"tenant": (payment.tenant_id, facts.tenant_id), "order": (payment.order_id, facts.order_id)}
    if facts.amount_minor is not None or facts.status is SessionStatus.PAID:
        pairs["currency"] = (payment.currency, facts.currency)
        pairs["amount"] = (payment.amount_minor, facts.amount_minor)
    if payment.session_ref and facts.session_ref:
        pairs["session"] = (payment.session_ref, facts.session_ref)
    if payment.intent_ref and facts.intent_ref:
        pairs["intent"] = (payment.intent_ref, facts.intent_ref)
    return _first(pairs)


def refund_mismatch(refund: Refund, payment: Payment, gateway: str, facts: RefundFacts) -> str | None:
    """The same for a refund: its payment says through which gateway, account and mode it has to come."""
    pairs: dict[str, tuple[object, object]] = {
        "gateway": (payment.gateway, gateway),
        "account": (payment.gateway_account, facts.account),
        "livemode": (payment.livemode, facts.livemode),
        "currency": (refund.currency, facts.currency),
        "amount": (refund.amount_minor, facts.amount_minor),
    }
    if facts.named:
        pairs["tenant"] = (refund.tenant_id, facts.tenant_id)
    if refund.gateway_ref:
        pairs["refund"] = (refund.gateway_ref, facts.gateway_ref)
    return _first(pairs)


def dispute_mismatch(payment: Payment, gateway: str, facts: DisputeFacts) -> str | None:
    """The same for a dispute. A bank may want back less than was paid, never more."""
    pairs: dict[str, tuple[object, object]] = {
        "gateway": (payment.gateway, gateway),
        "account": (payment.gateway_account, facts.account),
        "livemode": (payment.livemode, facts.livemode),
        "currency": (payment.currency, facts.currency),
        "amount": (True, 0 < facts.amount_minor <= payment.amount_minor),
    }
    return _first(pairs)


def _first(pairs: dict[str, tuple[object, object]]) -> str | None:
    return next((f"{name}_mismatch" for name, (ours, theirs) in pairs.items() if ours != theirs), None)
