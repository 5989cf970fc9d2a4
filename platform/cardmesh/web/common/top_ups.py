"""Topping up a wallet on the gateway's hosted page: what the API and the console ask the gateway for."""

from ...kit import runtime
from ...kit.ids import public_id
from ...money.models import Payment
from ...money.payments import pay_links
from ...money.payments import service as payments
from ...money.payments.gateways.base import CheckoutItem, CheckoutRequest


def page_request(payment: Payment) -> CheckoutRequest:
    """The hosted page of a top-up; a function of the stored payment, so that asking again gives the same page."""
    ours = runtime.current().settings.public_url
    back = f"{ours}/distributor/wallet/top-ups/{public_id('top', payment.id)}"
    return CheckoutRequest(
        payment_id=payment.id,
        tenant_id=payment.tenant_id,
        order_id=None,
        method=payment.method,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        items=(CheckoutItem("Cardmesh", 1, payment.amount_minor),),
        success_url=f"{back}?paid=1",
        cancel_url=back,
        expires_at=payments.page_expiry(payment),
        channel=payment.gateway,
        way=payment.way,
        code_url=f"{ours}{pay_links.path(payment.id)}",
    )
