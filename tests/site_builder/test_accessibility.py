"""Every page of every bundled look in a real browser: axe finds nothing, nothing runs off a phone's edge.

Modes, languages and sizes take turns over pages and looks, so that the pages of each theme are seen in all of them;
whether a page overflows is asked of all on the narrow screen.
"""

from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Route, ViewportSize

from site_builder import theme as themes
from site_builder.objects import FolderStore
from site_builder.release import release
from site_builder.samples import sample
from site_builder.snapshot import ThemeChoice
from site_builder.target import Site
from tests.site_builder.conftest import THEMES
from tests.site_builder.test_script import Store

pytestmark = pytest.mark.browser

LOOKS = [(theme, preset) for theme in THEMES for preset in sorted(themes.find(theme).presets)]
PAGES = {
    "/": "h1",
    "/c/games/": "h1",
    "/p/goods-0/": "[data-limits]:not(:empty)",
    "/search/?q=steam": "#search-results li",
    "/cart/": "#cart-empty",
    "/checkout/?sku=sku_0&quantity=2": "[name=method]:checked",
    "/lookup/": "#lookup",
    "/order/?number=N1#token=secret": "[data-goods] code",
    "/pages/help/": "h1",
    "/announcement/": "h1",
    "/404.html": "h1",
}
"""Path and what is there once the page has its data."""
MODES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
ORIGIN = "http://localhost:1"
PHONE: ViewportSize = {"width": 360, "height": 780}
DESK: ViewportSize = {"width": 1280, "height": 860}


@pytest.fixture(scope="module", params=LOOKS, ids=lambda look: "-".join(look))
def look(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, int]:
    """A shop of twelve products, some with very long names, in one look. → its site, the look's number."""
    theme, preset = request.param
    snapshot = replace(sample(12), theme=ThemeChoice(handle=theme, preset=preset))
    site = Site(FolderStore(tmp_path_factory.mktemp("site")), "sites/x")
    release(site, snapshot, themes.find(theme))
    return site, LOOKS.index(request.param)


def published(site: Site, route: Route) -> None:
    """Answer a request from the site itself, as a web server in front of it would."""
    body, headers = site.read(urlsplit(route.request.url).path) or (b"", {})
    route.fulfill(status=200 if headers else 404, headers=headers, body=body)


@pytest.mark.timeout(300)
def test_axe_finds_nothing_and_nothing_overflows(browser: Browser, look: tuple[Site, int]) -> None:
    site, number = look
    faults = []
    for place, (path, ready) in enumerate(PAGES.items(), number):
        mode, size = MODES[place % 2], (PHONE, DESK)[place // 2 % 2]
        context = browser.new_context(base_url=ORIGIN, viewport=PHONE, reduced_motion="reduce", color_scheme=mode)
        # A theme may be dark at first, whatever the system says.
        context.add_init_script(f"localStorage.setItem('cm.mode', '{mode}')")
        context.route("**/*", lambda route: published(site, route))
        context.route("**/api/**", Store().handle)
        page = context.new_page()
        page.goto(f"/en{path}" if place // 4 % 2 and path != "/404.html" else path)
        page.locator(ready).first.wait_for(state="attached")
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == mode
        wider = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
        faults += [f"{page.url} is {wider} px wider than a phone's screen"] if wider > 0 else []
        page.set_viewport_size(size)
        found = Axe().run(page)
        faults += [f"{page.url} in {mode}: {found.generate_report()}"] if found.violations_count else []
        context.close()
    assert faults == [], "\n".join(faults)
