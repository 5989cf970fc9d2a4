"""A buyer in headless Chromium, on a phone, in Chinese: declined, asked for 3-D Secure, paid."""

from collections.abc import Iterator

import pytest
import stripe
from playwright.sync_api import Browser, Page, expect

from tests.sims.desk import Shop, new_session, open_shop

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, api: stripe.StripeClient, shop: Shop) -> Iterator[Page]:
    """Closed before the servers are, so that nothing it still loads is cut."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    # A 402 or 422 answer is a page with an error text; Chromium notes it as a failed resource.
    assert [line for line in problems if "status of 4" not in line] == []


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Where the pay page sends the buyer back to."""
    with open_shop() as shop:
        yield shop


def test_a_buyer_pays_on_a_phone(page: Page, api: stripe.StripeClient, shop: Shop) -> None:
    back = shop.url.replace("/hooks/stripe", "/done?session={CHECKOUT_SESSION_ID}")
    session = new_session(api, success_url=back, cancel_url=shop.url)
    page.goto(session.url or "")
    expect(page.get_by_role("note")).to_contain_text("模拟支付")
    assert page.evaluate("document.documentElement.scrollWidth") == 390, "nothing sticks out on a phone"
    page.get_by_role("button", name="4000 0000 0000 0002").click()
    expect(page.get_by_label("卡号")).to_have_value("4000 0000 0000 0002")
    page.get_by_role("button", name="支付 ¥19.99").click()
    expect(page.get_by_role("alert")).to_have_text("您的银行卡被拒绝，请换一张卡重试。")
    page.get_by_label("卡号").fill("")
    page.get_by_label("卡号").press_sequentially("4000002500003155")
    expect(page.get_by_label("卡号")).to_have_value("4000 0025 0000 3155")
    page.get_by_label("有效期").fill("")
    page.get_by_label("有效期").press_sequentially("1234")
    expect(page.get_by_label("有效期")).to_have_value("12 / 34")
    page.get_by_label("安全码").fill("123")
    page.get_by_role("button", name="支付 ¥19.99").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3-D Secure 验证")
    page.get_by_role("button", name="确认付款").click()
    page.wait_for_url(f"**/done?session={session.id}")
    assert api.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert [charge.paid for charge in api.v1.charges.list().data] == [True, False]


def test_alipay_by_keyboard_and_a_double_click_pays_once(page: Page, api: stripe.StripeClient, shop: Shop) -> None:
    session = new_session(api, success_url=shop.url.replace("/hooks/stripe", "/done"), locale="en")
    page.goto(session.url or "")
    page.locator("summary", has_text="Alipay").press("Enter")
    page.get_by_role("button", name="Continue with Alipay").press("Enter")
    page.get_by_role("button", name="Authorize payment").dblclick()
    page.wait_for_url("**/done")
    assert len(api.v1.charges.list().data) == 1
