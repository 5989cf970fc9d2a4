"""Pictures of every page in every look: `python -m tests.site_builder.shots`, then open var/shots/index.html.

Themes × presets × pages × languages × light and dark × phone and desktop, from a real build in one Chromium. What the
store's API would answer is given here, as in the tests of the script.
"""

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from itertools import product
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, sync_playwright

from site_builder import theme as themes
from site_builder.objects import FolderStore
from site_builder.release import release
from site_builder.snapshot import Snapshot, ThemeChoice
from site_builder.target import Site
from tests.fixtures.browser import FLAGS, program
from tests.site_builder.conftest import FIXTURES, SHOPS, THEMES, load
from tests.site_builder.legible import unreadable
from tests.site_builder.matrix import DESK, MODES, ORIGIN, PHONE, looks_of, published
from tests.site_builder.played import Store, cny

SIZES: dict[str, ViewportSize] = {"phone": PHONE, "desktop": DESK}
PREFIXES = {"zh": "", "en": "/en"}
TALLEST = {"phone": 2600, "desktop": 2000}
"""Pixels of a page that are pictured: what is below repeats what is above."""
ORDER = "/order/?number=20260102-7QK4#token=secret"
PAGES = {
    "home": ("/", "h1"),
    "category": ("/c/{category}/", "h1"),
    "search": ("/search/?q={query}", "#search-results li, #search-empty:not([hidden])"),
    "product": ("/p/{product}/", "h1"),
    "cart": ("/cart/", "#cart .line-total:not(:empty), #cart-empty:not([hidden])"),
    "checkout": ("/checkout/?sku=sku_steamcn2&quantity=2", "[name=method]:checked"),
    "pay": (ORDER, "[data-countdown]:not([hidden])"),
    "result": (ORDER, "[data-goods]:not([hidden])"),
    "lookup": ("/lookup/", "[data-recent] li"),
    "announcement": ("/announcement/", "h1"),
    "claim": ("/claim/?number=20260102-7QK4", "#claim:not([hidden])"),
    "help": ("/pages/help/", "h1"),
    "404": ("/404.html", "h1"),
    "maintenance": ("/maintenance.html", "h1"),
}
"""Path, and what is there once the page has its data."""

SHAPES = ("800x800", "480x900", "1200x500", "")
PHOTO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
    '<rect width="100%" height="100%" fill="hsl({hue} 55% 60%)"/><circle cx="50%" cy="50%" r="30%" fill="#fff8"/>'
    '<rect width="100%" height="100%" fill="none" stroke="hsl({hue} 60% 25%)" stroke-width="24"/></svg>'
)
SETTLED = """Promise.all([document.fonts.ready, ...[...document.images].map((image) => {
  image.loading = "eager";
  return image.decode().catch(() => {});
})])"""
"""Every picture is there, those far below too."""


class Day(Store):
    """A customer's day: an order of two kinds of goods, one with a long name."""

    def shown(self) -> dict[str, Any]:
        shown = super().shown()
        names = (
            "Steam 充值卡 国区 · ¥100",
            "Microsoft 365 家庭版 Family, for up to six people and all of their devices · 12 个月",
        )
        items = [
            {
                "id": f"itm_{n}",
                "name": name,
                "quantity": 2 - n,
                "total": cny(19520),
                "kind": ("card_key", "file")[n],
                "status": "delivered",
            }
            for n, name in enumerate(names)
        ]
        shown["order"] |= {"number": "20260102-7QK4", "items": items, "total": cny(39040)}
        if shown["codes"]:
            keys = shown["codes"][0]["credentials"]
            file = [{"type": "file", "label": "licence.pdf", "value": "/api/downloads/x"}]
            units = (("itm_0", 1, keys), ("itm_0", 2, keys[1:]), ("itm_1", 1, file))
            shown["codes"] = [{"item": item, "unit": unit, "credentials": those} for item, unit, those in units]
        else:
            left = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 840))
            shown["order"]["expires_at"] = left
        return shown

    def live(self) -> list[dict[str, Any]]:
        return [{**row, "stock": "in_stock", "price": cny(9760)} for row in super().live()]


@dataclass(frozen=True)
class Look:
    """One store to be pictured, published. `preset` None: the theme's own."""

    theme: str
    preset: str | None
    site: Site
    snapshot: Snapshot

    def path(self, page: str, language: str) -> str:
        """Where a page is; the first goods and category of the shop stand for all."""
        shop = self.snapshot
        given = {
            "category": shop.categories[0].slug if shop.categories else "none",
            "product": shop.products[0].slug if shop.products else "none",
            "query": {"zh": "卡", "en": "card"}[language],
        }
        return PREFIXES[language] + PAGES[page][0].format(**given)


@contextmanager
def shop_of(theme: str, preset: str | None, shop: str, pictures: bool = False) -> Iterator[Look]:
    found = themes.find(theme)
    snapshot = replace(load(shop), theme=ThemeChoice(handle=found.handle, preset=preset))
    snapshot = with_pictures(snapshot) if pictures else snapshot
    with tempfile.TemporaryDirectory() as folder:
        site = Site(FolderStore(folder), "sites/x")
        release(site, snapshot, found)
        yield Look(found.handle, preset, site, snapshot)


def with_pictures(shop: Snapshot) -> Snapshot:
    """A logo, and pictures of every shape for all goods but each fourth, as suppliers give them or do not."""
    goods = [
        replace(one, image=f"/media/{SHAPES[n % 4]}-{n * 47 % 360}.svg") if n % 4 < 3 else one
        for n, one in enumerate(shop.products)
    ]
    return replace(shop, products=tuple(goods), store=replace(shop.store, logo="/media/240x240-210.svg"))


def photographed(route: Route) -> None:
    """A picture as large as its name says, `<width>x<height>-<hue>.svg`, with a frame that shows what is cut off."""
    width, height, hue = re.findall(r"\d+", route.request.url.rpartition("/")[2])
    route.fulfill(content_type="image/svg+xml", body=PHOTO.format(width=width, height=height, hue=hue))


@contextmanager
def visitor(browser: Browser, look: Look, size: str, mode: str, store: Day) -> Iterator[BrowserContext]:
    """A browser with a filled cart and a known order."""
    context = browser.new_context(base_url=ORIGIN, viewport=SIZES[size], reduced_motion="reduce")
    context.set_default_timeout(15_000)
    line = {"sku": "sku_steamcn2", "name": "Steam 充值卡 国区 · ¥100", "url": "/p/steam-cn/", "quantity": 2, "max": 20}
    kept = {
        "cm.mode": mode,
        "cm.cart": json.dumps([line, {**line, "sku": "sku_steamcn3", "name": "Steam 充值卡 国区 · ¥200"}]),
        "cm.orders": json.dumps({"20260102-7QK4": {"token": "secret", "at": 1_767_323_045_000}}),
    }
    context.add_init_script(f"for (const [k, v] of Object.entries({json.dumps(kept)})) localStorage.setItem(k, v)")
    context.route("**/*", lambda route: published(look.site, route))
    context.route("**/media/*.svg", photographed)
    context.route("**/api/**", store.handle)
    yield context
    context.close()


def pictures(
    browser: Browser, look: Look, pages: Sequence[str], sizes: Sequence[str], out: Path
) -> Iterator[tuple[str, Page]]:
    """Take every picture of a look. → their paths within `out`, each with the page it is of."""
    store = Day()
    for size, mode in product(sizes, MODES):
        with visitor(browser, look, size, mode, store) as context:
            page = context.new_page()
            for name, language in product(pages, PREFIXES):
                store.status = "pending_payment" if name == "pay" else "completed"
                page.set_viewport_size(SIZES[size])
                page.goto("about:blank")
                page.goto(look.path(name, language))
                page.locator(PAGES[name][1]).first.wait_for(state="attached")
                page.evaluate(SETTLED)
                file = f"{look.theme}/{look.preset}/{name}-{language}-{mode}-{size}.png"
                (out / file).parent.mkdir(parents=True, exist_ok=True)
                height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST[size])
                page.set_viewport_size({**SIZES[size], "height": height})  # bars at the edge stand at the edge
                page.screenshot(path=out / file, animations="disabled")
                yield file, page


def faults(page: Page) -> list[str]:
    """What axe finds, and words that do not stand out. The page cannot be used any more."""
    found = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in Axe().run(page).response["violations"]]
    return found + unreadable(page)


def sheet(files: Sequence[str]) -> str:
    """An HTML page of all pictures, a row a page of a look."""
    rows: dict[str, list[str]] = {}
    for file in files:
        rows.setdefault(file.split("-")[0], []).append(file)
    body = "".join(
        f"<h2>{escape(name)}</h2><p>"
        + "".join(
            f'<a href="{f}"><img src="{f}" alt="{escape(f)}" title="{escape(f)}" loading="lazy"></a>' for f in row
        )
        + "</p>"
        for name, row in rows.items()
    )
    style = "body{font:15px sans-serif}p{display:flex;flex-wrap:wrap;gap:8px}img{height:300px;border:1px solid #999}"
    return f'<!doctype html><meta charset="utf-8"><title>Shots</title><style>{style}</style>{body}\n'


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures asked for. → 0, or 1 when the check found something or the time was up."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.site_builder.shots", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--theme", help="handle or folder of one; default: every bundled one")
    parser.add_argument("--preset", help="default: every one")
    parser.add_argument("--page", choices=list(PAGES), action="append", help="default: every one; may be repeated")
    parser.add_argument("--size", choices=list(SIZES), help="default: both")
    parser.add_argument("--shop", choices=SHOPS, default="mall", help="which fixture shop; default: mall")
    parser.add_argument("--pictures", action="store_true", help="with a logo and suppliers' pictures of every shape")
    parser.add_argument("--check", action="store_true", help="ask axe and the contrast of every word as well")
    parser.add_argument("--out", type=Path, default=FIXTURES.parents[2] / "var" / "shots")
    parser.add_argument("--minutes", type=float, default=20, help="stop after so long")
    options = parser.parse_args(arguments)
    wanted = [options.theme] if options.theme else THEMES
    looks = [look for look in looks_of(wanted) if options.preset in (None, look[1])]
    sizes, pages = [options.size] if options.size else list(SIZES), options.page or list(PAGES)
    bad, until, files = 0, time.monotonic() + options.minutes * 60, list[str]()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        for theme, preset in looks:
            with shop_of(theme, preset, options.shop, options.pictures) as look:
                for file, page in pictures(browser, look, pages, sizes, options.out):
                    files.append(file)
                    for fault in faults(page) if options.check else ():
                        bad += 1
                        print(f"{file}: {fault}", flush=True)
                    if time.monotonic() > until:
                        raise SystemExit(f"time is up after {len(files)} pictures")
            print(f"{theme} {preset}: {len(files)} pictures", flush=True)
        browser.close()
    (options.out / "index.html").write_text(sheet(files), "utf-8")
    print(options.out / "index.html")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
