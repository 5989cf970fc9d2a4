"""A distributor pays into its wallet and can spend at once."""

import pytest

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import ValidationFailed
from cardmesh.kit.money import Money
from cardmesh.money.payments import service as collecting
from cardmesh.money.payments.gateways.base import CheckoutItem, CheckoutRequest
from tests.fixtures.market import STORE_URL, Market, StripeDesk


def top_up(market: Market, minor: int) -> str:
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        payment = collecting.top_up(session, tenant_id=market.tenant_id, amount=Money(minor, "CNY"), method="alipay")
    return collecting.open_page(
        CheckoutRequest(
            payment_id=payment.id,
            tenant_id=market.tenant_id,
            order_id=None,
            method=payment.method,
            currency=payment.currency,
            amount_minor=payment.amount_minor,
            items=(CheckoutItem("钱包充值", 1, minor),),
            success_url=f"{STORE_URL}/wallet",
            cancel_url=f"{STORE_URL}/wallet",
            expires_at=collecting.page_expiry(payment),
        )
    )


def test_a_top_up_is_available_once_paid(market: Market, stripe_desk: StripeDesk) -> None:
    url = top_up(market, 50_000)
    assert market.books() == {}
    stripe_desk.pay_by_wallet(url)
    stripe_desk.tell()
    stripe_desk.tell()
    assert market.books() == {"platform gateway": -50_000, "tenant available": 50_000}
    order = market.wallet_order((market.sell(price=9_500), 1))
    assert order.total_minor == 9_500 and market.books()["tenant available"] == 40_500


@pytest.mark.parametrize("minor", [0, -1, 10**16])
def test_nonsense_is_refused(market: Market, minor: int) -> None:
    with pytest.raises(ValidationFailed), transaction(tenancy.tenant(market.tenant_id)) as session:
        collecting.top_up(session, tenant_id=market.tenant_id, amount=Money(minor, "CNY"), method="card")
