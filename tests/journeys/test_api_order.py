"""A distributor's program: find, buy from the wallet, read the codes, see everybody's share."""

import pytest

from tests.fixtures.installation import Client, Installation, eventually


def money(minor: int) -> dict[str, object]:
    return {"amount": minor, "currency": "CNY"}


@pytest.fixture(scope="module")
def parties(installation: Installation) -> dict[str, Client]:
    platform = installation.platform()
    supplier = platform.post("/v1/platform/suppliers", {"name": "接口数卡", "email": "a@example.com"}, expect=201)
    tenant = platform.post(
        "/v1/platform/tenants", {"name": "接口小店", "handle": "api-shop", "owner_email": "b@example.com"}, expect=201
    )
    platform.post(
        "/v1/platform/wallet-credits",
        {"tenant": tenant["id"], "amount": money(30_000), "reason": "prepaid"},
        expect=201,
        key="credit-1",
    )
    return {
        "platform": platform,
        "supplier": installation.client(supplier["api_key"]),
        "distributor": installation.client(tenant["api_key"]),
    }


def test_buy_by_api(parties: dict[str, Client]) -> None:
    sku = _offer(parties, ["API-0001", "API-0002", "API-0003"])
    distributor = parties["distributor"]
    found = distributor.get("/v1/catalog/skus?q=接口点卡")["data"]
    assert [(row["id"], row["cost"]) for row in found] == [(sku, money(9500))]
    body = {"external_ref": "A-1", "items": [{"sku": sku, "quantity": 2, "max_unit_cost": money(9500)}]}
    missing = distributor.call("POST", "/v1/orders", json=body)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    order = distributor.post("/v1/orders", body, expect=201, key="one")
    assert (order["status"], order["items"][0]["status"]) == ("completed", "delivered")
    assert order["total"] == money(2 * 9500)
    assert distributor.post("/v1/orders", body, expect=201, key="one") == order
    assert distributor.post("/v1/orders", body, expect=201, key="two")["id"] == order["id"], "external_ref is for ever"
    codes = distributor.get(f"/v1/orders/{order['id']}/codes")["data"]
    values = [one["value"] for code in codes for one in code["credentials"]]
    assert len(set(values)) == 2 and set(values) <= {"API-0001", "API-0002", "API-0003"}
    _figures(parties)
    _refusals(distributor, sku)


def _offer(parties: dict[str, Client], keys: list[str]) -> str:
    supplier = parties["supplier"]
    body = {
        "product": {"name": "接口点卡", "category": "games"},
        "sku": {"name": "100 元", "face_value": money(10_000)},
        "kind": "card_key",
        "base_price": money(9500),
        "warranty_hours": 72,
    }
    offer = supplier.post("/v1/supplier/offers", body, expect=201)
    started = supplier.post(f"/v1/supplier/offers/{offer['id']}/keys", {"keys": [*keys, keys[0]]}, expect=202)

    def loaded() -> bool:
        return supplier.get(f"/v1/supplier/imports/{started['id']}")["status"] == "completed"

    eventually(loaded, 30, "the keys")
    row = supplier.get(f"/v1/supplier/imports/{started['id']}")
    assert (row["accepted"], row["duplicates"]) == (len(keys), 1)
    parties["platform"].post(f"/v1/platform/offers/{offer['id']}/review", {"decision": "approve"}, expect=200)
    return offer["sku"]


def _figures(parties: dict[str, Client]) -> None:
    wallet = parties["distributor"].get("/v1/wallet")["balances"][0]
    assert wallet["available"] == 30_000 - 19_000
    income = parties["supplier"].get("/v1/supplier/wallet")["balances"][0]
    assert income["pending"] == 19_000 - 950, "held for the warranty"
    units = parties["supplier"].get("/v1/supplier/orders")["data"]
    assert len(units) == 2 and not {"contact", "retail", "number"} & units[0].keys()


def _refusals(distributor: Client, sku: str) -> None:
    """Each leaves everything as it was."""

    def refused(status: int, code: str, **item: object) -> None:
        body = {"external_ref": f"R-{code}", "items": [{"sku": sku, **item}]}
        answer = distributor.call("POST", "/v1/orders", json=body, headers={"Idempotency-Key": f"r-{code}"})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text

    before = distributor.get("/v1/wallet")
    refused(409, "price_changed", quantity=1, max_unit_cost=money(9400))
    refused(409, "insufficient_stock", quantity=2)
    refused(422, "validation_failed", quantity=0)
    assert distributor.get("/v1/wallet") == before
