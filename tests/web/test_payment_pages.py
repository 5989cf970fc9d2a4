"""Connecting an account in a console, and the page with a code that a buyer pays by."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import select
from werkzeug.serving import make_server

from cardmesh.app import create_web
from cardmesh.identity.models import Party
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.ids import NIL, public_id
from cardmesh.money.payments.models import Merchant
from cardmesh.settings import Settings
from cardmesh.sims.alipay import AlipaySim, running_alipay
from cardmesh.sims.till import keys
from tests.fixtures.market import Market, open_market
from tests.fixtures.shop import Consoles
from tests.money_payments.tills import AlipayTill, connect, payment_of

STORE = "http://one.localhost:8000"


@pytest.fixture
def alipay() -> Iterator[AlipaySim]:
    with running_alipay() as sim:
        yield sim


@pytest.fixture
def consoles(paying: Settings, alipay: AlipaySim) -> Iterator[Consoles]:
    made = create_web(replace(paying, alipay_api_base=alipay.base))
    with made.app_context():
        yield Consoles(made)
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def market(consoles: Consoles) -> Market:
    with transaction(tenancy.platform()) as session:
        return open_market(session)


def form(alipay: AlipaySim, **change: str) -> dict[str, str]:
    return {"gateway": "alipay", "desktop": "qr", **alipay.credentials, **change}


def merchant() -> Merchant:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Merchant)).one()


def get(client: FlaskClient, path: str) -> Any:
    return client.get(path, base_url=STORE, headers={"Accept-Language": "en"})


def post(client: FlaskClient, path: str, headers: Mapping[str, str], body: bytes) -> Any:
    return client.post(path, base_url="http://localhost:8000", headers=dict(headers), data=body)


def test_an_account_is_tried_kept_used_and_never_shown(
    consoles: Consoles, market: Market, alipay: AlipaySim
) -> None:
    owner = consoles.sign_in(Party.DISTRIBUTOR, market.tenant_id)
    assert "The platform collects" in owner.get("/distributor/payments")
    stranger = keys.new_private()
    for wrong in ({"private_key": stranger}, {"app_id": "2021"}, {"alipay_public_key": keys.public_of(stranger)}):
        owner.post("/distributor/payments", form(alipay, **wrong))
        assert "does not accept these credentials" in owner.get("/distributor/payments")
    for missing in ({"private_key": ""}, {"private_key": "no key"}):
        owner.post("/distributor/payments", form(alipay, **missing))
        assert "No accounts yet" in owner.get("/distributor/payments")
    owner.post("/distributor/payments", form(alipay))
    path = f"/distributor/payments/{_id()}"
    owner.post(f"{path}/use")
    owner.post(f"{path}/check")
    page = owner.get("/distributor/payments")
    assert alipay.credentials["app_id"] in page and "You collect" in page and "Alipay directly" in page
    for secret in alipay.credentials["private_key"].split("\n")[1:3]:
        assert secret not in page
    assert "Let the platform collect before" in owner.follow(f"{path}/retire")
    owner.post("/distributor/payments/platform")
    owner.post(f"{path}/retire")
    assert "No accounts yet" in owner.get("/distributor/payments") and merchant().status == "retired"


def _id() -> str:
    return public_id("mch", merchant().id)


def test_the_page_with_a_code_waits_and_goes_on(consoles: Consoles, market: Market, alipay: AlipaySim) -> None:
    operator = consoles.sign_in(Party.PLATFORM, NIL)
    operator.post("/admin/payments", form(alipay))
    operator.post(f"/admin/payments/{_id()}/use")
    placed = market.order((market.sell(keys=1), 1), method="alipay")
    market.checkout(placed)
    payment, client = payment_of(placed.order.id), consoles.app.test_client()
    till = AlipayTill(alipay, f"alipay/{_id()}")
    path = urlsplit(payment.url or "").path
    page = get(client, path)
    assert page.status_code == 200 and "<svg" in page.text and "unsafe" not in page.headers["Content-Security-Policy"]
    assert "请用支付宝扫一扫" in page.text and "¥108.00" in page.text and "no-store" in page.headers["Cache-Control"]
    assert f"{alipay.url}/pay?code=" in page.text
    asked = get(client, f"{path}/state").json
    assert asked["status"] == "open" and 0 < asked["left_seconds"] <= 900
    assert get(client, path[:-2] + "xx").status_code == 404
    assert till.pay(payment)
    answer = post(client, f"/hooks/{till.channel}", *till.letters(payment)[0])
    assert (answer.status_code, answer.text) == (200, "success")
    assert get(client, f"{path}/state").json["status"] == "paid"
    onward = get(client, path)
    assert onward.status_code == 303 and onward.headers["Location"].endswith(f"/order/?number={placed.order.number}")
    forged = post(client, f"/hooks/{till.channel}", *till.forged(payment))
    assert forged.status_code == 400 and json.loads(forged.text)["code"] == "signature_invalid"
    assert post(client, "/hooks/alipay/mch_00000000000000000000000000", {}, b"a=b").status_code == 404


@pytest.fixture
def address(consoles: Consoles) -> Iterator[str]:
    """The application, listening: the store's host with the server's port."""
    server = make_server("127.0.0.1", 0, consoles.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://one.localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
def test_in_a_browser_it_counts_down_passes_axe_and_leads_on(
    consoles: Consoles, market: Market, alipay: AlipaySim, address: str, browser: Browser
) -> None:
    found = connect("alipay", alipay.credentials)
    placed = market.order((market.sell(keys=1), 1), method="alipay", locale="en")
    market.checkout(placed)
    payment = payment_of(placed.order.id)
    till, path = AlipayTill(alipay, found), urlsplit(payment.url or "").path
    dark = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True, color_scheme="dark")
    light = browser.new_context(viewport={"width": 1280, "height": 860}, bypass_csp=True)
    for context in (dark, light):
        page = context.new_page()
        page.goto(address + path)
        left = page.locator(".left").inner_text()
        page.wait_for_function("left => document.querySelector('.left').textContent !== left", arg=left)
        report = Axe().run(page)
        assert not report.violations_count, report.generate_report()
        assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    assert till.pay(payment)
    answer = post(consoles.app.test_client(), f"/hooks/{found}", *till.letters(payment)[0])
    assert answer.status_code == 200
    for context in (dark, light):
        context.pages[0].wait_for_url(f"**/order/?number={placed.order.number}")
        context.close()
