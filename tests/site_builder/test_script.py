"""The theme's script in a real browser: one order per intent, live figures, goods that stay masked until asked for.

Pages come from a real build over loopback; the store's API is the platform's, so its answers are given here.
"""

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from site_builder.objects import FolderStore
from site_builder.serve import Watcher, server
from site_builder.target import Site
from tests.site_builder.conftest import FIXTURES, THEMES
from tests.site_builder.played import KEY, Store, cny, problem

pytestmark = pytest.mark.browser

CHECKOUT = "/checkout/?sku=sku_steamcn2&quantity=2"


@pytest.fixture(scope="module", params=THEMES)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A shop in each bundled theme: all share the script, each has its own page around it."""
    folder = tmp_path_factory.mktemp("site")
    told = json.loads((FIXTURES / "twelve.json").read_text("utf-8"))
    told["theme"] = {"handle": request.param, "preset": None, "settings": {}}
    (folder / "shop.json").write_text(json.dumps(told), "utf-8")
    watcher = Watcher(Site(FolderStore(folder), "sites/x"), folder / "shop.json", request.param)
    assert watcher.refresh().startswith("built")
    with server(watcher, 0) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def page(browser: Browser, address: str, store: Store) -> Iterator[Page]:
    context = browser.new_context(base_url=address, locale="zh-CN", permissions=["clipboard-read", "clipboard-write"])
    context.route("**/api/**", store.handle)
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    yield opened
    context.close()
    assert faults == []


def fill_in(page: Page, contact: str = "a@b.example") -> None:
    page.goto(CHECKOUT)
    page.fill("#contact", contact)
    expect(page.locator("[data-pay]")).to_be_enabled()
    expect(page.locator("[name=method]:checked")).to_have_count(1)


def test_an_order_carries_what_the_buyer_saw(page: Page, store: Store) -> None:
    fill_in(page)
    page.fill("#query_password", "geheim")
    page.locator(".method", has_text="支付宝").click()
    page.click("[data-pay]")
    page.wait_for_url("**/order/?number=N1")
    assert store.bodies("/orders") == [
        {
            "items": [{"sku": "sku_steamcn2", "quantity": 2}],
            "contact": {"email": "a@b.example"},
            "query_password": "geheim",
            "total": cny(19520),
            "locale": "zh-CN",
            "payment": {"method": "alipay"},
        }
    ]
    assert "geheim" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


def test_a_coupon_is_tried_shown_and_sent(page: Page, store: Store) -> None:
    fill_in(page)
    page.fill("#coupon", "wrong")
    page.press("#coupon", "Enter")
    expect(page.locator("#coupon-error")).to_have_text("没有这个优惠码")
    expect(page.locator("[data-off]")).to_be_hidden()
    expect(page.locator("[data-total]")).to_have_text("¥195.20")
    page.fill("#coupon", "ten")
    page.click("[data-apply]")
    expect(page.locator("#coupon-error")).to_be_hidden()
    expect(page.locator("[data-discount]")).to_have_text("-¥10.00")
    expect(page.locator("[data-total]")).to_have_text("¥185.20")
    page.click("[data-pay]")
    page.wait_for_url("**/order/?number=N1")
    (sent,) = store.bodies("/orders")
    assert (sent["coupon"], sent["total"]) == ("TEN", cny(18520))


def test_a_double_click_and_a_reload_make_one_order(page: Page, store: Store) -> None:
    store.status = "pending_payment"
    fill_in(page)
    page.dblclick("[data-pay]")
    page.wait_for_url("**/order/**")
    fill_in(page)
    page.click("[data-pay]")
    page.wait_for_url("**/order/**")
    assert len(store.keys()) >= 2
    assert len(set(store.keys())) == 1
    assert re.fullmatch(r"[0-9a-f]{32}", store.keys()[0])


def test_another_order_has_another_key(page: Page, store: Store) -> None:
    store.status = "pending_payment"
    fill_in(page)
    page.click("[data-pay]")
    page.wait_for_url("**/order/**")
    fill_in(page, "other@b.example")
    page.click("[data-pay]")
    page.wait_for_url("**/order/**")
    assert len(set(store.keys())) == 2


def test_a_lost_answer_is_asked_again_with_the_same_key(page: Page, store: Store) -> None:
    lost = []
    fill_in(page)

    def once(route: Route) -> None:
        lost.append(route.request.headers["idempotency-key"])
        route.abort() if len(lost) == 1 else store.handle(route)

    page.route("**/api/orders", once)
    page.click("[data-pay]")
    page.wait_for_url("**/order/**")
    assert len(lost) == 2 and len(set(lost)) == 1


def test_a_changed_price_is_shown_before_anything_is_paid(page: Page, store: Store) -> None:
    def refuse(body: Any) -> tuple[int, Any]:
        store.unit, store.order = 9900, store.accepted
        return 409, problem("price_changed", 409)

    store.order = refuse
    fill_in(page)
    page.click("[data-pay]")
    expect(page.locator("[data-error]")).to_contain_text("¥198.00")
    expect(page.locator("[data-total]")).to_have_text("¥198.00")
    page.click("[data-pay]")
    page.wait_for_url("**/order/**")
    assert [body["total"]["amount"] for body in store.bodies("/orders")] == [19520, 19800]
    assert len(set(store.keys())) == 2


def test_a_refused_field_is_marked_in_the_language_of_the_page(page: Page, store: Store) -> None:
    store.order = lambda body: (
        422,
        problem("validation_failed", 422, {"pointer": "/contact/email", "message": "无法送达"}),
    )
    fill_in(page)
    page.click("[data-pay]")
    expect(page.locator("#contact-error")).to_have_text("无法送达")
    expect(page.locator("#contact")).to_have_attribute("aria-invalid", "true")
    page.fill("#contact", "nonsense")
    page.click("[data-pay]")
    expect(page.locator("#contact-error")).to_have_text("请填写有效的邮箱或手机号。")
    assert store.calls[-1][1]["accept-language"] == "zh-CN"
    assert len(store.bodies("/orders")) == 1


def test_live_price_and_stock_replace_those_of_the_built_page(page: Page) -> None:
    page.goto("/p/steam-cn/")
    expect(page.locator("[data-price]")).to_have_text("¥51.00")
    expect(page.locator("[data-stock-now]")).to_have_text("库存紧张")
    expect(page.locator("#quantity")).to_have_value("2")
    expect(page.locator("[data-total]")).to_have_text("¥102.00")
    expect(page.locator("input[value=sku_steamcn2]")).to_be_disabled()
    expect(page.locator("input[value=sku_steamcn4]")).to_be_disabled()
    page.locator("label.sku", has_text="¥200").click()
    page.locator("[data-step='1']").click(click_count=9)
    expect(page.locator("#quantity")).to_have_value("5")
    expect(page.locator("[data-total]")).to_have_text("¥975.00")
    page.click("[data-now]")
    page.wait_for_url("**/checkout/?sku=sku_steamcn3&quantity=5")


def test_a_cart_goes_to_checkout_and_is_empty_after_the_order(page: Page, store: Store) -> None:
    page.goto("/p/steam-cn/")
    expect(page.locator("[data-price]")).to_have_text("¥51.00")
    page.click("[data-add]")
    expect(page.locator("[data-cart-count]").first).to_have_text("2")
    page.goto("/cart/")
    expect(page.locator("[data-total]")).to_have_text("¥195.20")
    page.click("[data-go]")
    page.fill("#contact", "+86 138 0000 0000")
    expect(page.locator("[data-pay]")).to_be_enabled()
    expect(page.locator("[name=method]:checked")).to_have_count(1)
    page.click("[data-pay]")
    page.wait_for_url("**/order/**")
    assert store.bodies("/orders")[0]["contact"] == {"phone": "+8613800000000"}
    page.goto("/cart/")
    expect(page.locator("#cart-empty")).to_be_visible()


def open_order(page: Page) -> None:
    page.goto("/order/?number=N1#token=secret")
    expect(page.locator("#order")).to_be_visible()


def test_goods_are_masked_shown_copied_and_saved(page: Page) -> None:
    open_order(page)
    secret = page.locator(".credential code").nth(1)
    expect(page.locator("[data-title]")).to_have_text("已完成")
    expect(secret).to_have_text("••••••••••••")
    assert KEY not in page.content() and "secret" not in page.url
    page.locator("[data-reveal]").nth(1).click()
    expect(secret).to_have_text(KEY)
    page.locator("[data-copy]").nth(1).click()
    assert page.evaluate("navigator.clipboard.readText()") == KEY
    page.click("[data-copy-all]")
    expect(page.locator("#toast")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == f"=1+1----{KEY}"
    assert saved(page, "txt") == f"=1+1----{KEY}\n"
    assert saved(
        page, "csv"
    ) == f'\ufeff"Steam ¥100 · 1","卡号","\'=1+1"\r\n"Steam ¥100 · 1","卡密","{KEY}"\r\n'.replace(
        "¥100 · 1", '¥100","1'
    )


def saved(page: Page, kind: str) -> str:
    with page.expect_download() as caught:
        page.click(f"[data-save={kind}]")
    assert caught.value.suggested_filename == f"N1.{kind}"
    return caught.value.path().read_bytes().decode()


def test_an_unpaid_order_counts_down_and_moves_on_by_itself(page: Page, store: Store) -> None:
    store.status = "pending_payment"
    open_order(page)
    expect(page.locator("[data-countdown]")).to_be_visible()
    expect(page.locator("a[data-pay]")).to_have_attribute("href", "/pay/N1")
    expect(page.locator("[data-goods]")).to_be_hidden()
    store.status = "completed"
    expect(page.locator("[data-goods]")).to_be_visible(timeout=15000)
    expect(page.locator("a[data-pay]")).to_be_hidden()
    assert all(headers["x-order-token"] == "secret" for path, headers, _ in store.calls if path == "/orders/N1")


def test_a_claim_is_sent_for_the_item_and_its_answer_shown(page: Page, store: Store) -> None:
    open_order(page)
    page.click("[data-claim]")
    page.wait_for_url("**/claim/?number=N1")
    page.click("#claim [type=submit]")
    expect(page.locator("#claim [data-error]")).to_be_visible()
    page.fill("#claim-reason", "提示已被使用")
    page.fill("#claim-evidence", "code already redeemed")
    page.click("#claim [type=submit]")
    expect(page.locator("[data-done]")).to_be_visible()
    expect(page.locator("[data-claims] li")).to_contain_text("提示已被使用")
    expect(page.locator("#claim form")).to_be_hidden()
    sent = {"order": "N1", "item": "itm_1", "reason": "提示已被使用", "evidence": "code already redeemed"}
    assert store.bodies("/claims") == [sent]
    store.claims[0] |= {"status": "rejected", "answer": "兑换记录在质保期之后"}
    page.reload()
    expect(page.locator("[data-claims] li")).to_contain_text("兑换记录在质保期之后")
    expect(page.locator("#claim form")).to_be_visible()


def test_a_claim_without_a_known_order_asks_which(page: Page) -> None:
    page.goto("/claim/")
    expect(page.locator("#claim-missing")).to_be_visible()
    page.evaluate("localStorage.setItem('cm.orders', JSON.stringify({N1: {token: 'secret', at: 1}}))")
    page.reload()
    page.click("[data-recent] a")
    expect(page.locator("#claim form")).to_be_visible()


@pytest.mark.parametrize("kind", ["card_key", "file"])
def test_steps_and_the_proof_are_those_of_what_was_bought(page: Page, store: Store, kind: str) -> None:
    store.kind = kind
    page.goto("/order/?number=N1#token=secret")
    expect(page.locator("[data-goods]")).to_be_visible()
    shown = page.evaluate("[...document.querySelectorAll('[data-redeem]:not([hidden])')].map((x) => x.dataset.redeem)")
    assert shown == [kind]
    assert page.locator("[data-proof]").is_visible() == (kind == "card_key")


def test_orders_are_found_again_by_number_and_contact(page: Page, store: Store) -> None:
    page.goto("/en/lookup/")
    page.fill("#number", "N1")
    page.fill("#secret", "wrong@b.example")
    page.click("#lookup [type=submit]")
    expect(page.locator("#lookup [data-error]")).to_have_text("No such order. Please check the number and contact.")
    page.fill("#secret", "a@b.example")
    page.click("#lookup [type=submit]")
    page.wait_for_url("**/en/order/?number=N1")
    expect(page.locator("[data-goods]")).to_be_visible()
    page.goto("/en/lookup/")
    expect(page.locator("[data-recent] a")).to_have_text(["N1"])


def test_a_foreign_order_shows_nothing(page: Page) -> None:
    page.goto("/order/?number=N2")
    expect(page.locator("#order-missing")).to_be_visible()
    expect(page.locator("#order")).to_be_hidden()


def test_search_answers_while_typing_in_chinese(page: Page) -> None:
    page.goto("/")
    page.fill("#find-q", "充值 移动")
    expect(page.locator("[data-find-list] a")).to_have_text(["中国移动 话费充值卡¥29.70 起"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/mobile-cn/")
    page.goto("/search/?q=STEAM")
    expect(page.locator("#search-results .card-name")).to_have_text(["Steam 充值卡 国区"])
    price = page.locator("#search-results .price")
    expect(price).to_have_text("¥48.80 起")
    expect(price.locator("b")).to_have_text("¥48.80")
    page.fill("#search-q", "没有这种东西")
    expect(page.locator("#search-empty")).to_be_visible()


def test_a_chosen_mode_stays(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    now = "getComputedStyle(document.documentElement).colorScheme"
    chosen = {"light": "dark", "dark": "light"}[page.evaluate(now)]
    page.click("[data-mode-toggle]")
    assert page.evaluate("document.documentElement.dataset.mode") == chosen
    page.goto("/p/steam-cn/")
    assert page.evaluate(now) == chosen


def test_reading_needs_no_script(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/p/steam-cn/")
    expect(page.locator("h1")).to_have_text("Steam 充值卡 国区")
    expect(page.locator(".sku-price").first).to_have_text("¥48.80")
    page.locator("label.sku", has_text="¥100").click()
    page.click("[data-now]")
    page.wait_for_url("**/checkout/?sku=sku_steamcn2&quantity=1")
    expect(page.locator("noscript")).to_be_visible()
    context.close()
