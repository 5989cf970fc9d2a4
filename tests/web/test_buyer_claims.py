"""What a buyer sees of claims: those of the own order, and what became of them."""

from contextvars import Context
from typing import Any

import pytest
from werkzeug.test import TestResponse

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import parse_id
from cardmesh.stores.models import StoreHost
from cardmesh.trade import numbers
from cardmesh.trade.models import Order
from tests.fixtures.shop import Shop


@pytest.fixture(autouse=True)
def hosted(shop: Shop) -> None:
    """The shop answers at its own host."""
    with transaction(tenancy.platform()) as session:
        store = shop.market.store
        session.add(StoreHost(tenant_id=store.tenant_id, host="one.localhost", store_id=store.store_id))


def order_of(shop: Shop) -> Order:
    return shop.market.state(parse_id("ord", shop.ids["order_id"]))[0]


def ask(shop: Shop, path: str, token: str, body: Any = None) -> TestResponse:
    browser = shop.consoles.app.test_client()
    method = "POST" if body else "GET"
    headers = {"Host": "one.localhost", "X-Order-Token": token}
    return Context().run(browser.open, path, method=method, json=body, headers=headers)


def test_a_buyer_reads_the_claim_and_its_answer(shop: Shop) -> None:
    order = order_of(shop)
    path, token = f"/api/orders/{order.number}/claims", numbers.token(order.id)
    (claim,) = ask(shop, path, token).get_json()["data"]
    assert (claim["status"], claim["reason"], claim["answer"], claim["decided_at"]) == (
        "open",
        "The key is used",
        "",
        None,
    )
    decided = {"decision": "reject", "reason": "It was redeemed after the warranty"}
    shop.sign_in().post(f"/distributor/claims/{shop.ids['claim_id']}", decided)
    (claim,) = ask(shop, path, token).get_json()["data"]
    assert (claim["status"], claim["answer"]) == ("rejected", decided["reason"])
    assert claim["decided_at"]


def test_a_second_claim_stands_first(shop: Shop) -> None:
    order = order_of(shop)
    path, token = f"/api/orders/{order.number}/claims", numbers.token(order.id)
    shop.sign_in().post(f"/distributor/claims/{shop.ids['claim_id']}", {"decision": "reject", "reason": "no"})
    item = ask(shop, f"/api/orders/{order.number}", token).get_json()["order"]["items"][0]
    assert (item["kind"], item["status"]) == ("card_key", "delivered")
    body = {"order": order.number, "item": item["id"], "reason": "Again", "evidence": "screenshot"}
    assert ask(shop, "/api/claims", token, body).status_code == 201
    assert [claim["reason"] for claim in ask(shop, path, token).get_json()["data"]] == ["Again", "The key is used"]


def test_claims_are_for_the_holder_of_the_order_s_token(shop: Shop) -> None:
    order = order_of(shop)
    for token in ("", "x", numbers.token(shop.market.tenant_id)):
        assert ask(shop, f"/api/orders/{order.number}/claims", token).status_code in (401, 404)
