"""PaymentIntents by the API: confirm, redirect, decline, capture, cancel."""

from typing import Any

import pytest
import stripe

from tests.sims.desk import visit


def new(api: stripe.StripeClient, **more: Any) -> Any:
    params: Any = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, **more}
    return api.v1.payment_intents.create(params)


def test_confirmed_with_a_test_card_it_succeeds(api: stripe.StripeClient) -> None:
    intent = new(api)
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)


def test_a_decline_is_a_card_error_and_stays_recorded(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as declined:
        new(api, payment_method="pm_card_visa_chargeDeclinedInsufficientFunds")
    error: Any = declined.value
    assert (error.http_status, error.code, error.error.decline_code) == (402, "card_declined", "insufficient_funds")
    kept = api.v1.payment_intents.retrieve(error.error.payment_intent.id)
    assert kept.status == "requires_payment_method"
    assert api.v1.charges.list({"payment_intent": kept.id}).data[0].status == "failed"
    assert api.v1.payment_intents.confirm(kept.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_a_redirect_goes_back_with_the_outcome(api: stripe.StripeClient) -> None:
    about: Any = {"payment_method_data": {"type": "alipay"}, "return_url": "http://shop.localhost/r?a=1"}
    intent = api.v1.payment_intents.create(about | {"amount": 2000, "currency": "usd", "confirm": True})
    action: Any = intent.next_action
    assert intent.status == "requires_action" and action.type == "alipay_handle_redirect"
    back = visit(action.alipay_handle_redirect.url, {"answer": "approve"}).location or ""
    assert back.startswith(f"http://shop.localhost/r?a=1&payment_intent={intent.id}&")
    assert back.endswith("redirect_status=succeeded")
    assert api.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_redirect_needs_somewhere_to_return(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        new(api, payment_method="pm_card_authenticationRequired")
    assert api.v1.payment_intents.list().data == []


def test_manual_capture_takes_part_of_the_money(api: stripe.StripeClient) -> None:
    intent = new(api, capture_method="manual")
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 2000)
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2001})
    taken = api.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1500})
    assert (taken.status, taken.amount_received) == ("succeeded", 1500)
    money = api.v1.balance_transactions.list().data
    assert [transaction.amount for transaction in money] == [1500]


def test_what_is_over_cannot_be_confirmed_or_canceled(api: stripe.StripeClient) -> None:
    intent = new(api)
    for verb in (api.v1.payment_intents.confirm, api.v1.payment_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            verb(intent.id)
        assert refused.value.code == "payment_intent_unexpected_state"


def test_canceled_it_takes_no_money(api: stripe.StripeClient) -> None:
    intent = api.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
    assert api.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"}).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert api.v1.charges.list().data == []
