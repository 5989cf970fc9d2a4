"""Ctrl-K: finds screens and own things by what people type, and nobody else's."""

import re
import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from cardmesh.identity.models import Party
from cardmesh.kit.ids import parse_id
from tests.fixtures.operator import Desk
from tests.fixtures.shop import Console


def found(browser: Console, face: str, q: str) -> list[str]:
    return re.findall(r'role="option" id="found-\d+" href="([^"]+)"', browser.get(f"/{face}/find/results?q={q}"))


def test_screens_are_found_in_either_language(desk: Desk) -> None:
    for locale in ("zh-CN", "en"):
        browser = desk.sign_in(locale=locale)
        for q in ("账本", "ledger"):
            assert "/admin/ledger" in found(browser, "admin", q)
    assert len(found(desk.sign_in(), "admin", "")) > 12, "all screens while nothing is asked"


def test_each_party_finds_its_own_things(desk: Desk) -> None:
    shop, stall = desk.stall.shop, desk.stall
    order, _ = shop.market.state(parse_id("ord", shop.ids["order_id"]))
    here = f"/admin/orders/{shop.ids['order_id']}"
    admin, distributor, supplier = desk.sign_in(), shop.sign_in(), stall.sign_in()
    for q in (order.number.lower(), shop.ids["order_id"]):
        assert found(admin, "admin", q) == [here]
    assert f"/admin/tenants/{desk.ids['tenant_id']}" in found(admin, "admin", desk.ids["tenant_id"])
    assert found(admin, "admin", desk.ids["entry_id"]) == [f"/admin/ledger/{desk.ids['entry_id']}"]
    assert found(distributor, "distributor", order.number) == [f"/distributor/orders/{shop.ids['order_id']}"]
    goods = found(distributor, "distributor", "Q币")
    assert f"/distributor/goods/{shop.ids['listing_id']}" in goods
    assert any(one.startswith("/distributor/catalogue/sku_") for one in goods)
    assert found(distributor, "distributor", "own.example") == [f"/distributor/domains/{shop.ids['domain_id']}"]
    assert f"/supplier/offers/{stall.offers['active']}" in found(supplier, "supplier", "Q币")
    assert f"/supplier/imports/{stall.ids['import_id']}" in found(supplier, "supplier", "sheet")


def test_nobody_finds_what_is_anothers_or_not_for_the_role(desk: Desk) -> None:
    shop, stall = desk.stall.shop, desk.stall
    order, _ = shop.market.state(parse_id("ord", shop.ids["order_id"]))
    rival = shop.consoles.sign_in(Party.DISTRIBUTOR, shop.rival)
    for q in (order.number, "OWN-1", "own.example", shop.ids["order_id"]):
        assert found(rival, "distributor", q) == [], q
    assert not any("/goods/" in one for one in found(rival, "distributor", "Q币"))
    other = shop.consoles.sign_in(Party.SUPPLIER, stall.rival)
    mine = set(stall.offers.values())
    assert not any(one.rpartition("/")[2] in mine for one in found(other, "supplier", "Q币"))
    uploader = stall.sign_in("key-uploader")
    assert {one.split("/")[2] for one in found(uploader, "supplier", "")} == {"", "offers", "imports"}
    assert found(uploader, "supplier", "Wallet") == found(uploader, "supplier", "Money") == []


def test_what_is_typed_is_shown_as_text(desk: Desk) -> None:
    page = desk.sign_in().get("/admin/find/results?q=<b>%25_%00")
    assert "<b>" not in page and "&lt;b&gt;" in page
    assert "Nothing found" in desk.sign_in().get("/admin/find?q=nonsense-nowhere")


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, desk.stall.shop.consoles.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_worked_by_keys_and_tells_a_reader_what_is_chosen(desk: Desk, address: str, browser: Browser) -> None:
    person = desk.stall.shop.sign_in(locale="en")
    context = browser.new_context()
    cookie = person.client.get_cookie("signed-in")
    assert cookie
    for name, value in {"signed-in": cookie.value, "locale": "en"}.items():
        context.add_cookies([{"name": name, "value": value, "url": address}])
    page = context.new_page()
    faults = list[str]()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/distributor/wallet")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search")
    expect(field).to_be_focused()
    field.fill("q币")
    options = page.locator("#found").get_by_role("option")
    expect(options.first).to_contain_text("腾讯Q币")
    chosen = page.locator('#found [aria-selected="true"]')
    expect(chosen).to_have_count(1)
    first = field.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id") != first
    assert Axe().run(page, context="#finder").violations_count == 0
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    page.get_by_role("button", name="Search").first.click()
    field.fill("webhook")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/distributor/webhooks")
    assert faults == []
    context.close()
