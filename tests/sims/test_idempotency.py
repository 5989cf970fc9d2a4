"""Idempotency keys as Stripe documents them."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sims.desk import KEY, client, control, session_params, visit

AUTH = {"Authorization": f"Bearer {KEY}"}


def test_the_same_request_is_replayed_with_its_first_answer(url: str, api: stripe.StripeClient) -> None:
    first = api.v1.checkout.sessions.create(session_params(), {"idempotency_key": "order-1"})
    api.v1.checkout.sessions.expire(first.id)
    again: Any = api.v1.checkout.sessions.create(session_params(), {"idempotency_key": "order-1"})
    assert again.id == first.id and again.status == "open"  # the answer of then, not the state of now
    headers = again.last_response.headers
    assert headers["idempotent-replayed"] == "true" and headers["original-request"].startswith("req_")
    assert len(api.v1.checkout.sessions.list().data) == 1


def test_another_body_or_endpoint_is_refused(api: stripe.StripeClient) -> None:
    key: Any = {"idempotency_key": "order-1"}
    api.v1.checkout.sessions.create(session_params(), key)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        api.v1.checkout.sessions.create(session_params(client_reference_id="other"), key)
    assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        api.v1.payment_intents.create({"amount": 100, "currency": "usd"}, key)
    assert len(api.v1.checkout.sessions.list().data) == 1 and api.v1.payment_intents.list().data == []


def test_thirty_two_at_once_have_one_effect_and_equal_answers(url: str) -> None:
    def create(number: int) -> str:
        api = client(url, retries=10)
        return str(api.v1.checkout.sessions.create(session_params(), {"idempotency_key": "order-1"}))

    with ThreadPoolExecutor(32) as buyers:
        bodies = list(buyers.map(create, range(32)))
    assert len(set(bodies)) == 1
    assert len(client(url).v1.checkout.sessions.list().data) == 1


def test_a_request_under_way_makes_the_next_one_409(url: str, api: stripe.StripeClient) -> None:
    control(url, "/faults", {"match": "POST /v1/payment_intents", "how": "delay", "seconds": 1})
    params: Any = {"amount": 100, "currency": "usd"}
    with ThreadPoolExecutor(2) as two:
        tries = [two.submit(client(url).v1.payment_intents.create, params, {"idempotency_key": "k"}) for _ in range(2)]
        problems = [attempt.exception() for attempt in tries]
    refused: Any = next(problem for problem in problems if problem)
    assert problems.count(None) == 1
    assert (refused.http_status, refused.json_body["error"]["code"]) == (409, "idempotency_key_in_use")
    assert refused.headers["stripe-should-retry"] == "true"
    assert len(api.v1.payment_intents.list().data) == 1


def test_refusals_of_the_parameters_are_not_kept_but_declines_are(api: stripe.StripeClient) -> None:
    bad: Any = {"amount": 100, "currency": "usd", "colour": "red"}
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_intents.create(bad, {"idempotency_key": "k1"})
    assert api.v1.payment_intents.create({"amount": 100, "currency": "usd"}, {"idempotency_key": "k1"})
    declined: Any = {"amount": 100, "currency": "usd", "payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
    bodies = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            api.v1.payment_intents.create(declined, {"idempotency_key": "k2"})
        bodies.append(refused.value.http_body)
    assert bodies[0] == bodies[1] and len(api.v1.charges.list().data) == 1


def test_keys_belong_to_an_account_and_end_after_a_day(url: str, api: stripe.StripeClient) -> None:
    one = api.v1.payment_intents.create({"amount": 100, "currency": "usd"}, {"idempotency_key": "k"})
    account = api.v1.accounts.create({"type": "express"})
    other = api.v1.payment_intents.create(
        {"amount": 100, "currency": "usd"}, {"idempotency_key": "k", "stripe_account": account.id}
    )
    assert other.id != one.id
    control(url, "/clock", {"advance_seconds": 24 * 3600 + 1})
    assert api.v1.payment_intents.create({"amount": 200, "currency": "usd"}, {"idempotency_key": "k"}).id != one.id


def test_a_cut_after_the_commit_is_healed_by_the_retry(url: str, api: stripe.StripeClient) -> None:
    control(url, "/faults", {"match": "POST /v1/checkout/sessions", "when": "after", "how": "cut"})
    key: Any = {"idempotency_key": "order-1"}
    with pytest.raises(stripe.APIConnectionError):
        api.v1.checkout.sessions.create(session_params(), key)
    made = api.v1.checkout.sessions.list().data
    assert len(made) == 1, "the effect happened"
    assert api.v1.checkout.sessions.create(session_params(), key).id == made[0].id
    assert len(api.v1.checkout.sessions.list().data) == 1


def test_a_failure_before_the_work_leaves_nothing(url: str, api: stripe.StripeClient) -> None:
    key: Any = {"idempotency_key": "order-1"}
    for order, error in [
        ({"how": "error", "status": 500}, stripe.APIError), ({"how": "error", "status": 429}, stripe.RateLimitError),
        ({"how": "cut"}, stripe.APIConnectionError), ({"how": "hang", "seconds": 0.1}, stripe.APIConnectionError),
    ]:  # fmt: skip
        control(url, "/faults", {"match": "POST *", **order})
        with pytest.raises(error):
            api.v1.checkout.sessions.create(session_params(), key)
        assert api.v1.checkout.sessions.list().data == []
    assert api.v1.checkout.sessions.create(session_params(), key)


def test_errors_have_stripes_shape(url: str) -> None:
    answer = visit(f"{url}/v1/payment_intents", {"amount": "1", "currency": "usd", "nope": "1"}, AUTH)
    body = json.loads(answer.text)
    assert answer.status == 400 and set(body) == {"error"}
    assert body["error"] == {
        "code": "parameter_unknown",
        "doc_url": "https://stripe.com/docs/error-codes/parameter-unknown",
        "message": "Received unknown parameter: nope",
        "param": "nope",
        "request_log_url": body["error"]["request_log_url"],
        "type": "invalid_request_error",
    }
    assert answer.headers["Request-Id"] in body["error"]["request_log_url"]
    assert answer.headers["Stripe-Version"] == "2026-10-28.endive"
