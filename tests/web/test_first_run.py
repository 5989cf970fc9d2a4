"""The first run of each party: steps that are read from the facts, pages that lead on, a test sale that is none."""

import re
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from cardmesh.goods.catalog import service as catalog
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.models import Listing
from cardmesh.goods.offers import service as offers
from cardmesh.identity.models import Party, PartyStatus, Supplier, Tenant
from cardmesh.identity.settings import service as settings
from cardmesh.identity.suppliers.service import create_supplier
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import NIL, parse_id
from cardmesh.kit.jobs import run
from cardmesh.trade.models import OrderUnit
from tests.fixtures import papers
from tests.fixtures.market import Code
from tests.fixtures.shop import Console, Consoles, Shop
from tests.identity.conftest import Post, post
from tests.identity.test_sign_up import ANN, answer, ask, stranger
from tests.isolation.state import changed, digests
from workers.registry import JOBS

__all__ = ["post"]

HOST = "http://anns.localhost:8000"
ANNS = Tenant.handle == "anns"
BUILDS = {"stores.build": JOBS["stores.build"]}


def steps(page: str) -> dict[str, str]:
    """Each step's title, and whether it is done, skipped, now or open."""
    found = re.findall(r'<li([^>]*)>\s*<span class="mark".*?<strong>(.*?)</strong>', page, re.S)
    return {title: (re.findall(r'class="(\w+)"', said) or ["open"])[0] for said, title in found}


def passed(browser: Console, home: str) -> list[str]:
    return [title for title, state in steps(browser.get(home)).items() if state in ("done", "skipped")]


@pytest.fixture
def fresh(shop: Shop, post: Post) -> Console:
    """A distributor who has just signed up, on a platform with goods."""
    with transaction(tenancy.platform()) as session:
        settings.change(session, {"papers_before_payout": True})
    browser = stranger(shop.consoles)
    ask(browser)
    answer(browser, post.link(ANN))
    run.drain(BUILDS)
    return browser


def test_a_distributor_is_led_from_look_to_test_sale(fresh: Console, shop: Shop) -> None:
    assert passed(fresh, "/distributor/") == ["Name and address"]
    [first, *_] = re.findall(r'name="look" value="(neon/[^"]+)"', fresh.get("/distributor/start/look"))
    assert fresh.post("/distributor/start/look", {"look": first}) == "/distributor/start/goods"
    assert "Pick a look" in passed(fresh, "/distributor/")
    goods = fresh.get("/distributor/start/goods")
    assert "Add them all" in goods and "腾讯Q币" in goods and "cost plus 10%" in goods
    assert "goods are on sale" in fresh.follow("/distributor/start/goods", {"category": "games"})
    listed = listings()
    assert len(listed) == 3 and {row.markup_percent for row in listed} == {10}
    assert "Set your markup" not in passed(fresh, "/distributor/"), "what a bundle begins with is nobody's choice"
    tried = fresh.get("/distributor/start/markup/samples?percent=25")
    assert all(row in tried for row in ("CN¥118.80", "CN¥22.61")), "95.00 + 25 %, less the fee of 1 %"
    assert fresh.post("/distributor/start/markup", {"percent": "25"}) == "/distributor/start/payment"
    assert {row.markup_percent for row in listings()} == {None}, "they follow the store's rule"
    assert "CN¥118.80" in fresh.get("/distributor/goods")
    assert "Documents needed" in fresh.get("/distributor/start/payment")
    tenant_id = tenant().id
    with transaction(tenancy.platform()) as session:
        papers.prove(session, Party.DISTRIBUTOR, tenant_id)
    assert "Get paid" in passed(fresh, "/distributor/")
    assert fresh.post("/distributor/start/skip", {"step": "trial", "go_on": "1"}) == "/distributor/domains"
    fresh.post("/distributor/start/take-up", {"step": "trial"})
    sell_a_test(fresh)
    assert "Place a test order" in passed(fresh, "/distributor/")
    fresh.post("/distributor/start/skip", {"step": "live"})
    assert steps(fresh.get("/distributor/")) == {}, "the list goes when nothing is open"
    fresh.post("/distributor/start/skip", {"step": "nonsense"}, expect=422)


def listings() -> list[Listing]:
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(Listing).join(Tenant, Tenant.id == Listing.tenant_id).where(ANNS)))


def tenant() -> Tenant:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Tenant).where(ANNS)).one()


def sell_a_test(fresh: Console) -> None:
    """Through the store's own pages and API: marked everywhere, kept out of stock, books, events and reports."""
    run.drain(BUILDS)
    page = fresh.get("/distributor/start/trial")
    link = re.search(r'href="(http://anns\.localhost:8000/-/trial/[^"]+)"', page)
    assert link
    client = fresh.client
    assert client.get(link[1][:-1] + "x", base_url=HOST).status_code == 404
    before, plain = digests(), client.get("/", base_url=HOST)
    assert "draft-bar" not in plain.text
    assert client.get(link[1].removeprefix(HOST), base_url=HOST).status_code == 302
    tried = client.get("/", base_url=HOST, headers={"Accept-Language": "en", "Accept-Encoding": "gzip"})
    assert "Test mode: orders cost nothing" in tried.text and tried.headers["Cache-Control"] == "no-store"
    sku = heard(client.get("/api/products", base_url=HOST))["data"][0]["sku"]
    body: dict[str, Any] = {"items": [{"sku": sku, "quantity": 2}], "contact": {"email": "me@example.test"},
                            "payment": {"method": "card"}}  # fmt: skip
    headers = {"Idempotency-Key": "t-1", "Accept-Language": "en"}
    placed = [client.post("/api/orders", json=body, headers=headers, base_url=HOST) for _ in range(2)]
    assert [one.status_code for one in placed] == [201, 201] and placed[0].json == placed[1].json
    order = heard(placed[0])["order"]
    assert order["number"].startswith("TEST") and order["status"] == "completed"
    assert heard(placed[0])["payment"]["url"] == "", "the theme goes on to the order's page"
    path = f"/api/orders/{order['number']}"
    mine = {"X-Order-Token": order["token"], "Accept-Language": "en"}
    seen = heard(client.get(path, base_url=HOST, headers=mine))
    assert len(seen["codes"]) == 2 and seen["order"]["items"][0]["name"].startswith("Test · ")
    assert all("TEST-NO-KEY" in code["credentials"][0]["value"] for code in seen["codes"])
    assert client.get(path, base_url=HOST, headers={"X-Order-Token": "wrong"}).status_code == 404
    too_many = body | {"items": [{"sku": sku, "quantity": 900}]}
    refused = client.post("/api/orders", json=too_many, headers={"Idempotency-Key": "t-2"}, base_url=HOST)
    assert refused.status_code in (409, 422), "what a buyer would be refused"
    assert set(changed(before)) == {"trial_orders", "idempotent_calls"}
    assert order["number"] in fresh.get("/distributor/start/trial")
    assert order["number"] not in fresh.get("/distributor/orders")
    client.get("/-/trial/end", base_url=HOST)
    assert "draft-bar" not in client.get("/", base_url=HOST).text


def heard(answer: TestResponse) -> dict[str, Any]:
    assert answer.json is not None, answer.text
    return answer.json


def test_a_supplier_is_led_to_submit(shop: Shop) -> None:
    with transaction(tenancy.platform()) as session:
        settings.change(session, {"papers_before_payout": True})
        supplier = create_supplier(session, name="New", email="n@example.test", status=PartyStatus.PENDING)
    browser = shop.consoles.sign_in(Party.SUPPLIER, supplier.id)
    assert passed(browser, "/supplier/") == ["Company and contact"]
    with transaction(tenancy.platform()) as session:
        papers.prove(session, Party.SUPPLIER, supplier.id)
    form = {"product": "Fresh", "category": "games", "sku": "10", "kind": "card_key", "base_price": "9"}
    path = browser.post("/supplier/offers", form)
    assert passed(browser, "/supplier/") == ["Company and contact", "Documents", "First product", "Payout"]
    assert "Not enough in stock" in browser.follow(f"{path}/try")
    stock(supplier, path)
    assert "Stock" in passed(browser, "/supplier/")
    before = digests()
    shown = browser.post(f"{path}/try", expect=200)
    assert "SE" + "•" * 8 + "01" in shown and "SECRET" not in shown
    assert changed(before) == ["audit_records"], "nothing was sold or opened for anybody else"
    terms = {"warranty_hours": "1", "min_quantity": "1", "max_quantity": "9", "version": "1"}
    browser.post(path, {"base_price": "9", "tier_VIP2": "8.5", **terms})
    browser.post("/supplier/start/submit")
    assert steps(browser.get("/supplier/")) == {}
    assert "Submitted" in shop.consoles.sign_in(Party.PLATFORM, NIL).get("/admin/suppliers")


def stock(supplier: Supplier, path: str) -> None:
    with transaction(tenancy.supplier(supplier.id)) as session:
        offer = offers.get_offer(session, parse_id("off", path.rpartition("/")[2]))
        inventory.add_keys(session, offer=offer, records=[Code(1, "SECRETKEY-01")])


def test_the_platform_is_led_from_commission_to_its_first_distributor(consoles: Consoles) -> None:
    desk = consoles.sign_in(Party.PLATFORM, NIL)
    with transaction(tenancy.platform()) as session:
        catalog.ensure_categories(session)
    assert passed(desk, "/admin/") == []
    desk.post("/admin/commission", {"basis": "cost", "rate": "5"})
    desk.post("/admin/settings/hold", {"hold_days": "7"})
    slugs = [row.slug for row in categories() if row.slug != "games"]
    desk.post("/admin/settings/categories", {"category": slugs})
    assert len(passed(desk, "/admin/")) == 3
    desk.post("/admin/suppliers", {"name": "S", "email": "s@example.test"}, expect=200)
    desk.post("/admin/tenants", {"name": "T", "handle": "first-shop", "owner_email": "t@example.test"}, expect=200)
    assert steps(desk.get("/admin/")) == {}


def categories() -> list[Any]:
    with transaction(tenancy.platform()) as session:
        return list(catalog.list_categories(session))


def test_what_the_platform_decided_holds_for_sales(shop: Shop) -> None:
    """Hold days for what is delivered from now on; nothing new in a closed category."""
    desk = shop.consoles.sign_in(Party.PLATFORM, NIL)
    desk.post("/admin/settings/hold", {"hold_days": "30"})
    shop.market.wallet_order((shop.sku, 1), ref="HELD")
    with transaction(tenancy.platform()) as session:
        unit = session.scalars(select(OrderUnit).order_by(OrderUnit.id.desc())).first()
        assert unit and unit.hold_until and (unit.hold_until - clock.now()).days in (29, 30)
    desk.post("/admin/settings/hold", {"hold_days": "91"}, expect=422)
    desk.post("/admin/settings/categories", {"category": ["gift-cards"]})
    stall = shop.consoles.sign_in(Party.SUPPLIER, shop.market.suppliers[0].id)
    form = {"product": "Late", "category": "games", "sku": "1", "kind": "card_key", "base_price": "9"}
    assert "does not sell" in stall.follow("/supplier/offers", form)


    member = shop.sign_in("support")
    assert "/distributor/start/skip" not in member.get("/distributor/"), "only who runs the shop puts steps aside"
