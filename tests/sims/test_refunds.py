"""Refunds: whole, partial, late, failing, too much; and the balance that follows."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.sims.desk import control, new_session, pay


def paid(api: stripe.StripeClient, number: str = "4242424242424242") -> stripe.Charge:
    session = new_session(api)
    pay(session, number)
    return api.v1.charges.list({"limit": 1}).data[0]


def eventually(check: Callable[[], bool]) -> None:
    """Poll over the API; bounded by tries, each a request."""
    assert any(check() for _ in range(500))


def total(api: stripe.StripeClient) -> int:
    balance = api.v1.balance.retrieve()
    return sum(part.amount for part in [*balance.available, *balance.pending] if part.currency == "cny")


def test_partial_refunds_add_up_and_no_more(api: stripe.StripeClient) -> None:
    charge = paid(api)
    for amount in (999, 1):
        assert api.v1.refunds.create({"charge": charge.id, "amount": amount}).status == "succeeded"
    half = api.v1.charges.retrieve(charge.id)
    assert (half.amount_refunded, half.refunded) == (1000, False)
    before = total(api)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        api.v1.refunds.create({"charge": charge.id, "amount": 1000})
    assert refused.value.param == "amount" and total(api) == before
    rest = api.v1.refunds.create({"payment_intent": str(charge.payment_intent), "reason": "requested_by_customer"})
    assert rest.amount == 999 and api.v1.charges.retrieve(charge.id).refunded
    with pytest.raises(stripe.InvalidRequestError) as again:
        api.v1.refunds.create({"charge": charge.id})
    assert again.value.code == "charge_already_refunded"
    assert len(api.v1.refunds.list({"charge": charge.id}).data) == 3
    assert total(api) == -88  # Stripe keeps its fee


@pytest.mark.parametrize("amount", [0, -5])
def test_a_refund_is_positive(api: stripe.StripeClient, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="greater than or equal to 1"):
        api.v1.refunds.create({"charge": paid(api).id, "amount": amount})


def test_a_pending_refund_succeeds_later(api: stripe.StripeClient) -> None:
    refund = api.v1.refunds.create({"charge": paid(api, "4000000000007726").id})
    assert refund.status == "pending"
    eventually(lambda: api.v1.refunds.retrieve(refund.id).status == "succeeded")
    updated: Any = api.v1.events.list({"type": "refund.updated"}).data[0]
    assert updated.data.previous_attributes["status"] == "pending"


def test_a_failed_refund_gives_the_money_back_to_the_balance_and_the_charge(api: stripe.StripeClient) -> None:
    charge = paid(api, "4000000000005126")
    before = total(api)
    refund = api.v1.refunds.create({"charge": charge.id, "amount": 500})
    assert refund.status == "succeeded"
    eventually(lambda: api.v1.refunds.retrieve(refund.id).status == "failed")
    failed = api.v1.refunds.retrieve(refund.id)
    assert failed.failure_reason and failed.failure_balance_transaction
    assert total(api) == before and api.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert api.v1.events.list({"type": "refund.failed"}).data[0].data.object["id"] == refund.id


def test_unpaid_or_disputed_or_unknown_is_not_refunded(url: str, api: stripe.StripeClient) -> None:
    declined = paid(api, "4000000000000002")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"charge": declined.id})
    assert refused.value.code == "charge_not_refundable"
    disputed = paid(api)
    control(url, "/disputes", {"charge": disputed.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"charge": disputed.id})
    assert refused.value.code == "charge_disputed"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"charge": "ch_none"})
    assert (refused.value.code, refused.value.http_status) == ("resource_missing", 404)
    assert api.v1.refunds.list().data == []


def test_the_balance_is_the_sum_of_its_transactions(url: str, api: stripe.StripeClient) -> None:
    for _ in range(3):
        api.v1.refunds.create({"charge": paid(api).id, "amount": 100})
    control(url, "/settle")
    paid(api)
    transactions = list(api.v1.balance_transactions.list({"limit": 2}).auto_paging_iter())
    assert len(transactions) == 7 and sum(t.net for t in transactions) == total(api)
    pending = [t.net for t in transactions if t.status == "pending"]
    assert [part.amount for part in api.v1.balance.retrieve().pending] == [sum(pending)] == [1911]
