"""Every screen of the three consoles in a real browser: axe finds nothing, nothing runs off a phone's edge."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from werkzeug.serving import make_server

from tests.fixtures import walk
from tests.fixtures.operator import Desk
from tests.fixtures.shop import Console

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 860}


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The desk's application, listening."""
    server = make_server("127.0.0.1", 0, desk.stall.shop.consoles.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("theme", "size", "locale"), [("dark", PHONE, "en"), ("light", DESK, "zh-CN")])
def test_axe_finds_nothing_and_nothing_overflows(
    desk: Desk, address: str, browser: Browser, theme: str, size: ViewportSize, locale: str
) -> None:
    stall, faults, seen = desk.stall, list[str](), 0
    people = {"supplier": stall.sign_in, "distributor": stall.shop.sign_in, "admin": desk.sign_in}
    for face, sign_in in people.items():
        context = browser.new_context(viewport=size, bypass_csp=True)
        _enter(context, sign_in(locale=locale), address, theme)
        page = context.new_page()
        for path in _screens(desk, face):
            answer = page.goto(address + path)
            assert answer and answer.status == 200, path
            assert page.evaluate("document.documentElement.dataset.theme") == theme
            faults += _faults(page, path)
            seen += 1
        context.close()
    context = browser.new_context(viewport=size, bypass_csp=True, locale=locale)
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in
                         {"theme": theme, "locale": locale}.items()])  # fmt: skip
    page = context.new_page()
    for path in DOOR:
        page.goto(address + path)
        faults += _faults(page, path)
    context.close()
    assert seen > 40
    assert faults == [], "\n".join(faults)


DOOR = ("/sign-in", "/sign-up", "/forgot", "/sign-up/confirm/x", "/styleguide")
CUT = """innerWidth < 641 && [...document.querySelectorAll("table.stacks")].some(
  (table) => table.scrollWidth > table.parentElement.clientWidth + 1)"""
BARE = """innerWidth < 641 ? [...document.querySelectorAll("table.stacks tbody td")].filter((cell) =>
  cell.checkVisibility() && cell.textContent.trim() && cell.cellIndex > (cell.closest(".ticked") ? 1 : 0)
  && !cell.querySelector("a.button, button, input") && (getComputedStyle(cell).display === "table-cell"
  || getComputedStyle(cell, "::before").content === "none")).map((cell) => cell.textContent.trim()) : []"""
"""Cells on a phone that do not say what they are."""
OWN = ["/account/", "/account/prove"]


def _screens(desk: Desk, face: str) -> list[str]:
    """The addresses of a console's pages."""
    ids = {"supplier": desk.stall.ids, "distributor": desk.stall.shop.ids, "admin": desk.ids}[face]
    return [walk.address(rule, ids) for rule in walk.screens(desk.stall.shop.consoles.app, face)] + OWN


def _faults(page: Page, path: str) -> list[str]:
    found = Axe().run(page)
    told = [f"{path}: {found.generate_report()}"] if found.violations_count else []
    wider = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    cut = page.evaluate(CUT)
    told += [f"{path}: a table is cut"] if cut else []
    told += [f"{path}: no label beside {cell}" for cell in page.evaluate(BARE)[:3]]
    return [*told, f"{path} is {wider} px wider than the screen"] if wider > 0 else told


def _enter(context: BrowserContext, person: Console, address: str, theme: str) -> None:
    """The signed-in test client's cookie, and the look, in a real browser."""
    cookie = person.client.get_cookie("signed-in")
    assert cookie
    for name, value in {"signed-in": cookie.value, "theme": theme, "locale": person.locale}.items():
        context.add_cookies([{"name": name, "value": value, "url": address}])
