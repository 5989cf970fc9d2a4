"""Webhooks as a shop receives them: signed, retried, doubled, late, out of order, lost and found again."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from cardmesh.sims.stripe import running_sim
from tests.sims.desk import KEY, SECRET, Shop, client, control, new_session, open_shop, pay, visit

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
        "charge.updated"]  # fmt: skip


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with running_sim(api_keys=(KEY,), webhook_url=shop.url, webhook_secret=SECRET, retry_base=0.01, max_attempts=5,
                     async_after=0.0) as url:  # fmt: skip
        yield url


@pytest.fixture
def api(url: str) -> stripe.StripeClient:
    return client(url)


def drained(url: str) -> Any:
    control(url, "/webhooks/drain", {"timeout_seconds": 30})
    return control(url, "/webhooks", method="GET")


def test_a_payment_is_told_in_order_and_signed(shop: Shop, api: stripe.StripeClient) -> None:
    session = new_session(api, metadata={"order": "A1"})
    pay(session)
    shop.wait_for(5)
    events = shop.events()
    assert [event.type for event in events] == PAID
    done = events[3].data.object
    assert (done["id"], done["payment_status"], done["metadata"]["order"]) == (session.id, "paid", "A1")
    assert events[1].data.object["balance_transaction"] is None and events[4].data.object["balance_transaction"]
    assert events[3].api_version == stripe.api_version == "2026-10-28.endive"


def test_a_changed_body_or_secret_does_not_verify(shop: Shop, api: stripe.StripeClient) -> None:
    pay(new_session(api))
    shop.wait_for(1)
    body, header = shop.received[0]
    for forged in [(body.replace(b"1999", b"0001"), header, SECRET), (body, header, "whsec_other")]:
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(*forged)


def test_a_failing_shop_is_tried_again_until_it_answers(shop: Shop, url: str, api: stripe.StripeClient) -> None:
    shop.answers = lambda count: 500 if count <= 3 else 200
    control(url, "/webhooks/rules", {"match": "[!c]*", "action": "drop"})
    control(url, "/webhooks/rules", {"match": "charge.*", "action": "drop"})
    pay(new_session(api))
    report = drained(url)
    assert [attempt["status"] for attempt in report["attempts"]] == [500, 500, 500, 200]
    assert {event.id for event in shop.events()} == {report["attempts"][0]["event"]} and len(shop.received) == 4


def test_after_the_last_attempt_it_gives_up_and_the_events_list_knows(
    shop: Shop, url: str, api: stripe.StripeClient
) -> None:
    shop.answers = lambda count: 500
    pay(new_session(api))
    report = drained(url)
    assert report["deliveries"] == {"failed": 5} and len(shop.received) == 25
    missed = api.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in reversed(missed)] == PAID
    shop.answers = lambda count: 200
    control(url, f"/events/{missed[0].id}/resend")
    drained(url)
    assert [event.type for event in reversed(api.v1.events.list({"delivery_success": False}).data)] == PAID[:-1]


@pytest.mark.parametrize("status", [301, 302, 400, 404])
def test_only_2xx_counts_and_redirects_are_not_followed(
    shop: Shop, url: str, api: stripe.StripeClient, status: int
) -> None:
    shop.answers = lambda count: status if count == 1 else 204
    pay(new_session(api))
    assert [attempt["status"] for attempt in drained(url)["attempts"]].count(status) == 1
    assert len(shop.received) == 6


def test_a_closed_shop_is_an_error_without_status(url: str, api: stripe.StripeClient) -> None:
    endpoint = api.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["charge.updated"]})
    pay(new_session(api))
    tries = [a for a in drained(url)["attempts"] if a["endpoint"] == endpoint.id]
    assert [(a["status"], a["error"]) for a in tries] == [(None, "ConnectionRefusedError")] * 5


def test_duplicates_carry_the_same_event(shop: Shop, url: str, api: stripe.StripeClient) -> None:
    control(url, "/webhooks/rules", {"match": "checkout.session.completed", "action": "duplicate", "copies": 3})
    pay(new_session(api))
    drained(url)
    done = [event for event in shop.events() if event.type == "checkout.session.completed"]
    assert len(done) == 4 and len({event.id for event in done}) == 1


def test_one_event_fifty_times(shop: Shop, url: str, api: stripe.StripeClient) -> None:
    pay(new_session(api))
    drained(url)
    event = api.v1.events.list({"type": "checkout.session.completed"}).data[0]
    sent = control(url, f"/events/{event.id}/resend", {"times": 50})
    assert len(sent["deliveries"]) == 50
    drained(url)
    assert [e.id for e in shop.events()].count(event.id) == 51
    assert api.v1.events.retrieve(event.id).pending_webhooks == 0


def test_dropped_events_are_found_by_the_sweep(shop: Shop, url: str, api: stripe.StripeClient) -> None:
    control(url, "/webhooks/rules", {"action": "drop", "times": 5})
    pay(new_session(api))
    assert drained(url)["deliveries"] == {"dropped": 5} and shop.received == []
    found = api.v1.events.list({"types": ["checkout.session.completed"], "created": {"gte": int(time.time()) - 60}})
    assert len(found.data) == 1 and found.data[0].pending_webhooks == 1


@pytest.mark.parametrize("order", ["as_held", "reverse", "shuffle"])
def test_held_events_leave_in_the_order_asked_for(
    shop: Shop, url: str, api: stripe.StripeClient, order: str
) -> None:
    control(url, "/webhooks/rules", {"action": "hold"})
    pay(new_session(api))
    assert shop.received == []
    assert control(url, "/webhooks/release", {"order": order, "seed": 7}) == {"released": 5}
    drained(url)
    came = [event.type for event in shop.events()]
    assert sorted(came) == sorted(PAID)
    assert {"as_held": came == PAID, "reverse": came == PAID[::-1], "shuffle": came != PAID}[order]


def test_a_delayed_event_arrives_after_later_ones(shop: Shop, url: str, api: stripe.StripeClient) -> None:
    control(url, "/webhooks/rules", {"match": "checkout.*", "action": "delay", "seconds": 1})
    pay(new_session(api))
    drained(url)
    assert [event.type for event in shop.events()][-1] == "checkout.session.completed"


def test_endpoints_made_by_the_api_hear_what_they_asked_for(shop: Shop, url: str, api: stripe.StripeClient) -> None:
    with open_shop() as other:
        endpoint: Any = api.v1.webhook_endpoints.create({"url": other.url, "enabled_events": ["charge.succeeded"]})
        assert endpoint.secret.startswith("whsec_")
        assert not hasattr(api.v1.webhook_endpoints.retrieve(endpoint.id), "secret")
        pay(new_session(api))
        drained(url)
        body, header = other.received[0]
        assert stripe.Webhook.construct_event(body, header, endpoint.secret).type == "charge.succeeded"
        assert len(other.received) == 1
        api.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
        pay(new_session(api))
        api.v1.webhook_endpoints.delete(endpoint.id)
        drained(url)
        assert len(other.received) == 1


def test_it_never_reaches_beyond_this_machine(url: str, api: stripe.StripeClient) -> None:
    for target in ("https://example.com/hook", "http://10.0.0.1/", "http://127.0.0.1.example.com/"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.v1.webhook_endpoints.create({"url": target, "enabled_events": ["*"]})
        assert refused.value.code == "url_invalid"


def test_the_list_of_events_pages_and_filters(api: stripe.StripeClient) -> None:
    for _ in range(3):
        pay(new_session(api))
    every = list(api.v1.events.list({"limit": 4}).auto_paging_iter())
    assert len(every) == 15 and [e.type for e in reversed(every)] == PAID * 3
    assert len(list(api.v1.events.list({"type": "charge.*"}).auto_paging_iter())) == 6
    back = api.v1.events.list({"ending_before": every[5].id, "limit": 3})
    assert [e.id for e in back.data] == [e.id for e in every[2:5]] and back.has_more
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.events.list({"type": "charge.*", "types": ["charge.updated"]})
    for limit in (0, 101):
        with pytest.raises(stripe.InvalidRequestError):
            api.v1.events.list({"limit": limit})


def test_the_request_that_caused_an_event_is_named(shop: Shop, api: stripe.StripeClient) -> None:
    made: Any = api.v1.payment_intents.create({"amount": 100, "currency": "usd"}, {"idempotency_key": "k"})
    shop.wait_for(1)
    request: Any = shop.events()[0].request
    assert (request.id, request.idempotency_key) == (made.last_response.request_id, "k")


def test_control_needs_json_and_a_loopback_host(url: str) -> None:
    assert visit(f"{url}/_sim/settle", {"a": "b"}).status == 415
    foreign = {"Host": "evil.example", "Content-Type": "application/json"}
    assert visit(f"{url}/_sim/settle", data=b"{}", headers=foreign).status == 403
    json = {"Content-Type": "application/json"}
    assert visit(f"{url}/_sim/faults", data=b'{"how":"burn"}', headers=json).status == 422
