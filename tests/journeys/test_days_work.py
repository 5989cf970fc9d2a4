"""A day in each console, from the invitation on, and what a lesser role is refused.

The supplier's and the platform's people read Chinese here, the distributor's English; tests/journeys/test_first_run.py
has it the other way round.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fixtures.installation import Installation

PASSWORD = "a long pass phrase"
SHEET = """商品名称,分类,规格,类型,供货价,质保(小时),卡密
日常点券,games,100 元,卡密,90.00,0,DAY-AAAA-0001
,,,,,,DAY-AAAA-0002
日常月卡,games,30 天,卡密,20.00,0,DAY-BBBB-0001
坏行,games,10 元,卡密,-3,0,DAY-CCCC-0001
"""
FILE = {"name": "day.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}
Open = Callable[[str], Page]


@dataclass(frozen=True)
class Houses:
    """The installation, and the store that the platform's program opened before the day began."""

    installation: Installation
    distributor: str
    """Its API key."""
    tenant: str
    """Its id."""

    def url(self, path: str) -> str:
        return f"http://localhost:{self.installation.port}/{path}"


@pytest.fixture
def houses(installation: Installation) -> Houses:
    platform = installation.platform()
    body = {"name": "Day Shop", "handle": "day-shop", "owner_email": "owner@day.example", "locale": "en"}
    made = platform.post("/v1/platform/tenants", body, expect=201)
    credit = {"tenant": made["id"], "amount": {"amount": 50_000, "currency": "CNY"}, "reason": "prepaid"}
    platform.post("/v1/platform/wallet-credits", credit, expect=201, key="day-1")
    return Houses(installation, made["api_key"], made["id"])


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """A person's own browser, in a language."""
    made: list[BrowserContext] = []

    def new(locale: str) -> Page:
        made.append(browser.new_context(locale=locale, viewport={"width": 1280, "height": 860}))
        made[-1].set_default_timeout(15_000)
        return made[-1].new_page()

    yield new
    for context in made:
        context.close()


def test_a_day_in_the_three_consoles(houses: Houses, opened: Open) -> None:
    boss, owner, operator = opened("zh-CN"), opened("en-US"), opened("zh-CN")
    signed_in(houses, operator, houses.installation.credentials["platform"])
    _admits(houses, operator)
    invited(houses, boss, "boss@day.example")
    _stocks(houses, boss)
    _only_uploads(houses, boss, opened("zh-CN"))
    _reviews(houses, operator)
    expect_said(boss, houses.url("supplier/"), "请注明地区")
    invited(houses, owner, "owner@day.example")
    _sells(houses, owner)
    _loses_a_role(houses, owner, opened("en-US"))
    _follows_the_money(houses, operator)
    _helps(houses, operator, opened("zh-CN"))


def signed_in(houses: Houses, page: Page, known: dict[str, str]) -> None:
    page.goto(houses.url("sign-in"))
    page.locator("[name=email]").fill(known["email"])
    page.locator("[name=password]").fill(known["password"])
    page.locator("button.primary").click()
    expect(page.locator("nav.sidebar")).to_be_visible()


def invited(houses: Houses, page: Page, email: str) -> None:
    """By the letter's link to a password of one's own, and in."""
    page.goto(houses.installation.link(email, "set-password"))
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("button.primary").click()
    signed_in(houses, page, {"email": email, "password": PASSWORD})


def invite(houses: Houses, page: Page, console: str, email: str, role: str) -> None:
    page.goto(houses.url(f"{console}/team"))
    page.locator("[name=email]").fill(email)
    page.locator("main .card.form [name=role]").select_option(role)
    page.locator("main .card.form button.primary").click()
    expect(page.locator("main tr", has_text=email)).to_be_visible()


def expect_said(page: Page, url: str, words: str) -> None:
    page.goto(url)
    expect(page.locator("main")).to_contain_text(words)


def _admits(houses: Houses, page: Page) -> None:
    page.goto(houses.url("admin/suppliers"))
    page.locator("main .card.form [name=name]").fill("日常数卡")
    page.locator("main .card.form [name=email]").fill("boss@day.example")
    page.get_by_role("button", name="准入").click()
    expect(page.locator("main")).to_contain_text("只显示这一次")


def _stocks(houses: Houses, page: Page) -> None:
    """A sheet with a line that cannot be, a price changed, keys pasted."""
    page.goto(houses.url("supplier/imports"))
    page.locator("[name=file]").set_input_files(FILE)  # pyright: ignore[reportArgumentType] - a file's three parts
    page.get_by_role("button", name="开始导入").click()
    expect(page.locator("main .badge", has_text="已完成")).to_be_visible(timeout=30_000)
    expect(page.locator("main tbody tr")).to_have_count(1)
    page.goto(houses.url("supplier/offers"))
    page.get_by_role("link", name="日常点券").click()
    page.locator("[name=base_price]").fill("92")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".flash.success")).to_contain_text("已保存")
    page.locator("[name=keys]").fill("DAY-AAAA-0003\nDAY-AAAA-0001")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.locator("main .badge", has_text="已完成")).to_be_visible(timeout=30_000)
    expect(page.locator(".stat", has_text="重复")).to_contain_text("1")


def _only_uploads(houses: Houses, boss: Page, page: Page) -> None:
    """Who may bring keys sees what that takes, and not the money."""
    invite(houses, boss, "supplier", "keys@day.example", "key-uploader")
    invited(houses, page, "keys@day.example")
    offered = [re.compile(name) for name in ("首页", "供货", "导入", "账号安全")]
    expect(page.locator("nav.sidebar a")).to_have_text(offered)
    page.goto(houses.url("supplier/offers"))
    page.get_by_role("link", name="日常点券").click()
    expect(page.get_by_role("button", name="导入", exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="保存")).to_be_disabled()
    answer = page.goto(houses.url("supplier/wallet"))
    assert answer and answer.status == 403
    expect(page.locator("main")).to_contain_text("没有执行此操作的权限")


def _reviews(houses: Houses, page: Page) -> None:
    """One offer goes on sale; of the other the supplier reads why not."""
    for goods, button, reason in (("日常点券", "通过", ""), ("日常月卡", "拒绝", "请注明地区")):
        page.goto(houses.url("admin/review"))
        page.locator("tr", has_text=goods).get_by_role("checkbox").check()
        page.locator(".bulk [name=reason]").fill(reason)
        page.locator(".bulk").get_by_role("button", name=button).click()
        expect(page.locator(".flash.success")).to_be_visible()
        expect(page.locator("tr", has_text=goods)).to_have_count(0)


def _sells(houses: Houses, page: Page) -> None:
    """On sale at a profit that is shown first; sold to a program, revealed, given back."""
    page.goto(houses.url("distributor/catalogue?q=日常点券"))
    page.get_by_role("link", name="日常点券").click()
    page.locator("[name=percent]").fill("25")
    expect(page.locator("#margin")).to_contain_text("115.00")
    page.get_by_role("button", name="Put on sale").click()
    expect(page.locator(".flash.success")).to_contain_text("On sale")
    program = houses.installation.client(houses.distributor)
    sku = program.get("/v1/catalog/skus?q=日常点券")["data"][0]["id"]
    order = program.post("/v1/orders", {"external_ref": "DAY-1", "items": [{"sku": sku, "quantity": 1}]}, expect=201,
                         key="day-order")  # fmt: skip
    page.goto(houses.url("distributor/orders?q=DAY-1"))
    page.get_by_role("link", name=order["number"]).click()
    page.get_by_role("button", name="Reveal the goods").click()
    expect(page.locator("code.secret")).to_contain_text("DAY-AAAA")
    page.locator("summary", has_text="Refund").first.click()
    page.locator("details[open] [name=reason]").fill("Code was used")
    page.get_by_role("button", name=re.compile("Give back")).click()
    expect(page.locator(".flash.success")).to_contain_text("Refunded")
    expect(page.locator("main .page-head .badge")).to_have_text("Refunded")


def _loses_a_role(houses: Houses, owner: Page, page: Page) -> None:
    """A colleague is made a reader while a form is open: it is refused, and is not offered again."""
    invite(houses, owner, "distributor", "colleague@day.example", "manager")
    invited(houses, page, "colleague@day.example")
    page.goto(houses.url("distributor/coupons"))
    page.locator("[name=code]").fill("TOOLATE")
    row = owner.locator("main tr", has_text="colleague@day.example")
    row.locator("[name=role]").select_option("read-only")
    row.get_by_role("button", name="Save").click()
    expect(owner.locator(".flash.success")).to_be_visible()
    page.get_by_role("button", name="Create").click()
    expect(page.locator("main")).to_contain_text("You may not do this")
    page.goto(houses.url("distributor/coupons"))
    expect(page.locator("main")).to_contain_text("No coupons")
    expect(page.get_by_role("button", name="Create")).to_have_count(0)


def _follows_the_money(houses: Houses, page: Page) -> None:
    """From the balanced books to an entry, and on to the order that it is of."""
    page.goto(houses.url("admin/ledger"))
    page.get_by_role("link", name="逐笔核对").click()
    expect(page.locator("main")).to_contain_text("推导 = 存储 ✓")
    page.locator("tr", has=page.locator("td", has_text=re.compile("订单 "))).get_by_role("link").first.click()
    page.get_by_role("link", name="查看订单").click()
    expect(page.locator("main")).to_contain_text("为什么这样分")


def _helps(houses: Houses, operator: Page, page: Page) -> None:
    """Support looks at a merchant's console under a banner; it changes nothing, and settings are not its own."""
    invite(houses, operator, "admin", "support@day.example", "support")
    invited(houses, page, "support@day.example")
    expect_said(page, houses.url("admin/settings"), "开放注册")
    for button in page.locator("main form button.primary").all():
        expect(button).to_be_disabled()
    page.goto(houses.url(f"admin/tenants/{houses.tenant}"))
    page.locator("[name=reason]").fill("卡密显示问题")
    page.get_by_role("button", name="进入", exact=True).click()
    expect(page.locator(".visit")).to_contain_text("只读")
    page.goto(houses.url("distributor/orders"))
    page.locator("main tbody a").first.click()
    expect(page.get_by_role("button", name="查看卡密")).to_have_count(0)
    page.get_by_role("button", name="结束查看").click()
    expect(page.locator(".visit")).to_have_count(0)
