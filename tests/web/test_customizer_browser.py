"""The customizer in a real browser: edited by hand and keyboard, seen at once, published, restored; axe on all."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy import select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.stores.models import Store
from tests.fixtures.atelier import DESK, PHONE, SLOW, Atelier, draft, faults, saved


def order(page: Page) -> list[str]:
    """The sections' names in the tree."""
    return page.locator("#tree > ol > li > .tree-row > .tree-name").all_inner_texts()


@pytest.mark.browser
@pytest.mark.timeout(600)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_store_is_shaped_by_hand(atelier: Atelier, locale: str) -> None:
    zh = locale == "zh-CN"

    def t(chinese: str, english: str) -> str:
        return chinese if zh else english

    context = atelier.context(locale)
    page = atelier.open(context)
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    hero, promises = t("横幅", "Hero"), t("服务承诺", "Promises")
    assert order(page)[1] == hero

    # by keyboard
    page.get_by_role("button", name=t(f"移动「{hero}」", f"Move “{hero}”"), exact=True).focus()
    page.keyboard.press("ArrowUp")
    assert order(page)[0] == hero
    expect(page.locator("#announcer")).to_contain_text(t("第 1 个", "1 of"))
    page.keyboard.press("ArrowDown")
    assert order(page)[1] == hero, "the handle keeps the focus"

    # by dragging
    handle = page.get_by_role("button", name=t(f"移动「{promises}」", f"Move “{promises}”"), exact=True).bounding_box()
    first = page.locator("#tree > ol > li").first.bounding_box()
    assert handle and first
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(handle["x"] + 8, first["y"] + 20, steps=6)
    page.mouse.move(handle["x"] + 8, first["y"] + 2, steps=3)
    page.mouse.up()
    expect(page.locator("#tree > ol > li").first).to_contain_text(promises)
    saved(page)

    # hide, add, remove
    hiding = page.get_by_role("button", name=t(f"隐藏「{promises}」", f"Hide “{promises}”"))
    hiding.click()
    expect(hiding).to_have_attribute("aria-pressed", "true")
    page.locator("#tree > .adder > summary").click()
    page.locator("#tree > .adder").get_by_role("button", name=promises).click()
    assert order(page).count(promises) == 2
    page.get_by_role("button", name=t(f"移除「{promises}」", f"Remove “{promises}”")).last.click()
    assert order(page).count(promises) == 1

    # a setting shows in the draft, back and forth
    page.locator("#tree").get_by_role("button", name=hero, exact=True).click()
    words = page.locator('#settings textarea[lang="zh-CN"]').first
    words.fill("今夜有货")
    saved(page)
    page.locator('[data-view="locale"] button[value="zh-CN"]').click()
    expect(draft(page, "h1, h2").filter(has_text="今夜有货").first).to_be_visible(timeout=SLOW)
    page.locator("#undo").click()
    saved(page)
    expect(draft(page, "body")).not_to_contain_text("今夜有货", timeout=SLOW)
    page.locator("#redo").click()
    saved(page)
    expect(draft(page, "body")).to_contain_text("今夜有货", timeout=SLOW)

    # a colour that cannot be read is told while it is picked
    page.locator("#tree > .tree-name").click()
    code = page.locator('#settings input[maxlength="7"]').first
    code.fill("#ffe08a")
    warning = page.locator(".contrast .flash").first
    expect(warning).to_contain_text(t("浅色模式", "Light mode"), timeout=SLOW)
    warning.get_by_role("button").click()
    expect(page.locator(".contrast")).not_to_contain_text(t("浅色模式", "Light mode"), timeout=SLOW)
    saved(page)

    # widths and modes
    for width, pixels in (("phone", 390), ("tablet", 820), ("desktop", 1280)):
        page.locator(f'[data-view="width"] button[value="{width}"]').click()
        assert page.evaluate("document.querySelector('#stage iframe').style.width") == f"{pixels}px"
    page.locator('[data-view="mode"] button[value="dark"]').click()
    expect(draft(page, 'html[data-mode="dark"]')).to_have_count(1, timeout=SLOW)

    # published with what it changes in words; the store's page is another one
    before = atelier.live()
    assert "今夜有货" not in before
    page.locator("#publish").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(t("移动「服务承诺」", "moved “Promises”"))
    expect(dialog).to_contain_text(t("隐藏「服务承诺」", "hid “Promises”"))
    expect(dialog).to_contain_text("今夜有货")
    expect(dialog).to_contain_text(t("品牌色", "Brand colour"))
    assert faults(page) == []
    dialog.get_by_role("button", name=t("发布", "Publish"), exact=True).click()
    expect(dialog.locator(".success")).to_be_visible(timeout=SLOW)
    assert "今夜有货" in atelier.live()
    page.keyboard.press("Escape")

    # restored
    page.locator("#history").click()
    expect(page.get_by_role("dialog").locator("li li").first).to_be_visible(timeout=SLOW)
    page.get_by_role("dialog").get_by_role("button", name=t("恢复并发布", "Restore and publish")).last.click()
    expect(page.get_by_role("dialog").locator(".success")).to_be_visible(timeout=SLOW)
    assert atelier.live() == before
    assert told == []
    context.close()


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_a_look_from_the_gallery_and_a_link_for_a_friend(atelier: Atelier) -> None:
    context = atelier.context()
    page = atelier.open(context)
    page.locator("#gallery").click()
    assert faults(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Neon").first.click()
    saved(page)
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(Store.theme)).one() == "classic", "a draft is no look yet"
    page.locator("#share").click()
    url = page.get_by_role("dialog").locator("input").input_value()
    friend = atelier.browser.new_context(viewport=PHONE)
    shown = friend.new_page()
    answer = shown.goto(url)
    assert answer and answer.status == 200 and answer.headers["x-robots-tag"] == "noindex, nofollow"
    expect(shown.locator(".draft-bar")).to_be_visible()
    refused = shown.evaluate("fetch('/api/store').then(() => 'answered', () => 'refused')")
    assert refused == "refused", "the store's API is out of reach"
    assert (
        shown.evaluate("fetch(document.documentElement.dataset.prefix + '/search.json').then((a) => a.status)") == 200
    )
    link = shown.locator('a[href*="/search/"], a[href*="/lookup/"]').first.get_attribute("href")
    assert link and link.startswith("/-/draft/")
    friend.close()
    page.keyboard.press("Escape")
    page.locator("#undo").click()
    saved(page)
    context.close()


@pytest.mark.browser
@pytest.mark.timeout(600)
@pytest.mark.parametrize("choice", ["Take theirs", "Keep mine"])
def test_two_editors_lose_nothing(atelier: Atelier, choice: str) -> None:
    one, two = atelier.context(), atelier.context()
    first, second = atelier.open(one), atelier.open(two)
    colour = '#settings input[maxlength="7"]'
    first.locator(colour).first.fill("#0b5d1e")
    saved(first)
    second.locator(colour).first.fill("#7a1f5c")
    dialog = second.get_by_role("dialog")
    expect(dialog).to_contain_text("changed meanwhile by", timeout=SLOW)
    assert faults(second) == []
    dialog.get_by_role("button", name=choice).click()
    saved(second)
    mine, theirs = ("#7a1f5c", "#0b5d1e") if choice == "Keep mine" else ("#0b5d1e", "#7a1f5c")
    expect(second.locator(colour).first).to_have_value(mine)
    second.locator("#undo").click()
    expect(second.locator(colour).first).to_have_value(theirs)
    saved(second)
    one.close()
    two.close()


@pytest.mark.browser
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("theme", "size", "locale"), [("dark", PHONE, "zh-CN"), ("light", DESK, "en"), ("dark", DESK, "en")]
)
def test_axe_finds_nothing(atelier: Atelier, theme: str, size: ViewportSize, locale: str) -> None:
    context = atelier.context(locale, theme, size)
    page = atelier.open(context)
    for part in ("tree", "preview", "settings") if size is PHONE else ("",):
        if part:
            page.locator(f'.customizer-parts [data-part="{part}"]').click()
        assert faults(page) == []
        assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    context.close()
