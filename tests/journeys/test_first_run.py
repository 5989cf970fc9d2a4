"""From the sign-up form to a first sale, each party in a browser: a distributor in Chinese, the others in English."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fixtures.installation import Installation, eventually

PASSWORD = "a long pass phrase"
KEYS = "\n".join(f"FIRSTRUN-{number:04}" for number in range(1, 6))
LICENCE = {"name": "licence.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 licence"}


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    made = browser.new_context(locale=request.param, viewport={"width": 1280, "height": 860})
    yield made
    made.close()


def signed_up(installation: Installation, page: Page, party: str, name: str, handle: str = "") -> None:
    """Two forms and a letter between them."""
    email = f"{party}-first@example.com"
    page.goto(f"http://localhost:{installation.port}/sign-up?as={party}")
    page.locator(f"[name=party][value={party}]").check()
    page.locator("[name=name]").fill(name)
    page.locator("[name=email]").fill(email)
    page.locator("button.primary").click()
    page.goto(installation.link(email, "sign-up/confirm"))
    if handle:
        page.locator("[name=handle]").fill(handle)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("button.primary").click()
    expect(page.locator(".first-run")).to_be_visible()


def operator(installation: Installation, page: Page) -> None:
    known = installation.credentials["platform"]
    page.goto(f"http://localhost:{installation.port}/sign-in")
    page.locator("[name=email]").fill(known["email"])
    page.locator("[name=password]").fill(known["password"])
    page.locator("button.primary").click()


def step(page: Page, title: str) -> None:
    """Do a step from the list on the home."""
    page.locator(".first-run li", has_text=title).locator(".actions .button").first.click()


@pytest.mark.parametrize("context", ["en-US"], indirect=True)
def test_a_supplier_signs_up_and_is_admitted(
    installation: Installation, browser: Browser, context: BrowserContext
) -> None:
    page = context.new_page()
    signed_up(installation, page, "supplier", "First Run Keys")
    home = page.url
    step(page, "Documents")
    page.locator("[name=name]").fill("First Run Keys Ltd")
    page.locator("[name=number]").fill("91310000FIRST")
    page.locator("[name=file]").set_input_files(LICENCE)  # pyright: ignore[reportArgumentType] - a file's three parts
    page.get_by_role("button", name="Send").click()
    page.goto(home)
    step(page, "First product")
    for name, value in (("product", "首航点券"), ("sku", "100 元"), ("base_price", "80"), ("tier_VIP2", "78")):
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=category]").select_option("games")
    page.get_by_role("button", name="Send for review").click()
    page.locator("[name=keys]").fill(KEYS)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("main")).to_contain_text("No line was refused", timeout=30_000)
    page.goto(home)
    step(page, "Test delivery")
    page.get_by_role("button", name="Try a delivery").click()
    expect(page.locator("dl.facts code")).to_contain_text("FI•")
    page.goto(home)
    step(page, "Submit for review")
    expect(page.locator(".flash.success")).to_contain_text("Submitted")
    admit(installation, browser)
    page.goto(home)
    expect(page.locator("main")).not_to_contain_text("still looking")


def admit(installation: Installation, browser: Browser) -> None:
    """The platform's first run: the supplier and what it offers; the rest is put aside."""
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    operator(installation, page)
    home = page.url
    page.goto(f"{home}suppliers")
    row = page.locator("tr", has_text="First Run Keys")
    expect(row).to_contain_text("Submitted")
    row.get_by_role("button", name="Admit").click()
    page.goto(f"{home}documents")
    page.locator("tr", has_text="First Run Keys").get_by_role("button", name="Look").click()
    page.get_by_role("button", name="Approve").click()
    page.goto(f"{home}review")
    page.get_by_role("checkbox", name="All of this page").check()
    page.locator("#bulk-review").get_by_role("button", name="Approve").click()
    page.goto(home)
    for _ in range(5):
        if page.locator(".first-run").count() == 0:
            break
        page.get_by_role("button", name="Skip").first.click()
    expect(page.locator(".first-run")).to_have_count(0)
    context.close()


@pytest.mark.parametrize("context", ["zh-CN"], indirect=True)
def test_a_distributor_signs_up_and_sells_a_test(installation: Installation, context: BrowserContext) -> None:
    page = context.new_page()
    signed_up(installation, page, "distributor", "首航小店", "first-run")
    store = f"http://first-run.localhost:{installation.port}"
    eventually(lambda: installation.store("first-run").call("GET", "/").status_code == 200, 20, "the public store")
    step(page, "选一套外观")
    page.locator("label.look").nth(2).click()
    page.get_by_role("button", name="保存，下一步").click()
    page.locator(".bundles .card", has_text="首航点券").get_by_role("button", name="上架全部").click()
    page.get_by_role("link", name="下一步：定加价").click()
    slider = page.locator("#percent")
    expect(page.locator("#profit")).to_contain_text("88")
    slider.focus()
    for _ in range(15):
        slider.press("ArrowRight")
    expect(page.locator("output")).to_have_text("25%")
    expect(page.locator("#profit")).to_contain_text("100.00")
    page.get_by_role("button", name="保存，下一步").click()
    page.get_by_role("link", name="下一步：试下一单").click()
    with context.expect_page() as opened:
        page.get_by_role("link", name="打开测试店铺").click()
    _buy(opened.value, store)
    expect(page.locator("main")).to_contain_text("TEST", timeout=20_000)
    page.get_by_role("link", name="留在子域名，完成").click()
    expect(page.locator(".first-run li.done")).to_have_count(5)
    page.goto(page.url.rstrip("/") + "/orders")
    expect(page.locator("main")).not_to_contain_text("TEST")


def _buy(tab: Page, store: str) -> None:
    """As a buyer would; each page says that it is a test."""
    expect(tab.locator(".draft-bar")).to_contain_text("测试模式", timeout=20_000)

    def listed() -> bool:
        tab.goto(f"{store}/search/?q=首航")
        return tab.get_by_role("link", name="首航点券").count() > 0

    eventually(listed, 30, "the goods in the store")
    tab.get_by_role("link", name="首航点券").first.click()
    tab.get_by_role("button", name="立即购买").click()
    tab.locator("#contact").fill("me@example.com")
    tab.locator("input[name=method]").first.check(force=True)
    expect(tab.locator("#checkout [data-total]").last).to_contain_text("100.00")
    tab.get_by_role("button", name=re.compile("支付|付款")).click()
    tab.wait_for_url(re.compile(r"/order/\?number=TEST"))
    expect(tab.locator(".draft-bar")).to_be_visible()
    tab.locator("[data-reveal-all]").click()
    expect(tab.locator("[data-goods]")).to_contain_text("TEST-NO-KEY")
