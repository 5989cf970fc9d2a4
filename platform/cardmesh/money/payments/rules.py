"""Whether what a gateway tells belongs to our record. Pure."""

from ..models import Payment, Refund
from .gateways.base import RefundFacts, SessionFacts


def payment_mismatch(payment: Payment, gateway: str, facts: SessionFacts) -> str | None:
    """The first fact that contradicts our payment, as a code for the operator; None when all agree."""
    pairs = {
        "gateway": (payment.gateway, gateway),
        "account": (payment.gateway_account, facts.account),
        "livemode": (payment.livemode, facts.livemode),
        "tenant": (payment.tenant_id, facts.tenant_id),
        "order": (payment.order_id, facts.order_id),
        "currency": (payment.currency, facts.currency),
        "amount": (payment.amount_minor, facts.amount_minor),
    }
    if payment.session_ref and facts.session_ref:
        pairs["session"] = (payment.session_ref, facts.session_ref)
    if payment.intent_ref and facts.intent_ref:
        pairs["intent"] = (payment.intent_ref, facts.intent_ref)
    return next((f"{name}_mismatch" for name, (ours, theirs) in pairs.items() if ours != theirs), None)


def refund_mismatch(refund: Refund, payment: Payment, gateway: str, facts: RefundFacts) -> str | None:
    """The same for a refund: its payment says through which gateway, account and mode it has to come."""
    pairs = {
        "gateway": (payment.gateway, gateway),
        "account": (payment.gateway_account, facts.account),
        "livemode": (payment.livemode, facts.livemode),
        "tenant": (refund.tenant_id, facts.tenant_id),
        "currency": (refund.currency, facts.currency),
        "amount": (refund.amount_minor, facts.amount_minor),
    }
    if refund.gateway_ref:
        pairs["refund"] = (refund.gateway_ref, facts.gateway_ref)
    return next((f"{name}_mismatch" for name, (ours, theirs) in pairs.items() if ours != theirs), None)
