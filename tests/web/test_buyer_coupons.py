"""A coupon from the console to the store's API: made, quoted, ordered twice with one key, paused, explained."""

from contextvars import Context
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from cardmesh.stores.models import StoreHost
from cardmesh.trade.coupons.models import Coupon
from tests.fixtures.shop import Shop


def ask(shop: Shop, path: str, body: Any, **headers: str) -> TestResponse:
    browser = shop.consoles.app.test_client()
    headers |= {"Host": "one.localhost", "Accept-Language": "en"}
    return Context().run(browser.open, path, method="POST", json=body, headers=headers)


def used(shop: Shop, code: str) -> int:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Coupon.used).where(Coupon.code == code)).one()


def test_a_coupon_of_the_console_in_the_stores_api(shop: Shop) -> None:
    """108.00 − 10 % = 97.20 of which 11.92 − 10.80 = 1.12 are the distributor's; 12 % are refused."""
    with transaction(tenancy.platform()) as session:
        store = shop.market.store
        session.add(StoreHost(tenant_id=store.tenant_id, host="one.localhost", store_id=store.store_id))
    browser = shop.sign_in()
    form = {"code": "ten", "kind": "percent", "percent": "10", "most_per_buyer": "1", "most_uses": "5"}
    assert "more than the profit of" in browser.follow("/distributor/coupons", form | {"code": "big", "percent": "12"})
    assert "TEN" in browser.follow("/distributor/coupons", form)
    items = [{"sku": public_id("sku", shop.sku), "quantity": 1}]
    quoted = ask(shop, "/api/quote", {"items": items, "coupon": "Ten"}).get_json()
    assert quoted["total"]["amount"] == 9_720 and quoted["coupon"]["discount"]["amount"] == 1_080
    refused = ask(shop, "/api/quote", {"items": items, "coupon": "NONE"}).get_json()
    assert refused["total"]["amount"] == 10_800 and refused["coupon"]["code"] == "coupon_not_found"
    order = {
        "items": items,
        "contact": {"email": "c@example.test"},
        "payment": {"method": "card"},
        "coupon": "ten",
        "total": quoted["total"],
    }
    answers = [ask(shop, "/api/orders", order, **{"Idempotency-Key": "one"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.get_data() for answer in answers}) == 1 and used(shop, "TEN") == 1
    told = answers[0].get_json()["order"]
    assert (told["coupon"], told["discount"]["amount"], told["total"]["amount"]) == ("TEN", 1_080, 9_720)
    again = ask(shop, "/api/orders", order, **{"Idempotency-Key": "two"})
    assert (again.status_code, again.get_json()["code"]) == (409, "coupon_used_by_buyer")
    with transaction(tenancy.platform()) as session:
        coupon = public_id("cpn", session.scalars(select(Coupon.id).where(Coupon.code == "TEN")).one())
    page = browser.get(f"/distributor/coupons/{coupon}")
    assert told["number"] in page and "1 / 5" in page
    browser.post(f"/distributor/coupons/{coupon}/state", {"verb": "pause"})
    order |= {"contact": {"email": "d@example.test"}}
    assert ask(shop, "/api/orders", order, **{"Idempotency-Key": "three"}).get_json()["code"] == "coupon_not_found"
