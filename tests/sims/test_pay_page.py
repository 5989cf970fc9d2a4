"""The hosted pay page by HTTP: every card, both wallets, two tabs, both languages."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from cardmesh.sims.mail.texts import TEXTS as MAIL_TEXTS
from cardmesh.sims.stripe.pages.texts import TEXTS
from tests.sims.desk import CANCEL, DECLINED, POOR, SECURE, card, new_session, pay, visit

ZH = {"Accept-Language": "zh-CN,zh;q=0.9"}


def types(api: stripe.StripeClient) -> list[str]:
    """Event types in the order they happened."""
    return [event.type for event in reversed(api.v1.events.list({"limit": 100}).data)]


@pytest.mark.parametrize(
    ("number", "code", "decline_code", "text"),
    [
        (DECLINED, "card_declined", "generic_decline", "error_card_declined"),
        (POOR, "card_declined", "insufficient_funds", "error_insufficient_funds"),
        ("4000000000000069", "expired_card", None, "error_expired_card"),
        ("4000000000000127", "incorrect_cvc", None, "error_incorrect_cvc"),
        ("4000000000000119", "processing_error", None, "error_processing_error"),
        ("4111111111111111", "card_declined", "test_mode_live_card", "error_test_mode_live_card"),
    ],
)
def test_a_decline_is_shown_recorded_and_leaves_the_session_open(
    api: stripe.StripeClient, number: str, code: str, decline_code: str | None, text: str
) -> None:
    session = new_session(api)
    page = pay(session, number)
    assert page.status == 402 and TEXTS["en"][text] in page.text.replace("&#39;", "'")
    intent: Any = api.v1.payment_intents.list().data[0]
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    error = intent.last_payment_error
    assert (error.code, getattr(error, "decline_code", None)) == (code, decline_code)
    charge = api.v1.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, code)
    assert api.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert types(api) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    assert api.v1.balance.retrieve().pending[0].amount == 0


def test_after_a_decline_the_same_intent_is_paid(api: stripe.StripeClient) -> None:
    session = new_session(api)
    pay(session, DECLINED)
    assert pay(session).status == 303
    intents = api.v1.payment_intents.list().data
    assert [intent.status for intent in intents] == ["succeeded"]
    assert types(api)[3:] == [
        "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed", "charge.updated",
    ]  # fmt: skip


def test_three_d_secure_asks_first(url: str, api: stripe.StripeClient) -> None:
    session = new_session(api)
    ask = pay(session, SECURE).location
    intent = api.v1.payment_intents.list().data[0]
    assert intent.status == "requires_action" and api.v1.charges.list().data == []
    page = visit(f"{url}{ask}")
    assert TEXTS["en"]["approve"] in page.text and "3155" in page.text
    done = visit(f"{url}{ask}", {"answer": "approve"})
    assert done.status == 303 and done.location and done.location.startswith("http://shop.localhost/paid")
    charge: Any = api.v1.charges.list().data[0]
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"
    assert types(api)[:2] == ["payment_intent.created", "payment_intent.requires_action"]


def test_failed_three_d_secure_returns_to_the_page_and_charges_nothing(url: str, api: stripe.StripeClient) -> None:
    session = new_session(api)
    ask = pay(session, SECURE).location
    back = visit(f"{url}{ask}", {"answer": "fail"})
    assert back.location == f"/c/pay/{session.id}"
    assert "We could not authenticate your card" in visit(f"{url}{back.location}").text
    intent: Any = api.v1.payment_intents.list().data[0]
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert api.v1.charges.list().data == []
    assert visit(f"{url}{ask}", {"answer": "approve"}).location == f"/c/pay/{session.id}"
    assert api.v1.charges.list().data == []


@pytest.mark.parametrize("method", ["alipay", "wechat_pay"])
def test_wallets_are_authorised_on_their_own_page(url: str, api: stripe.StripeClient, method: str) -> None:
    session = new_session(api)
    ask = visit(session.url or "", {"method": method}).location
    assert visit(f"{url}{ask}", {"answer": "fail"}).location == f"/c/pay/{session.id}"
    ask = visit(session.url or "", {"method": method}).location
    done = visit(f"{url}{ask}", {"answer": "approve"})
    assert done.location and done.location.startswith("http://shop.localhost/paid")
    charge: Any = api.v1.charges.list().data[0]
    assert charge.payment_method_details.type == method and charge.id.startswith("py_")
    assert visit(f"{url}{ask}", {"answer": "approve"}).status == 303
    assert len(api.v1.charges.list().data) == 1


def test_a_method_that_the_session_does_not_offer_pays_nothing(api: stripe.StripeClient) -> None:
    session = new_session(api, allowed_payment_method_types=["alipay"])
    assert pay(session).status == 200
    assert api.v1.payment_intents.list().data == []


def test_sixteen_tabs_at_once_charge_once(api: stripe.StripeClient) -> None:
    session = new_session(api)
    with ThreadPoolExecutor(16) as tabs:
        pages = list(tabs.map(lambda _: pay(session), range(16)))
    assert {page.status for page in pages} == {303} and len({page.location for page in pages}) == 1
    assert [charge.amount for charge in api.v1.charges.list().data] == [1999]
    assert types(api).count("checkout.session.completed") == 1


def test_two_authorisations_under_way_pay_once(url: str, api: stripe.StripeClient) -> None:
    session = new_session(api)
    first = visit(session.url or "", {"method": "alipay"}).location
    assert pay(session).status == 303
    assert (visit(f"{url}{first}", {"answer": "approve"}).location or "").startswith("http://shop.localhost/paid")
    assert [charge.paid for charge in api.v1.charges.list().data] == [True]


@pytest.mark.parametrize(
    ("field", "value"),
    [("number", "4242424242424241"), ("number", ""), ("number", "4242 oops"), ("expiry", "13/34"), ("expiry", "01/20"),
     ("expiry", "soon"), ("cvc", "12"), ("cvc", "abc"), ("email", "nobody")],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_is_tried(api: stripe.StripeClient, field: str, value: str) -> None:
    session = new_session(api)
    page = visit(session.url or "", card() | {field: value})
    assert page.status == 422 and f'id="{field}-error"' in page.text
    assert api.v1.payment_intents.list().data == [] and types(api) == []


def test_the_page_speaks_the_buyers_language_or_the_shops(api: stripe.StripeClient) -> None:
    auto, fixed = new_session(api), new_session(api, locale="en")
    page = visit(auto.url or "", headers=ZH)
    assert 'lang="zh-CN"' in page.text and "模拟支付" in page.text and "¥19.99" in page.text
    assert 'lang="en"' in visit(auto.url or "").text and "Test simulator" in visit(auto.url or "").text
    assert 'lang="en"' in visit(fixed.url or "", headers=ZH).text


def test_pages_carry_a_strict_policy_and_no_inline_script(api: stripe.StripeClient) -> None:
    page = visit(new_session(api).url or "")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store" and page.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in page.text and " on" not in page.text.split("<body>")[1].split("data-once")[0]
    assert "style=" not in page.text


def test_what_the_shop_named_its_goods_is_text_not_markup(api: stripe.StripeClient) -> None:
    price = {"currency": "cny", "unit_amount": 100, "product_data": {"name": "<script>alert(1)</script>"}}
    page = visit(new_session(api, line_items=[{"quantity": 1, "price_data": price}]).url or "")
    assert "&lt;script&gt;alert(1)" in page.text and "<script>alert" not in page.text


def test_the_way_back_and_unknown_pages(url: str, api: stripe.StripeClient) -> None:
    assert f'href="{CANCEL}"' in visit(new_session(api).url or "").text
    assert visit(f"{url}/c/pay/cs_test_unknown", headers=ZH).status == 404
    intent = api.v1.payment_intents.create({"amount": 100, "currency": "usd"})
    assert visit(f"{url}/c/pay/{intent.id}").status == 404
    assert visit(f"{url}/authorize/pi_unknown", {"answer": "approve"}).status == 404


def test_every_sentence_exists_in_both_languages() -> None:
    for texts in (TEXTS, MAIL_TEXTS):
        assert texts["en"].keys() == texts["zh"].keys()
        for key, english in texts["en"].items():
            assert english.count("{") == texts["zh"][key].count("{"), key
