"""From a supplier's spreadsheet to a buyer's key and everybody's share, through a browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.installation import Client, Installation, eventually

SHEET = """商品名称,分类,规格,面值,类型,供货价,VIP2价,质保(小时),卡密
星穹手游点券,games,100 元,100,卡密,95.00,94.00,0,JRNY-AAAA-0001
,,,,,,,,JRNY-AAAA-0002
,,,,,,,,JRNY-AAAA-0003
星穹手游点券,games,50 元,50,卡密,48.00,,0,JRNY-BBBB-0001
坏行商品,games,10 元,10,卡密,-3,,0,JRNY-CCCC-0001
"""
RETAIL, COST = 10400, 9400


@pytest.fixture(scope="module")
def parties(installation: Installation) -> dict[str, Client]:
    """A supplier, and a distributor of tier VIP2 with its store."""
    platform = installation.platform()
    supplier = platform.post("/v1/platform/suppliers", {"name": "旅程数卡", "email": "s@example.com"}, expect=201)
    tenant = platform.post(
        "/v1/platform/tenants",
        {"name": "旅程小店", "handle": "journey", "tier": "VIP2", "owner_email": "t@example.com"},
        expect=201,
    )
    return {
        "platform": platform,
        "supplier": installation.client(supplier["api_key"]),
        "distributor": installation.client(tenant["api_key"]),
        "store": installation.store("journey"),
    }


@pytest.fixture(scope="module")
def sku(parties: dict[str, Client]) -> str:
    """The sheet imported, its offers approved, one of them listed."""
    supplier, platform, distributor = parties["supplier"], parties["platform"], parties["distributor"]
    started = supplier.call(
        "POST",
        "/v1/supplier/imports?filename=offers.csv",
        data=SHEET.encode("gb18030"),
        headers={"Content-Type": "text/csv"},
        expect=202,
    ).json()

    def loaded() -> Any:
        row = supplier.get(f"/v1/supplier/imports/{started['id']}")
        return row if row["status"] in ("completed", "failed") else None

    row = eventually(loaded, 30, "the import")
    assert (row["status"], row["accepted"], row["rejected"]) == ("completed", 4, 1)
    assert [error["line"] for error in row["errors"]] == [6]
    offers = supplier.get("/v1/supplier/offers")["data"]
    assert {offer["status"] for offer in offers} == {"pending_review"}
    chosen = next(offer for offer in offers if offer["sku_details"]["name"] == "100 元")
    refused = distributor.call("POST", "/v1/listings", json={"sku": chosen["sku"], "retail": money(RETAIL)})
    assert refused.json()["code"] == "offer_not_active", "nothing is sold before its review"
    for offer in offers:
        platform.post(f"/v1/platform/offers/{offer['id']}/review", {"decision": "approve"}, expect=200)
    loss = distributor.call("POST", "/v1/listings", json={"sku": chosen["sku"], "retail": money(COST - 1)})
    assert (loss.status_code, loss.json()["code"]) == (409, "loss_guard")
    listed = distributor.post("/v1/listings", {"sku": chosen["sku"], "retail": money(RETAIL)}, expect=201)
    assert listed["cost"] == money(COST), "the tier price is the distributor's cost"
    return chosen["sku"]


def money(minor: int) -> dict[str, object]:
    return {"amount": minor, "currency": "CNY"}


def test_a_buyer_finds_pays_and_holds_the_key(
    installation: Installation, parties: dict[str, Client], sku: str, browser: Browser
) -> None:
    store = parties["store"]
    eventually(lambda: store.get(f"/api/products?sku={sku}")["data"], 5, "the listing in the store's API")
    eventually(lambda: "星穹手游点券" in store.call("GET", "/").text, 30, "the listing on the store's pages")
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    page = context.new_page()
    number = _buy(page, f"http://journey.localhost:{installation.port}")
    _see_the_key(page)
    _see_the_proof(page)
    _mail_arrived(installation, number)
    _shares_add_up(parties)
    _settled(parties)
    assert store.get(f"/api/products?sku={sku}")["data"][0]["stock"] == "low"
    verified = installation.run("verify")
    assert verified.returncode == 0, verified.stdout
    context.close()


def _buy(page: Page, shop: str) -> str:
    page.goto(shop)
    page.goto(f"{shop}/search/?q=星穹")
    page.get_by_role("link", name="星穹手游点券").first.click()
    page.get_by_role("button", name="立即购买").click()
    page.locator("#contact").fill("buyer@example.com")
    page.locator("input[name=method]").first.check(force=True)
    expect(page.locator("#checkout [data-total]").last).to_contain_text("104.00")
    page.get_by_role("button", name=re.compile("支付|付款")).click()
    page.wait_for_url(re.compile("/c/pay/"))
    page.get_by_label(re.compile("卡号|Card number")).fill("4000000000000002")
    _fill_card(page)
    expect(page.locator("body")).to_contain_text(re.compile("拒|declined"))
    page.get_by_label(re.compile("卡号|Card number")).fill("4242424242424242")
    _fill_card(page)
    page.wait_for_url(re.compile("/order/"))
    return re.search(r"number=(\w+)", page.url)[1]  # pyright: ignore[reportOptionalSubscript] - waited for


def _fill_card(page: Page) -> None:
    """Expiry and security code, then pay."""
    for label, value in (("有效期|Expir", "12/34"), ("安全码|CVC", "123")):
        field = page.get_by_label(re.compile(label))
        if field.count():
            field.first.fill(value)
    page.get_by_role("button", name=re.compile("支付|Pay")).first.click()


def _see_the_key(page: Page) -> None:
    goods = page.locator("[data-goods]")
    expect(goods).to_be_visible(timeout=20_000)
    page.locator("[data-reveal-all]").click()
    expect(goods).to_contain_text(re.compile(r"JRNY-AAAA-000[123]"))


def _see_the_proof(page: Page) -> None:
    """The browser itself checks that the key was sold once; the log follows the sale within seconds."""
    page.locator("[data-proof]").click()
    expect(page.locator("#verdict.good")).to_have_text("已证明：1 个卡密都只售出过一次", timeout=30_000)


def _mail_arrived(installation: Installation, number: str) -> None:
    outbox = Client(installation.credentials["mail_url"])

    def delivered() -> list[object]:
        return [mail for mail in outbox.get("/messages.json?to=buyer@example.com") if number in str(mail)]

    eventually(delivered, 20, "the mail with the goods")


def _shares_add_up(parties: dict[str, Client]) -> None:
    """The default rule: 5 % of cost is the platform's."""
    supplier = _total(parties["supplier"].get("/v1/supplier/wallet"))
    distributor = _total(parties["distributor"].get("/v1/wallet"))
    assert supplier == 8930, "94.00 less 5 %"
    assert distributor == 1000, "104.00 - 94.00"
    balance = parties["platform"].get("/v1/platform/ledger/trial-balance?prove=true")
    assert balance["derived_equals_stored"] and all(row["difference"] == 0 for row in balance["data"])


def _settled(parties: dict[str, Client]) -> None:
    """There is no warranty, so the hold is over at once and the next settlement makes the money available."""

    def available() -> bool:
        wallets = (parties["supplier"].get("/v1/supplier/wallet"), parties["distributor"].get("/v1/wallet"))
        return all(row["pending"] == 0 and row["available"] > 0 for wallet in wallets for row in wallet["balances"])

    eventually(available, 90, "settlement")
    lines = parties["supplier"].get("/v1/supplier/statements")["data"]
    assert sum(line["amount"]["amount"] for line in lines) == 8930
    csv = parties["supplier"].call("GET", "/v1/supplier/statements?format=csv", expect=200).content.decode("utf-8-sig")
    assert "89.30" in csv


def _total(wallet: dict[str, list[dict[str, int]]]) -> int:
    return sum(row["available"] + row["pending"] for row in wallet["balances"])


def test_a_guest_finds_the_order_again(parties: dict[str, Client], sku: str) -> None:
    store = parties["store"]
    body = {
        "items": [{"sku": sku, "quantity": 1}],
        "contact": {"phone": "+86 138 0000 0000"},
        "query_password": "open sesame",
        "payment": {"method": "card"},
    }
    placed = store.post("/api/orders", body, expect=201, key="guest-1")
    again = store.post("/api/orders", body, expect=201, key="guest-1")
    assert again == placed, "a repeated request is answered with the first answer"
    number = placed["order"]["number"]
    found = store.post(
        "/api/orders/lookup", {"number": number.lower(), "query_password": "open sesame"}, expect=200
    )
    assert found["order"]["status"] == "pending_payment" and found["payment"]["url"] == placed["payment"]["url"]
    for wrong in ({"query_password": "guess"}, {"contact": "13900000000"}):
        refused = store.call("POST", "/api/orders/lookup", json={"number": number, **wrong})
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
