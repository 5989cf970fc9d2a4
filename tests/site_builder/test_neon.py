"""What only the theme `neon` promises: dark at first, one drawing manner per look, a stage that bears an empty shop."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from site_builder import strict
from site_builder import theme as themes
from site_builder.objects import FolderStore
from site_builder.samples import sample
from site_builder.serve import Watcher, server
from site_builder.snapshot import Snapshot, ThemeChoice
from site_builder.target import Site
from tests.site_builder.conftest import Built, make

MODE = re.compile(r'<html [^>]*data-mode="(\w+)"')


def neon(snapshot: Snapshot, preset: str = "pulse", **settings: object) -> Built:
    choice = ThemeChoice(handle="neon", preset=preset, settings=settings)
    return make(replace(snapshot, theme=choice), themes.find("neon"))


@pytest.mark.parametrize(("mode", "told"), [(None, ["dark"]), ("light", ["light"]), ("system", [])])
def test_the_mode_at_first_is_dark_unless_the_owner_says_otherwise(mode: str | None, told: list[str]) -> None:
    shop = neon(sample(0), **({"mode": mode} if mode else {}))
    assert {tuple(MODE.findall(html)) for html in shop.html().values()} == {tuple(told)}


@pytest.mark.parametrize(("preset", "mark"), [("pulse", "radialGradient"), ("glacier", 'rx="20"'), ("ember", "skewX")])
def test_each_look_draws_in_its_own_manner(preset: str, mark: str) -> None:
    shop = neon(sample(6), preset)
    drawn = [shop.text(path) for path in shop.manifest.entries if path.startswith("/assets/art/")]
    assert len(drawn) >= 6
    assert all(mark in picture for picture in drawn)


@pytest.mark.parametrize("preset", ["pulse", "glacier", "ember"])
@pytest.mark.parametrize("products", [0, 12])
def test_the_hero_shows_goods_only_where_there_are_some(preset: str, products: int) -> None:
    home = neon(sample(products), preset).text("/index.html")
    hero = home[home.index('<section class="hero') : home.index("</section>")]
    shown = re.findall(r'<img src="([^"]+)"', hero)
    expected = {"pulse": 3, "glacier": 0, "ember": 3} if products else {}
    assert len(shown) == expected.get(preset, 0)
    assert ("hero-bare" in hero) == (not shown)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A shop whose categories run over two pages, listening."""
    folder: Path = tmp_path_factory.mktemp("neon")
    (folder / "shop.json").write_text(json.dumps(strict.dump(replace(sample(190), theme=ThemeChoice(handle="neon")))))
    watcher = Watcher(Site(FolderStore(folder / "out"), "sites/x"), folder / "shop.json", "neon")
    watcher.refresh()
    with server(watcher, 0) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, reduced_motion="reduce")
    opened, faults = context.new_page(), list[str]()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []


@pytest.mark.browser
def test_a_rail_is_moved_by_its_arrows(page: Page) -> None:
    page.goto("/en/")
    rail = page.locator("[data-rail] > ul")
    page.get_by_role("button", name="Forward").click()
    expect(rail).not_to_have_js_property("scrollLeft", 0)
    page.get_by_role("button", name="Back", exact=True).click()
    expect(rail).to_have_js_property("scrollLeft", 0)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "name", "how"),
    [("/en/", "Home", "page"), ("/en/c/games/", "Games", "page"), ("/en/c/games/2/", "Games", "true")],
)
def test_the_navigation_shows_where_one_is(page: Page, path: str, name: str, how: str) -> None:
    page.goto(path)
    expect(page.locator(".cats [aria-current]")).to_have_text([name])
    expect(page.locator(".cats [aria-current]")).to_have_attribute("aria-current", how)


@pytest.mark.browser
def test_the_first_switch_of_mode_leads_to_light_and_lasts(page: Page) -> None:
    page.goto("/")
    page.locator("[data-mode-toggle]").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mode", "light")
