"""Checkout Sessions by the real client: what is made, what is refused, how one ends."""

import time
from typing import Any

import pytest
import stripe

from tests.sims.desk import SUCCESS, card, control, item, new_session, pay, session_params, visit


def test_a_session_shows_what_it_was_asked_for(url: str, api: stripe.StripeClient) -> None:
    asked = {"metadata": {"order": "A1"}, "client_reference_id": "A1"}
    session = new_session(api, line_items=[item(1999, 2), item(1, 3)], **asked)
    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency) == (4001, "cny")
    assert (session.metadata or {})["order"] == "A1" and session.client_reference_id == "A1"
    assert session.url == f"{url}/c/pay/{session.id}"
    assert session.livemode is False


def test_line_items_are_listed_in_order_and_expanded(api: stripe.StripeClient) -> None:
    session = new_session(api, line_items=[item(100), item(200), item(300)])
    first = api.v1.checkout.sessions.line_items.list(session.id, {"limit": 2})
    assert [line.amount_total for line in first.data] == [100, 200] and first.has_more
    assert [line.amount_total for line in first.auto_paging_iter()] == [100, 200, 300]
    whole = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert whole.line_items and [line.description for line in whole.line_items.data] == ["Steam 100 元"] * 3
    assert not hasattr(api.v1.checkout.sessions.retrieve(session.id), "line_items")


def test_methods_that_do_not_fit_the_currency_drop_out_silently(api: stripe.StripeClient) -> None:
    assert new_session(api).payment_method_types == ["card", "alipay", "wechat_pay"]
    assert new_session(api, line_items=[item(1999, 1, "eur")]).payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        new_session(api, line_items=[item(1999, 1, "eur")], allowed_payment_method_types=["alipay"])


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"line_items": [{**item(), "colour": "red"}]}, "parameter_unknown", "line_items[0][colour]"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"line_items": [item(), item(1, 1, "usd")]}, None, "line_items"),
        ({"line_items": [item(49, 1, "usd")]}, "amount_too_small", "line_items"),
        ({"line_items": [item(99_999_999, 2)]}, "amount_too_large", "line_items"),
        ({"line_items": [{"price": "price_1", "quantity": 1}]}, "resource_missing", "line_items[0][price]"),
        ({"line_items": [{**item(), "quantity": "two"}]}, "parameter_invalid_integer", "line_items[0][quantity]"),
        ({"success_url": "shop"}, "url_invalid", "success_url"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"mode": "gift"}, None, "mode"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
        ({"automatic_tax": {"enabled": True}}, "simulator_unsupported", "automatic_tax.enabled"),
        ({"payment_intent_data": {"transfer_data": {"destination": "acct_none"}}}, "resource_missing",
         "transfer_data[destination]"),
    ],
)  # fmt: skip
def test_what_stripe_refuses_is_refused_and_nothing_is_kept(
    api: stripe.StripeClient, change: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.checkout.sessions.create(session_params(**change))
    assert (refused.value.code, refused.value.param, refused.value.http_status) == (code, param, 400)
    assert api.v1.checkout.sessions.list().data == []


def test_expiry_is_between_thirty_minutes_and_a_day(api: stripe.StripeClient) -> None:
    soon = int(time.time()) + 31 * 60
    assert new_session(api, expires_at=soon).expires_at == soon
    with pytest.raises(stripe.InvalidRequestError, match="at least 30 minutes"):
        new_session(api, expires_at=int(time.time()) + 20 * 60)
    with pytest.raises(stripe.InvalidRequestError, match="less than 24 hours"):
        new_session(api, expires_at=int(time.time()) + 25 * 3600)


def test_an_expired_session_cannot_be_paid_and_a_paid_one_cannot_expire(api: stripe.StripeClient) -> None:
    gone, paid = new_session(api), new_session(api)
    assert gone.url and api.v1.checkout.sessions.expire(gone.id).status == "expired"
    page = visit(gone.url, card())
    assert page.status == 410 and api.v1.payment_intents.list().data == []
    pay(paid)
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        api.v1.checkout.sessions.expire(paid.id)
    assert [s.id for s in api.v1.checkout.sessions.list({"status": "expired"}).data] == [gone.id]


def test_time_expires_a_session_and_cancels_the_payment_under_way(url: str, api: stripe.StripeClient) -> None:
    session = new_session(api)
    waiting = visit(session.url or "", {"method": "alipay"}).location
    control(url, "/clock", {"advance_seconds": 24 * 3600 + 1})
    events = _until(api, "checkout.session.expired")
    assert events[0].data.object["id"] == session.id
    assert api.v1.payment_intents.list().data[0].status == "canceled"
    after = visit(f"{url}{waiting}", {"answer": "approve"})
    assert after.location == f"/c/pay/{session.id}" and api.v1.charges.list().data == []


def test_a_paid_session_tells_everything(api: stripe.StripeClient) -> None:
    session = new_session(api, payment_intent_data={"metadata": {"order": "A1"}, "description": "A1"})
    page = pay(session)
    assert (page.status, page.location) == (303, SUCCESS.replace("{CHECKOUT_SESSION_ID}", session.id))
    paid: Any = api.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details.email == "buyer@example.com"
    intent = paid.payment_intent
    assert (intent.status, intent.amount_received, intent.metadata["order"]) == ("succeeded", 1999, "A1")
    money = intent.latest_charge.balance_transaction
    assert (money.amount, money.fee, money.net, money.status) == (1999, 88, 1911, "pending")
    assert api.v1.checkout.sessions.list({"payment_intent": intent.id}).data[0].id == session.id


def test_a_foreign_expansion_is_refused(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        api.v1.checkout.sessions.retrieve(new_session(api).id, {"expand": ["wallet"]})


def _until(api: stripe.StripeClient, type: str) -> list[Any]:
    """Poll as a shop does; bounded by tries, each a request."""
    for _ in range(500):
        if found := api.v1.events.list({"type": type}).data:
            return found
    raise AssertionError(f"no {type}")
