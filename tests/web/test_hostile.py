"""What strangers send: never answered by an error of ours, never by what is not theirs, not as often as they like."""

import base64
import json
from contextvars import Context
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from werkzeug.test import TestResponse

from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import ValidationFailed
from cardmesh.kit.ids import from_letters, new_id, public_id, to_letters
from cardmesh.stores.models import StoreHost
from cardmesh.trade.models import Order
from cardmesh.web.common import forms
from cardmesh.web.common.limits import by_store_and_address, from_inside
from tests.fixtures.shop import Console, Consoles, Shop

DEEP = "[" * 100_000
HALF = "\ud800"


def test_what_no_database_holds_is_refused_or_left_out(shop: Shop) -> None:
    store = shop.market.store
    with transaction(tenancy.platform()) as session:
        session.add(StoreHost(tenant_id=store.tenant_id, store_id=store.store_id, host="one.localhost"))
    asked = {"number": "CM1", "contact": "a@example.test", "query_password": "1234"}
    for name in asked:
        for value in ("a\0", HALF):
            answer = lookup(shop, asked | {name: value})
            told = answer.get_json()
            assert (answer.status_code, told["errors"][0]["pointer"], told["errors"][0]["code"]) == (
                422, f"/{name}", "not_text",
            ), told  # fmt: skip
    named = [lookup(shop, asked | {name: 1}).status_code for name in ("\0", HALF)]
    paths = [visit(shop, f"{path}%00").status_code for path in ("/", "/p/", "/media/", "/api/orders/", "/-/draft/")]
    assert (named, paths) == ([422] * 2, [404] * 5)
    assert visit(shop, "/-/embed?category=%00&goods=%00").status_code == 200
    assert {visit(shop, f"/api/{path}").headers["Cache-Control"] for path in ("store", "orders/CM1")} == {"no-store"}
    browser, owner = Console(shop.consoles.app.test_client()), shop.sign_in()
    for path in ("/sign-in", "/sign-up/resend", "/forgot"):
        browser.post(path, {"email": "a\0@example.test", "password": "\0"}, expect=401 if path == "/sign-in" else 200)
    sent = {"headers": {"X-CSRFToken": owner.token()}, "content_type": "application/json"}
    for body in (DEEP, '{"revision": 0, "look": {"settings": {"x": "\\u0000"}}}', '{"look": "\\ud800"}'):
        answer = Context().run(owner.client.post, "/distributor/store/customizer/draft", data=body, **sent)
        assert answer.status_code in (400, 422), body[:20]
    for path in ("insights?category=%00", "catalogue/all?q=%00&category=%00", "store/customizer/goods.json?q=%00"):
        owner.get(f"/distributor/{path}")


def lookup(shop: Shop, body: Any, ip: str = "127.0.0.1") -> TestResponse:
    client = shop.consoles.app.test_client()
    headers, sent = {"Host": "one.localhost"}, {"REMOTE_ADDR": ip}
    kind = "application/json"
    return Context().run(
        client.post, "/api/orders/lookup", data=json.dumps(body), content_type=kind, headers=headers, environ_base=sent
    )


def visit(shop: Shop, path: str) -> TestResponse:
    return Context().run(shop.consoles.app.test_client().get, path, headers={"Host": "one.localhost"})


def test_one_order_and_one_account_are_not_guessed_at_from_everywhere(shop: Shop) -> None:
    """Each address is far below its own limit."""
    store = shop.market.store
    with transaction(tenancy.platform()) as session:
        session.add(StoreHost(tenant_id=store.tenant_id, store_id=store.store_id, host="one.localhost"))
        number = session.scalars(select(Order.number).where(Order.channel == "store")).one()
    asked = [{"number": f" {number.lower()}", "contact": f"{pin}@example.test"} for pin in range(30)]
    told = {lookup(shop, one, f"203.0.114.{place}").status_code for place, one in enumerate(asked)}
    right = {"number": number, "contact": "buyer@example.test"}
    assert told == {404} and lookup(shop, right, "203.0.114.99").status_code == 429
    assert lookup(shop, right | {"number": "CM0"}, "203.0.114.99").status_code == 404, "another one is not meant"
    answers = []
    for turn in range(101):
        browser = Console(shop.consoles.app.test_client())
        browser.client.environ_base["REMOTE_ADDR"] = f"2001:4860:{turn}::1"
        sent = {"email": f"{'a' if turn % 2 else 'A'}@example.test", "password": "x", "csrf_token": browser.token()}
        answers.append(browser.open("POST", "/sign-in", data=sent).status_code)
    assert answers == [401] * 100 + [429]


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted", "inside"),
    [
        ("203.0.114.7", "", "203.0.114.7", False),
        ("203.0.114.7", "10.0.0.9", "203.0.114.7", False),
        ("::ffff:203.0.114.7", "", "203.0.114.7", False),
        ("2001:4860:1:2:3:4:5:6", "", "2001:4860:1:2::/64", False),
        ("fe80::1%eth0", "", "fe80::/64", True),
        ("", "", "127.0.0.1", True),
        ("127.0.0.1", "203.0.114.7", "203.0.114.7", False),
        ("127.0.0.1", "10.0.0.9, 203.0.114.7", "203.0.114.7", False),
        ("", "9.9.9.9, 203.0.114.7, 192.0.2.3, ::1", "203.0.114.7", False),
        ("::1", "9.9.9.9, me, 192.0.2.4", "192.0.2.4", True),
        ("127.0.0.1", "unknown", "127.0.0.1", True),
    ],
)
def test_addresses_are_counted_by_who_has_them(
    consoles: Consoles, peer: str, forwarded: str, counted: str, inside: bool
) -> None:
    now = runtime.current()
    runtime.install(replace(now, settings=replace(now.settings, trusted_proxies=("127.0.0.1", "::1", "192.0.2.0/24"))))
    sent = {"headers": {"X-Forwarded-For": forwarded}, "environ_base": {"REMOTE_ADDR": peer}}
    with consoles.app.test_request_context(**sent):
        assert (by_store_and_address(), from_inside()) == (f"|{counted}", inside)


LONG = ("1E-99999", "0." + "0" * 40 + "1", "9" * 5000)


@pytest.mark.parametrize("text", ["", "1e3", "NaN", "Infinity", "-1", "1_0", "+", ".", "1.2.3", *LONG])
def test_a_number_is_read_exactly_or_not_at_all(text: str) -> None:
    for read in (forms.decimal, forms.money, forms.whole):
        with pytest.raises(ValidationFailed):
            read({"n": text}, "n")


def test_numbers_as_people_type_them() -> None:
    typed = ("12", " 12.5% ", "１２", ".5", "3.", "33.3333333333333333")
    assert [forms.decimal({"n": one}, "n") for one in typed] == [
        Decimal(one) for one in ("12", "12.5", "12", "0.5", "3", "33.3333333333333333")
    ]


def test_a_link_has_one_spelling() -> None:
    raw = new_id().bytes
    good = to_letters(raw)
    assert from_letters(good) == raw
    head, tail = good[:5], good[5:]
    for wrong in (f'{good}=="><b>', f"{good}=", f"{head}\n{tail}", f"{head}<{tail}", f"{good}é", good[:-1]):
        with pytest.raises(ValueError):
            from_letters(wrong)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_what_no_device_answers_is_a_wrong_passkey(web: APIFlask) -> None:
    client_data = b'{"type":"webauthn.get","challenge":"AA","origin":"x"}'
    answer = {"clientDataJSON": b64(client_data), "authenticatorData": "AA", "signature": "AA", "userHandle": "AA"}
    wrong = [answer | {"userHandle": "A"}, *(answer | {"clientDataJSON": b64(one)} for one in (
        b"\xff", DEEP.encode(), client_data.replace(b'"AA"', b'"A"'), client_data.replace(b'"AA"', b"{}"))
    )]  # fmt: skip
    whole = [json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": one}) for one in wrong]
    browser = Console(web.test_client())
    for sent in (DEEP, *whole):
        assert browser.post("/sign-in/passkey", {"answer": sent}) == "/sign-in"


def test_the_last_day_of_the_calendar_has_no_next_one(shop: Shop) -> None:
    owner = shop.sign_in()
    assert "This is not a month" in owner.get("/distributor/wallet/month.csv?month=9999-12", expect=422)
    path = f"/distributor/webhooks/{shop.ids['endpoint_id']}/replay"
    assert owner.post(path, {"since": "2026-01-01", "until": "9999-12-31"}).endswith(shop.ids["endpoint_id"])


def test_a_link_over_for_ever_is_no_number(shop: Shop) -> None:
    never, browser = "9" * 5000, Console(shop.consoles.app.test_client())
    browser.get(f"/set-password/{shop.ids['person_id']}.{never}.x", expect=404)
    browser.get(f"/sign-up/confirm/{public_id('sgn', new_id())}.{never}.x", expect=404)
    assert visit(shop, f"/-/trial/{never}.x").status_code == 404
