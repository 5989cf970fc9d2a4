"""Every face's every route with an id in it: somebody else's id is answered like one that does not exist.

Routes are read from the application, so a new one that is not told apart here fails the walk.
"""

import io
import re
import uuid
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from cardmesh.goods.imports import service as imports
from cardmesh.goods.models import ImportKind
from cardmesh.goods.offers import price_lists
from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id, new_token, public_id
from cardmesh.kit.money import Money
from cardmesh.money.withdrawals import service as withdrawals
from cardmesh.trade.delivery import links
from cardmesh.trade.models import Order
from tests.fixtures.shop import FORM_OF_EVERYTHING, Console, Consoles, Shop
from tests.isolation.state import changed, digests

SHARED = {
    "sku_id": "the catalogue belongs to all",
    "kind": "a format",
    "filename": "assets of the consoles",
    "code": "explains an error",
    "name": "scripts and styles of the proof page",
    "path": "published pages: tests/stores/test_pages.py",
    "gateway": "test_an_unknown_gateway_is_not_there",
}
"""Parameters that are nobody's id."""

BEYOND = {
    "api_": "tests/web/test_isolation.py walks /v1",
    "account.set_password": "test_tokens_of_others_open_nothing",
    "account.sign_up_confirm": "tests/identity/test_sign_up.py: test_a_link_opens_once_and_not_for_ever",
    "hooks.": "tests/money_payments/test_gateway_contract.py and test_own_account.py send what is another account's",
    "pay.": "tests/web/test_payment_pages.py: a name that we did not sign",
    "me.": "tests/identity: one's own account, whatever party",
    "pages.show_draft": "tests/web/test_customizer.py tries forged, old and another store's links",
    "pages.trial_begin": "tests/web/test_first_run.py tries a forged link",
    "store_api.": "test_a_stores_numbers_and_tokens_open_nothing_next_door",
}
"""Endpoints whose ids are of another kind, and where they are tried."""


@dataclass(frozen=True)
class Owned:
    """Public ids of the first supplier's, the first distributor's and the operator's things, by parameter."""

    ids: dict[str, str]

    def path(self, rule: Rule, ids: dict[str, str]) -> str:
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: ids[match[1]], rule.rule)

    def missing(self) -> dict[str, str]:
        """The same kinds of ids, of nothing. `kind` and the like stay."""
        return {name: _other(name, one) for name, one in self.ids.items()}


def _other(name: str, one: str) -> str:
    return one if name in SHARED else "999999999" if one.isdecimal() else public_id(one.partition("_")[0], new_id())


@pytest.fixture
def owned(shop: Shop) -> Owned:
    """What the shop has, and what its first supplier has."""
    supplier_id = shop.market.suppliers[0].id
    offer = shop.market.offer(shop.market.sku(), keys=2)
    with transaction(tenancy.supplier(supplier_id)) as session:
        sheet = io.BytesIO("卡密\nSHEET-0001\n".encode())
        loading = imports.start(
            session, supplier_id=supplier_id, kind=ImportKind.KEYS, offer_id=offer.id, filename="k.csv", stream=sheet
        )
        planned = price_lists.plan(
            session, offer_id=offer.id, base_price_minor=9_000, rows=[], effective_from=clock.now() + timedelta(days=1)
        )
        key = api_keys.issue(session, party=Party.SUPPLIER, party_id=supplier_id, name="supplier").row
    shop.market.fund(50_000)
    with transaction(tenancy.tenant(shop.market.tenant_id)) as session:
        asked = withdrawals.request(
            session, party=Party.DISTRIBUTOR, owner_id=shop.market.tenant_id, amount=Money(900, "CNY"), note=""
        )
    more = {
        "offer_id": public_id("off", offer.id),
        "import_id": public_id("imp", loading.id),
        "supplier_id": public_id("sup", supplier_id),
        "tenant_id": public_id("ten", shop.market.tenant_id),
        "supplier_key": public_id("key", key.id),
        "rule_id": public_id("rul", uuid.UUID(int=1)),
        "entry_id": public_id("led", new_id()),
        "document_id": public_id("doc", new_id()),
        "job_id": "1",
        "list_id": public_id("pls", planned.id),
        "run_id": public_id("run", new_id()),
        "task_id": public_id("rec", new_id()),
        "withdrawal_id": public_id("wdr", asked.id),
    }
    return Owned(shop.ids | more)


def routes(shop: Shop) -> list[Rule]:
    """Those with an id in their address."""
    found = [rule for rule in shop.consoles.app.url_map.iter_rules() if rule.arguments - SHARED.keys()]
    return [rule for rule in found if not rule.endpoint.startswith(tuple(BEYOND))]


def test_every_console_hides_what_is_not_yours(shop: Shop, owned: Owned) -> None:
    strangers = {
        "distributor": [shop.consoles.sign_in(Party.DISTRIBUTOR, shop.rival)],
        "supplier": [shop.consoles.sign_in(Party.SUPPLIER, shop.market.suppliers[1].id)],
        "admin": [
            shop.consoles.sign_in(Party.DISTRIBUTOR, shop.rival),
            shop.consoles.sign_in(Party.SUPPLIER, shop.market.suppliers[1].id),
        ],
    }
    before, walked = digests(), 0
    for rule in routes(shop):
        face = rule.endpoint.partition(".")[0]
        assert face in strangers, f"{rule.rule} belongs to no face that this test knows: list it"
        for stranger in strangers[face]:
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                _hides(stranger, method, rule, owned)
                walked += 1
    assert walked >= 45
    assert changed(before) == []


def _hides(stranger: Console, method: str, rule: Rule, owned: Owned) -> None:
    seen = []
    for ids in (owned.ids, owned.missing(), owned.missing()):
        answer = _open(stranger, method, owned.path(rule, ids), rule.endpoint)
        text = answer.get_data(as_text=True)
        for one in ids.values():
            text = text.replace(one, "ID") if "_" in one else text
        seen.append((answer.status_code, re.sub(r"req_\w+", "req", text)))
    assert seen[0][0] == 404, f"{method} {rule.rule}: {seen[0][0]} {seen[0][1][:300]}"
    assert seen[0] == seen[1] == seen[2], f"{method} {rule.rule} tells a foreign id from a missing one"


def _open(stranger: Console, method: str, path: str, endpoint: str) -> TestResponse:
    if method == "GET":
        return stranger.open(method, path)
    verb = {"distributor.webhook_state": "disable", "supplier.offer_state": "pause"}.get(endpoint, "remove")
    form: dict[str, Any] = FORM_OF_EVERYTHING | {"verb": verb}
    if endpoint == "supplier.offer_file":
        form["file"] = (io.BytesIO(b"%PDF"), "a.pdf")
    return stranger.open(method, path, data=form | {"csrf_token": stranger.token()})


def test_the_operators_program_calls_are_the_operators(shop: Shop, owned: Owned) -> None:
    with transaction(tenancy.platform()) as session:
        keys = [
            api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=shop.rival).secret,
            api_keys.issue(session, party=Party.SUPPLIER, party_id=shop.market.suppliers[1].id).secret,
        ]
    before, walked = digests(), 0
    for rule in shop.consoles.app.url_map.iter_rules():
        if not rule.endpoint.startswith("api_platform."):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for key in keys:
                answer = _call(shop, method, owned.path(rule, owned.ids), key)
                told = (answer.status_code, answer.get_json()["code"])
                assert told in ((403, "forbidden"), (422, "validation_failed")), (method, rule.rule, told)
                walked += 1
    assert walked >= 28
    assert changed(before) == []


def _call(shop: Shop, method: str, path: str, key: str) -> TestResponse:
    headers = {"Host": "localhost", "Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex}
    return Context().run(shop.consoles.app.test_client().open, path, method=method, headers=headers, json={})


def test_a_stores_numbers_and_tokens_open_nothing_next_door(shop: Shop) -> None:
    """With number, token, contact, line, download link of an order in the first store, asked on the second's host."""
    with transaction(tenancy.platform()) as session:
        order = session.query(Order).filter(Order.channel == "store").one()
    _, units = shop.market.state(order.id)
    item = public_id("itm", units[0].line_id)
    real, missing = order.number, "0" * len(order.number)
    link = links.path(shop.market.tenant_id, units[0].id)
    token = new_token()
    before, told, tried = digests(), [], 0
    for number in (real, missing):
        calls = [
            ("GET", f"/api/orders/{number}", None),
            ("POST", "/api/orders/lookup", {"number": number, "contact": "buyer@example.test"}),
            ("POST", "/api/claims", {"order": number, "item": item, "reason": "mine now"}),
        ]
        answers = [_on_store(shop, "two", *call, token=token) for call in calls]
        for (method, path, _), answer in zip(calls, answers, strict=True):
            assert answer.status_code == 404, (method, path, answer.get_data(as_text=True))
            tried += 1
        told.append([_without_request_id(answer) for answer in answers])
    assert told[0] == told[1]
    files = [link, links.path(shop.market.tenant_id, new_id()), links.PATH + new_token()]
    refusals = [_without_request_id(_on_store(shop, "two", "GET", path, None, token=token)) for path in files]
    assert [refusal["code"] for refusal in refusals] == ["link_expired"] * 3
    assert tried == 6 and changed(before) == []


def _on_store(shop: Shop, handle: str, method: str, path: str, body: Any, *, token: str) -> TestResponse:
    headers = {"Host": f"{handle}.localhost", "X-Order-Token": token, "Accept-Language": "en"}
    return Context().run(shop.consoles.app.test_client().open, path, method=method, headers=headers, json=body)


def _without_request_id(answer: TestResponse) -> dict[str, Any]:
    return {name: value for name, value in answer.get_json().items() if name != "request_id"}


def test_tokens_of_others_open_nothing(consoles: Consoles) -> None:
    browser = Console(consoles.app.test_client())
    before = digests()
    for token in (new_token(), "x", "a.b.c"):
        shown = browser.open("GET", f"/set-password/{token}")
        sent = browser.open(
            "POST", f"/set-password/{token}", data={"password": "a long enough one", "csrf_token": browser.token()}
        )
        assert (shown.status_code, sent.status_code) == (404, 302)
        assert browser.open("GET", sent.headers["Location"]).status_code == 404
    assert changed(before) == []


def test_an_unknown_gateway_is_not_there(consoles: Consoles) -> None:
    answers = [
        Context().run(consoles.app.test_client().post, f"/hooks/{name}", data=b"{}", headers={"Host": "localhost"})
        for name in ("nobody", "Stripe", "x" * 41, "支付")
    ]
    assert {answer.status_code for answer in answers} == {404}
