"""The proof page in a real browser: it checks for itself, says what it found, and is not taken in."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, Page, Route, expect
from werkzeug.serving import make_server

from tests.fixtures.market import Market, StripeDesk
from tests.provenance.conftest import logged

SHOTS = os.environ.get("SCREENSHOTS")
"""A folder to keep pictures of the page in, to be looked at."""


@pytest.fixture
def app(whole: APIFlask) -> APIFlask:
    return whole


@pytest.fixture
def served(app: APIFlask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://one.localhost:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def bought(hosted: Market, stripe_desk: StripeDesk) -> tuple[str, str]:
    """Number and token of an order of two keys, logged."""
    placed = hosted.order((hosted.sell(keys=5), 2))
    assert stripe_desk.pay(hosted.checkout(placed)) == 303
    stripe_desk.tell()
    logged()
    return placed.order.number, placed.token


def opened(page: Page, served: str, order: tuple[str, str], *, remember: dict[str, Any] | None = None) -> Page:
    number, token = order
    page.goto(f"{served}/-/proof")
    kept = {"cm.orders": {number: {"token": token}}, **({"cm.log": remember} if remember else {})}
    for key, value in kept.items():
        page.evaluate("([key, value]) => localStorage.setItem(key, value)", [key, json.dumps(value)])
    page.goto(f"{served}/-/proof?number={number}")
    return page


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("language", "proved", "sold"),
    [
        ("zh-CN", "已证明：2 个卡密都只售出过一次", "售出"),
        ("en", "Proved: each key was sold only once (2 in all)", "Sold"),
    ],
)
def test_it_proves_an_order(
    browser: Browser,
    served: str,
    bought: tuple[str, str],
    language: str,
    proved: str,
    sold: str,
    width: int,
    scheme: Any,
) -> None:
    context = browser.new_context(locale=language, viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    opened(page, served, bought)
    expect(page.locator("#verdict.good")).to_have_text(proved)
    expect(page.locator(".checks li.good")).to_have_count(3)
    expect(page.locator(".checks li.unknown")).to_have_count(1)
    expect(page.locator("#keys article")).to_have_count(2)
    expect(page.locator("#keys article").first).to_contain_text(sold)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
    page.locator("#more > summary").click()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"proof-{language}-{width}-{scheme}.png", full_page=True)
    page.reload()
    expect(page.locator(".checks li.good")).to_have_count(4)
    assert problems == []
    context.close()


def altered(page: Page, app: APIFlask, change: Callable[[Any], None]) -> None:
    """The server lies: its answer is changed on the way."""

    def lie(route: Route) -> None:
        token = route.request.headers["x-order-token"]
        path = route.request.url.partition("localhost")[2].partition("/")[2]
        answer = app.test_client().get(f"/{path}", headers={"Host": "one.localhost", "X-Order-Token": token})
        body = answer.get_json()
        change(body)
        route.fulfill(status=answer.status_code, content_type="application/json", body=json.dumps(body))

    page.route("**/proofs?*", lie)


def _last_sale(body: Any) -> Any:
    return body["data"][0]["steps"][-1]


def _bent(text: str) -> str:
    """One hex digit, so one byte, is another."""
    return text[:20] + ("0" if text[20] != "0" else "1") + text[21:]


def _bend_path(body: Any) -> None:
    path = _last_sale(body)["path"]
    path[0] = _bent(path[0])


def _bend_batch(body: Any) -> None:
    path = body["data"][0]["steps"][0]["batch"]["path"]
    path[-1] = _bent(path[-1])


LIES: dict[str, Callable[[Any], None]] = {
    "another root": lambda body: body["head"].update(root="00" * 32),
    "another time": lambda body: body["head"].update(timestamp_ms=1),
    "a changed byte of the root": lambda body: body["head"].update(root=_bent(body["head"]["root"])),
    "a changed byte of the signature": lambda body: body["head"].update(signature=_bent(body["head"]["signature"])),
    "a changed byte of a path": _bend_path,
    "a changed byte of a batch's path": _bend_batch,
    "another key of the log": lambda body: body["log_key"].update(public_key="11" * 32),
    "another leaf": lambda body: _last_sale(body)["leaf"].update(text='{"event":"sold","key":"00"}'),
    "another place": lambda body: _last_sale(body)["leaf"].update(index=0),
    "a step left out of a path": lambda body: _last_sale(body)["path"].pop(),
    "another place in the batch": lambda body: body["data"][0]["steps"][0]["batch"].update(position=4),
    "two sales": lambda body: body["data"][0]["steps"].append(_last_sale(body)),
    "a name that is not the key's": lambda body: body["data"][0].update(key="22" * 32),
}


@pytest.mark.browser
@pytest.mark.parametrize("lie", LIES)
def test_it_is_not_taken_in(
    browser: Browser, app: APIFlask, served: str, bought: tuple[str, str], lie: str
) -> None:
    page = browser.new_page(locale="en")
    altered(page, app, LIES[lie])
    opened(page, served, bought)
    expect(page.locator("#verdict.bad")).to_contain_text("The check failed")
    expect(page.locator(".checks li.bad").first).to_be_visible()
    page.close()


@pytest.mark.browser
def test_it_notices_a_log_that_was_rewritten_since_the_last_visit(
    browser: Browser, served: str, bought: tuple[str, str], hosted: Market
) -> None:
    hosted.sell(keys=1)
    logged()
    for before in ({"size": 3, "root": "00" * 32}, {"size": 99, "root": "00" * 32}):
        page = browser.new_page(locale="en")
        opened(page, served, bought, remember=before)
        expect(page.locator("#verdict.bad")).to_be_visible()
        expect(page.locator(".checks li.bad")).to_have_text("The log is not the one that you saw last time")
        page.close()


@pytest.mark.browser
def test_it_follows_a_log_that_grew_since_the_last_visit(
    browser: Browser, served: str, bought: tuple[str, str], hosted: Market
) -> None:
    page = browser.new_page(locale="en")
    opened(page, served, bought)
    expect(page.locator("#verdict.good")).to_be_visible()
    hosted.sell(keys=1)
    logged()
    page.reload()
    expect(page.locator(".checks li.good")).to_have_count(4)
    expect(page.locator(".checks")).to_contain_text("the log has only grown")
    page.close()


@pytest.mark.browser
def test_a_fresh_sale_is_waited_for(
    browser: Browser, served: str, hosted: Market, stripe_desk: StripeDesk
) -> None:
    placed = hosted.order((hosted.sell(keys=1), 1))
    assert stripe_desk.pay(hosted.checkout(placed)) == 303
    stripe_desk.tell()
    page = browser.new_page(locale="en")
    opened(page, served, (placed.order.number, placed.token))
    expect(page.locator("#verdict")).to_contain_text("Trying again")
    logged()
    expect(page.locator("#verdict.good")).to_be_visible(timeout=15_000)
    page.close()


@pytest.mark.browser
def test_a_strange_device_is_sent_to_find_the_order(browser: Browser, served: str, bought: tuple[str, str]) -> None:
    page = browser.new_page(locale="zh-CN")
    page.goto(f"{served}/-/proof?number={bought[0]}")
    expect(page.locator("#verdict")).to_contain_text("订单查询")
    page.close()
