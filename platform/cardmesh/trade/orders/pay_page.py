"""Our page with a payment's code: what it shows, and whether it is paid by now."""

from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from uuid import UUID

from sqlalchemy import select

from ...kit import clock, runtime, tenancy
from ...kit.db import transaction
from ...kit.errors import NotFound
from ...kit.ids import public_id
from ...money.models import Payment, PaymentStatus
from ...money.payments import service as payments
from ..models import Order
from .checkout import way_back

LOOPBACK = ("127.0.0.1", "localhost")


class PayView(NamedTuple):
    """`paid_path` and `left_path` are where the buyer goes on, on the page's own host; `simulated` is where a code of a
    simulator can be paid without a phone.
    """

    payment: Payment
    locale: str
    paid_path: str
    left_path: str
    ends_at: datetime
    simulated: str | None

    @property
    def status(self) -> str:
        """`open`, `paid`, or `over`."""
        if self.payment.status == PaymentStatus.PAID:
            return "paid"
        return "open" if self.payment.status == PaymentStatus.OPEN and self.left_seconds else "over"

    @property
    def left_seconds(self) -> int:
        return max(0, int((self.ends_at - clock.now()).total_seconds()))


def view(payment_id: UUID) -> PayView:
    """The page of a payment that has one, for who holds its address. Raises NotFound."""
    with transaction(tenancy.platform()) as session:
        payment = session.scalar(select(Payment).where(Payment.id == payment_id))
        if payment is None or not payment.code:
            raise NotFound
        if payment.order_id is None:
            path = f"/distributor/wallet/top-ups/{public_id('top', payment.id)}"
            return PayView(payment, "", f"{path}?paid=1", path, payments.page_expiry(payment), simulated(payment))
        order = session.get_one(Order, (payment.tenant_id, payment.order_id))
    ends_at = min(payments.page_expiry(payment), order.expires_at or payments.page_expiry(payment))
    path = way_back(order)
    return PayView(payment, order.locale, path, f"{path}&canceled=1", ends_at, simulated(payment))


def simulated(payment: Payment) -> str | None:
    """Only the simulators of this machine have such a page."""
    settings = runtime.current().settings
    base = {"alipay": settings.alipay_api_base, "wechat": settings.wechat_api_base}.get(payment.gateway.split("/")[0])
    parts = urlsplit(base or "")
    if parts.hostname not in LOOPBACK:
        return None
    return f"{parts.scheme}://{parts.netloc}/pay?code={quote(payment.code or '', safe='')}"
