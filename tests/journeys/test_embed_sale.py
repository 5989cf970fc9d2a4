"""A stranger's page sells a key: the frame, the order, the payment in a tab of its own, the key back in the frame."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Route, expect

from cardmesh.sims.partner import running_partner
from tests.fixtures.installation import Client, Installation, eventually

WORDS = {
    "zh-CN": {"buy": "购买", "submit": "去支付", "waiting": "等待付款", "done": "交易完成", "paid": "付款成功",
              "coupon": "优惠码", "apply": "使用", "off": "已优惠 ¥4.00", "wrong": "优惠码"},
    "en": {"buy": "Buy", "submit": "Continue to payment", "waiting": "Waiting for your payment", "done": "All done",
           "paid": "Payment received", "coupon": "Coupon", "apply": "Apply", "off": "CN¥4.00 taken off",
           "wrong": "coupon"},
}  # fmt: skip
KEYS = [f"EMBD-{number:04}" for number in range(1, 9)]


def money(minor: int) -> dict[str, object]:
    return {"amount": minor, "currency": "CNY"}


@pytest.fixture(scope="module")
def shop(installation: Installation) -> Client:
    """The distributor's API; its store is open."""
    platform = installation.platform()
    tenant = platform.post(
        "/v1/platform/tenants",
        {"name": "嵌入小店", "handle": "embedded", "owner_email": "embed@example.com"},
        expect=201,
    )
    return installation.client(tenant["api_key"])


@pytest.fixture(scope="module")
def sku(installation: Installation, shop: Client) -> str:
    platform = installation.platform()
    made = platform.post("/v1/platform/suppliers", {"name": "嵌入数卡", "email": "es@example.com"}, expect=201)
    supplier = installation.client(made["api_key"])
    body = {
        "product": {"name": "夜航点券", "category": "games"},
        "sku": {"name": "100 元"},
        "kind": "card_key",
        "base_price": money(9500),
        "warranty_hours": 0,
    }
    offer = supplier.post("/v1/supplier/offers", body, expect=201)
    loading = supplier.post(f"/v1/supplier/offers/{offer['id']}/keys", {"keys": KEYS}, expect=202)
    path = f"/v1/supplier/imports/{loading['id']}"
    eventually(lambda: supplier.get(path)["status"] == "completed", 30, "the keys")
    platform.post(f"/v1/platform/offers/{offer['id']}/review", {"decision": "approve"}, expect=200)
    shop.post("/v1/listings", {"sku": offer["sku"], "retail": money(10_400)}, expect=201)
    shop.post("/v1/coupons", {"code": "EMBED4", "amount": 400}, expect=201)
    shop.post("/v1/coupons", {"code": "ONLY1", "amount": 400, "most_uses": 1}, expect=201)
    return offer["sku"]


@pytest.fixture(scope="module")
def partner(installation: Installation) -> Iterator[str]:
    """Somebody else's site, on another port of 127.0.0.1."""
    with running_partner(store=f"http://embedded.localhost:{installation.port}") as url:
        yield url


@pytest.fixture
def allowed(installation: Installation, shop: Client, partner: str) -> None:
    _allow(installation, shop, [partner])


def _allow(installation: Installation, shop: Client, origins: list[str]) -> None:
    shop.call("PUT", "/v1/store/embed", json={"origins": origins}, expect=200)
    store, wanted = installation.store("embedded"), f"frame-ancestors {' '.join(origins)}"

    def in_force() -> bool:
        """In every process of the web server: each remembers a host for two seconds."""
        answers = [store.call("GET", "/-/embed") for _ in range(8)]
        return all(wanted in one.headers["Content-Security-Policy"] for one in answers)

    eventually(in_force, 20, "the new list of sites")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 390, "height": 844})
    yield made
    made.close()


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.usefixtures("allowed")
def test_a_key_is_bought_on_another_site(
    installation: Installation, shop: Client, sku: str, partner: str, context: BrowserContext, lang: str
) -> None:
    words, page = WORDS[lang], context.new_page()
    page.goto(f"{partner}/?goods={sku}&look=card&lang={lang}")
    frame = page.frame_locator("iframe")
    expect(frame.locator(".price").first).to_contain_text("104.00")
    before = _height(page)
    frame.get_by_role("link", name=words["buy"]).click()
    expect(frame.locator("[data-total]")).to_contain_text("104.00")
    eventually(lambda: _height(page) > before, 10, "a taller frame")
    frame.locator("[name=contact]").fill("not a contact")
    frame.get_by_role("button", name=words["submit"]).click()
    expect(frame.locator("[data-wrong]")).to_be_visible()
    frame.locator("[name=contact]").fill(f"embed-{lang.lower()}@example.com")
    _redeem(frame, words)
    with context.expect_page() as opened:
        frame.get_by_role("button", name=words["submit"]).click()
    expect(frame.locator("[data-state]")).to_have_text(words["waiting"])
    _pay(opened.value)
    expect(opened.value.locator("h1")).to_have_text(words["paid"])
    assert page.url.startswith(partner), "the page around never leaves"
    expect(frame.locator("[data-state]")).to_have_text(words["done"], timeout=30_000)
    expect(frame.locator("#result code")).to_have_text(re.compile(r"EMBD-000\d"))
    latest = shop.get("/v1/orders")["data"][0]
    assert (latest["channel"], latest["embed_origin"], latest["status"]) == ("embed", partner, "completed")
    assert latest["total"] == money(10_000)
    assert context.cookies() == [], "a frame on another site gets no session"


def _redeem(frame: FrameLocator, words: dict[str, str]) -> None:
    """A code that is none takes nothing and says so; a good one is taken off before the buyer pays."""
    field, said = frame.get_by_label(words["coupon"]), frame.locator("[data-coupon-said]")
    field.fill("nonsense")
    frame.get_by_role("button", name=words["apply"]).click()
    expect(said).to_contain_text(words["wrong"])
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(frame.locator("[data-total]")).to_contain_text("104.00")
    field.fill("embed4")
    field.press("Enter")
    expect(said).to_have_text(words["off"])
    expect(frame.locator("[data-total]")).to_contain_text("100.00")


@pytest.mark.usefixtures("allowed")
def test_a_coupon_that_is_used_up_meanwhile_is_refused_at_the_order(
    installation: Installation, sku: str, partner: str, context: BrowserContext
) -> None:
    """The buyer sees why, and the price without it, before anything is paid."""
    page = context.new_page()
    page.goto(f"{partner}/?goods={sku}&lang=en")
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="Buy").click()
    frame.locator("[name=contact]").fill("late@example.com")
    frame.get_by_label("Coupon").fill("ONLY1")
    frame.get_by_role("button", name="Apply").click()
    expect(frame.locator("[data-total]")).to_contain_text("100.00")
    first = {"items": [{"sku": sku, "quantity": 1}], "contact": {"email": "first@example.com"}, "coupon": "ONLY1",
             "payment": {"method": "card"}}  # fmt: skip
    installation.store("embedded").post("/api/orders", first, expect=201, key="first")
    frame.get_by_role("button", name="Continue to payment").click()
    expect(frame.locator("[data-coupon-said].is-wrong")).to_have_text("This coupon has been used up")
    expect(frame.locator("[data-total]")).to_contain_text("104.00")
    expect(frame.locator("#result")).to_be_hidden()


def _height(page: Page) -> float:
    box = page.locator("iframe").bounding_box()
    return box["height"] if box else 0


def _pay(tab: Page) -> None:
    """At the gateway, at the top of a tab of its own."""
    tab.wait_for_url(re.compile("/c/pay/"))
    assert tab.evaluate("self === top && opener === null")
    for name, value in (("number", "4242424242424242"), ("expiry", "12/34"), ("cvc", "123")):
        tab.locator(f"[name={name}]").fill(value)
    tab.locator("form", has=tab.locator("[name=cvc]")).get_by_role("button").click()
    tab.wait_for_url(re.compile("/-/embed/paid"))


def test_a_site_that_is_not_allowed_gets_no_frame(
    installation: Installation, shop: Client, sku: str, partner: str, context: BrowserContext
) -> None:
    _allow(installation, shop, ["https://blog.example.com"])
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{partner}/?goods={sku}")
    page.wait_for_selector("iframe")
    eventually(lambda: any("frame-ancestors" in text for text in said) or page.wait_for_timeout(100), 10, "a refusal")
    assert not [one for one in page.frames if "/-/embed" in one.url and one.query_selector("#wares")]


@pytest.mark.usefixtures("allowed")
def test_messages_of_others_change_nothing(
    installation: Installation, sku: str, partner: str, context: BrowserContext
) -> None:
    page = context.new_page()
    page.goto(f"{partner}/?goods={sku}")
    expect(page.frame_locator("iframe").locator(".price").first).to_be_visible()
    page.wait_for_timeout(500)
    height = _height(page)
    for forged in _FORGED:
        page.evaluate(forged)
    page.wait_for_timeout(300)
    assert _height(page) == height, "only the frame itself, from its own origin, says how high it is"


_SIZE = "{cardmesh: 'size', height: 4321}"
_FORGED = (
    f"window.postMessage({_SIZE}, '*')",
    f"dispatchEvent(new MessageEvent('message', {{data: {_SIZE}, origin: 'null', source: window}}))",
    f"dispatchEvent(new MessageEvent('message', {{data: {_SIZE}, origin: location.origin,"
    " source: document.querySelector('iframe').contentWindow}))",
    f"dispatchEvent(new MessageEvent('message', {{data: {_SIZE},"
    " origin: new URL(document.querySelector('iframe').src).origin, source: window}))",
    "dispatchEvent(new MessageEvent('message', {data: {cardmesh: 'size', height: '1e9'},"
    " origin: new URL(document.querySelector('iframe').src).origin,"
    " source: document.querySelector('iframe').contentWindow}))",
)


def test_the_frame_speaks_to_no_page_that_is_not_allowed(
    installation: Installation, shop: Client, sku: str, partner: str, context: BrowserContext
) -> None:
    """Even in a browser that knows no `frame-ancestors`: the frame shows, and tells the page around nothing."""
    _allow(installation, shop, ["https://blog.example.com"])
    page = context.new_page()

    def unprotected(route: Route) -> None:
        path = route.request.url.partition(f":{installation.port}")[2]
        answer = installation.store("embedded").call("GET", path)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _PROTECTION}
        route.fulfill(status=answer.status_code, body=answer.content, headers=kept)

    page.route("**/-/embed?*", unprotected)
    page.add_init_script("if (self === top) addEventListener('message', (e) => heard.push(e.data)); self.heard = []")
    page.goto(f"{partner}/?goods={sku}")
    expect(page.frame_locator("iframe").locator(".price").first).to_be_visible()
    page.wait_for_timeout(500)
    assert page.evaluate("heard") == []
    _allow(installation, shop, [partner])
    page.goto(f"{partner}/?goods={sku}")
    page.wait_for_function("heard.length && heard.every((told) => told.cardmesh === 'size')")


_PROTECTION = ("content-security-policy", "x-frame-options", "content-length")


@pytest.mark.usefixtures("allowed")
def test_only_a_web_page_is_opened_to_pay_on(
    installation: Installation, sku: str, partner: str, context: BrowserContext
) -> None:
    answer = {
        "order": {"number": "X1", "token": "t", "status": "pending_payment", "total": money(1), "created_at": ""},
        "payment": {"method": "card", "url": "javascript:alert(document.domain)"},
    }
    page = context.new_page()
    page.route("**/api/orders", lambda route: route.fulfill(status=201, json=answer))
    page.goto(f"{partner}/?goods={sku}&lang=en")
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="Buy").click()
    expect(frame.locator("[data-total]")).to_contain_text("104.00")
    frame.locator("[name=contact]").fill("embed-buyer@example.com")
    with context.expect_page() as opened:
        frame.get_by_role("button", name="Continue to payment").click()
    assert opened.value.url == "about:blank"
    expect(frame.locator("[data-pay]")).to_have_attribute("href", "about:blank")
