"""Somebody else's ids: every route that takes one answers as if there were no such thing, and nothing changes."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from cardmesh.goods.imports import service as imports
from cardmesh.identity.models import Tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id, parse_id, public_id
from cardmesh.stores.wardrobe import service as wardrobe
from tests.fixtures.web import Keys

PRICE = {"amount": 1000, "currency": "CNY"}
BODIES: dict[tuple[str, str], Any] = {
    ("patch", "/v1/supplier/offers/{offer_id}"): {"warranty_hours": 1},
    ("post", "/v1/supplier/offers/{offer_id}/keys"): {"keys": ["FOREIGN-0001"]},
    ("post", "/v1/supplier/offers/{offer_id}/price-lists"): {"effective_from": "2199-01-01T00:00:00Z", "base_price": 9},
    ("patch", "/v1/listings/{listing_id}"): {"status": "paused"},
    ("post", "/v1/claims/{claim_id}/decide"): {"decision": "accept"},
    ("patch", "/v1/domains/{domain_id}"): {"primary": True},
    ("patch", "/v1/coupons/{coupon_id}"): {"status": "paused"},
}


@dataclass(frozen=True)
class Caller:
    """One party's key on the consoles' host."""

    client: FlaskClient
    key: str

    def call(self, method: str, path: str, body: Any = None) -> TestResponse:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Host": "localhost",
            "Idempotency-Key": uuid.uuid4().hex,
            "Accept-Language": "en",
        }
        if path.endswith("/file"):
            return self.client.put(f"{path}?filename=a.pdf", data=b"%PDF", headers=headers)
        return self.client.open(path, method=method.upper(), json=body, headers=headers)

    def made(self, path: str, body: Any) -> dict[str, Any]:
        answer = self.call("post", path, body)
        assert answer.status_code in (200, 201, 202), answer.get_data(as_text=True)
        return answer.get_json()


@pytest.fixture
def owned(web: APIFlask, keys: Keys) -> dict[str, str]:
    """Things of the first supplier and the first distributor, by the name of the parameter that takes their id."""
    client = web.test_client()
    operator, supplier = Caller(client, keys.platform), Caller(client, keys.suppliers[0])
    distributor = Caller(client, keys.distributors[0])
    offer = supplier.made(
        "/v1/supplier/offers",
        {
            "product": {"name": "Card", "category": "games"},
            "sku": {"name": "10"},
            "kind": "card_key",
            "base_price": PRICE,
        },
    )
    loading = supplier.made(f"/v1/supplier/offers/{offer['id']}/keys", {"keys": ["OWN-00000001", "OWN-00000002"]})
    imports.run(parse_id("imp", loading["id"]), parse_id("sup", offer["supplier"]))
    operator.made(f"/v1/platform/offers/{offer['id']}/review", {"decision": "approve"})
    with transaction(tenancy.platform()) as session:
        tenant_id = session.scalars(select(Tenant.id).where(Tenant.handle == "shop-1")).one()
    credit = {"tenant": public_id("ten", tenant_id), "amount": {**PRICE, "amount": 9000}, "reason": "test"}
    operator.made("/v1/platform/wallet-credits", credit)
    listing = distributor.made("/v1/listings", {"sku": offer["sku"], "retail": {**PRICE, "amount": 1500}})
    order = distributor.made("/v1/orders", {"external_ref": "one", "items": [{"sku": offer["sku"]}]})
    endpoint = distributor.made("/v1/webhook-endpoints", {"url": "https://example.com/hook"})
    domain = distributor.made("/v1/domains", {"host": "cards.example.com"})
    coupon = distributor.made("/v1/coupons", {"code": "OWN", "percent": "1"})
    theme = wardrobe.upload(tenant_id=tenant_id, package=b"no zip", actor=tenancy.SYSTEM)
    return {
        "domain_id": domain["id"],
        "coupon_id": coupon["id"],
        "offer_id": offer["id"],
        "theme_id": public_id("thm", theme.id),
        "import_id": loading["id"],
        "listing_id": listing["id"],
        "order_id": order["id"],
        "endpoint_id": endpoint["id"],
        "claim_id": public_id("clm", new_id()),
        "unit": order["items"][0]["units"][0]["id"],
    }


def fingerprint() -> object:
    """What no stranger's call may change."""
    tables = (
        "offers", "card_keys", "stock", "listings", "orders", "order_units", "webhook_endpoints", "postings", "domains",
        "outbox", "themes", "coupons", "price_lists",
    )  # fmt: skip
    with transaction(tenancy.platform()) as session:
        counted = [
            session.execute(text(f"select count(*), coalesce(max(xmin::text::bigint), 0) from {name}")).one()  # noqa: S608
            for name in tables
        ]
    return [tuple(row) for row in counted]


def test_every_route_hides_what_is_not_yours(web: APIFlask, keys: Keys, owned: dict[str, str]) -> None:
    with web.test_request_context():
        spec: Any = web.spec
    before, walked = fingerprint(), 0
    for path, operations in spec["paths"].items():
        for method in operations.keys() & {"get", "post", "put", "patch", "delete"}:
            names = re.findall(r"\{(\w+)\}", path)
            if not names or path.startswith(("/_store", "/v1/platform")):
                continue
            key = keys.suppliers[1] if path.startswith("/v1/supplier") else keys.distributors[1]
            _hides(Caller(web.test_client(), key), method, path, names[0], owned)
            walked += 1
    assert walked >= 17
    assert fingerprint() == before


def _hides(stranger: Caller, method: str, path: str, name: str, owned: dict[str, str]) -> None:
    body = BODIES.get((method, path))
    prefix = owned[name].partition("_")[0]
    answers = [
        stranger.call(method, path.replace(f"{{{name}}}", one), body)
        for one in (owned[name], public_id(prefix, new_id()), "nonsense")
    ]
    shown = []
    for answer in answers:
        problem = answer.get_json()
        problem.pop("request_id")
        shown.append((answer.status_code, problem))
    assert shown[0][0] == 404, f"{method} {path}: {shown[0]}"
    assert shown[0] == shown[1] == shown[2], f"{method} {path} tells a foreign id from a missing one"


def test_ids_inside_bodies_are_hidden_too(web: APIFlask, keys: Keys, owned: dict[str, str]) -> None:
    before = fingerprint()
    stranger = Caller(web.test_client(), keys.distributors[1])
    answer = stranger.call("post", "/v1/refunds", {"unit": owned["unit"], "reason": "mine now"})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert fingerprint() == before


def test_lists_hold_only_ones_own(web: APIFlask, keys: Keys, owned: dict[str, str]) -> None:
    stranger = Caller(web.test_client(), keys.distributors[1])
    lists = ("orders", "listings", "events", "webhook-endpoints", "claims", "statements", "domains", "coupons")
    for path in (f"/v1/{name}" for name in lists):
        assert stranger.call("get", path).get_json()["data"] == [], path
    supplier = Caller(web.test_client(), keys.suppliers[1])
    for name in ("offers", "orders", "imports", "statements", "advances", "payout-terms"):
        path = f"/v1/supplier/{name}"
        assert supplier.call("get", path).get_json()["data"] == [], path


def test_a_party_has_no_business_with_anothers_calls(web: APIFlask, keys: Keys) -> None:
    client = web.test_client()
    for key, path in (
        (keys.distributors[0], "/v1/platform/tenants"),
        (keys.suppliers[0], "/v1/orders"),
        (keys.platform, "/v1/supplier/offers"),
    ):
        answer = Caller(client, key).call("get", path)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")


def test_a_store_host_is_exact_and_an_unknown_one_is_refused(web: APIFlask, keys: Keys) -> None:
    for host, path, status in (
        ("shop-1.localhost", "/api/store", 200),
        ("nobody.localhost", "/api/store", 404),
        ("evil.example.com", "/", 404),
        ("localhost.evil.example.com", "/sign-in", 404),
        ("localhost", "/_store/api/store", 404),
    ):
        answer = web.test_client().get(path, headers={"Host": host, "X-Forwarded-Host": "shop-1.localhost"})
        assert answer.status_code == status, (host, path)
