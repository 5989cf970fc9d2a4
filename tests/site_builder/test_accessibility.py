"""Every page of every bundled look in a real browser: axe finds nothing, all words stand out, nothing is cut off.

Modes, languages and sizes take turns over pages and looks, so that the pages of each theme are seen in all of them;
whether a page overflows is asked of all on the narrow screen. On the way each is weighed: what it loads, from where,
and whether anything moves once it is shown.
"""

import gzip
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from site_builder import theme as themes
from site_builder.check.budgets import SCRIPT_LIMIT, STYLE_LIMIT
from site_builder.objects import FolderStore
from site_builder.release import release
from site_builder.samples import sample
from site_builder.snapshot import ThemeChoice
from site_builder.target import Site
from tests.site_builder.legible import unreadable
from tests.site_builder.matrix import DESK, LOOKS, MODES, ORIGIN, PHONE, published
from tests.site_builder.played import Store

pytestmark = pytest.mark.browser

STEADY = 0.02
"""Cumulative layout shift: what a button moves when goods have sold out since the build. Lighthouse allows 0.1."""
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
    "/claim/?number=N1": "#claim:not([hidden])",
    "/404.html": "h1",
    "/maintenance.html": "h1",
}
"""Path and what is there once the page has its data."""
MOVED = """new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) self.moved = (self.moved ?? 0) + value;
}).observe({ type: "layout-shift", buffered: true })"""
SETTLED = "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(self.moved ?? 0))))"
KNOWN = '{"N1": {"token": "secret", "at": 1}}'


@pytest.fixture(scope="module", params=LOOKS, ids=lambda look: "-".join(look))
def look(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, int]:
    """A shop of twelve products, some with very long names, in one look. → its site, the look's number."""
    theme, preset = request.param
    snapshot = replace(sample(12), theme=ThemeChoice(handle=theme, preset=preset))
    site = Site(FolderStore(tmp_path_factory.mktemp("site")), "sites/x")
    release(site, snapshot, themes.find(theme))
    return site, LOOKS.index(request.param)


@pytest.mark.timeout(300)
def test_axe_finds_nothing_and_nothing_overflows(browser: Browser, look: tuple[Site, int]) -> None:
    site, number = look
    faults = []
    for place, (path, ready) in enumerate(PAGES.items(), number):
        mode, size = MODES[place % 2], (PHONE, DESK)[place // 2 % 2]
        context = browser.new_context(base_url=ORIGIN, viewport=PHONE, reduced_motion="reduce", color_scheme=mode)
        # A theme may be dark at first, whatever the system says.
        context.add_init_script(f"localStorage.setItem('cm.mode', '{mode}')")
        context.add_init_script(f"localStorage.setItem('cm.orders', '{KNOWN}')")
        context.route("**/*", lambda route: published(site, route))
        context.route("**/api/**", Store().handle)
        context.add_init_script(MOVED)
        page, asked = context.new_page(), list[str]()
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"/en{path}" if place // 4 % 2 else path)
        page.locator(ready).first.wait_for(state="attached")
        assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == mode
        wider = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
        faults += [f"{page.url} is {wider} px wider than a phone's screen"] if wider > 0 else []
        moved = page.evaluate(SETTLED)
        faults += [f"{page.url} moves by {moved:.3f} while it loads"] if moved > STEADY else []
        faults += [f"{page.url} {words}" for words in burdens(site, asked)]
        page.set_viewport_size(size)
        found = Axe().run(page)
        faults += [f"{page.url} in {mode}: {found.generate_report()}"] if found.violations_count else []
        faults += [f"{page.url} in {mode} at {size['width']}: {words}" for words in unreadable(page)]
        context.close()
    assert faults == [], "\n".join(faults)


def burdens(site: Site, asked: list[str]) -> list[str]:
    """What a page asks of others, and of the network more than it may: compressed, as it travels."""
    found = [f"asks {url}" for url in asked if not url.startswith((f"{ORIGIN}/", "data:"))]
    for kind, most in ((".js", SCRIPT_LIMIT), (".css", STYLE_LIMIT)):
        files = [site.read(path) for path in {urlsplit(url).path for url in asked} if path.endswith(kind)]
        size = sum(len(gzip.compress(file[0], 6, mtime=0)) for file in files if file)
        found += [f"loads {size} bytes of {kind}"] if not 0 < size <= most else []
    return found
