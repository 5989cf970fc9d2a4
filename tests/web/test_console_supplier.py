"""The supplier's console as a whole: every screen in both languages, and everybody who is kept out."""

import uuid

import pytest

from cardmesh.identity.models import Party
from cardmesh.identity.suppliers import service as suppliers
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from tests.fixtures import walk
from tests.fixtures.shop import Console, Consoles
from tests.fixtures.stall import Stall
from tests.fixtures.walk import address, routes, send, state

SCREENS = {
    "/supplier/": ("从第一份表格开始", "Start with your first sheet"),
    "/supplier/offers": ("还没有供货", "No offers yet"),
    "/supplier/offers/new": ("新增供货", "New offer"),
    "/supplier/imports": ("还没有导入", "Nothing imported yet"),
    "/supplier/sold": ("还没有售出", "Nothing sold yet"),
    "/supplier/wallet": ("还没有资金变动", "No movements yet"),
    "/supplier/keys": ("API 密钥", "API keys"),
    "/supplier/audit": ("操作记录", "Audit trail"),
}
TABLES = (
    *("offers", "offer_prices", "offer_files", "card_keys", "stock", "products", "skus", "imports"),
    *("withdrawals", "postings", "api_keys", "outbox", "audit_records"),
)
FORM = {
    "verb": "pause", "version": "1", "base_price": "9", "warranty_hours": "1", "min_quantity": "1",
    "max_quantity": "9", "keys": "STOLEN-1", "amount": "1", "name": "x", "product": "x", "sku": "x",
    "category": "games", "kind": "card_key", "role": "support",
}  # fmt: skip


def test_an_empty_console_says_what_to_do(stall: Stall) -> None:
    with transaction(tenancy.platform()) as session:
        fresh = suppliers.create_supplier(session, name="Fresh", email="fresh@example.test").id
    for locale in ("zh-CN", "en"):
        browser = stall.shop.consoles.sign_in(Party.SUPPLIER, fresh, locale=locale)
        for path, titles in SCREENS.items():
            page = browser.get(path)
            assert f'<html lang="{locale}"' in page and titles[locale == "en"] in page, path


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_screen_shows_what_happened(stall: Stall, locale: str) -> None:
    browser = stall.sign_in(locale=locale)
    screens = walk.screens(stall.shop.consoles.app, "supplier")
    pages = {rule.rule: browser.get(address(rule, stall.ids)) for rule in screens}
    for path, page in pages.items():
        assert f'<html lang="{locale}"' in page, path
        assert "style=" not in page and "<script>" not in page, "the policy forbids both"
    expected = ("腾讯Q币", "待结算", "已下架", "提现申请") if locale == "zh-CN" else ("Pending", "Paused", "bonus")
    told = "".join(pages.values())
    assert all(part in told for part in expected)


def test_home_counts_by_state_and_says_what_to_mend(stall: Stall) -> None:
    page = stall.sign_in().get("/supplier/")
    assert "Needs you now" in page and "Name the region" in page
    assert f"/supplier/offers/{stall.offers['rejected']}" in page


def test_what_was_sold_names_neither_buyer_nor_retail_price(stall: Stall) -> None:
    page = stall.sign_in().get("/supplier/sold")
    assert page.count("腾讯Q币") == 3 and "CN¥95.00" in page
    assert "buyer@example.test" not in page and "108.00" not in page
    assert not any(code in page for code in stall.shop.codes)


def test_a_rule_that_another_took_the_place_of_is_not_told(stall: Stall) -> None:
    page = stall.sign_in().get("/supplier/terms")
    assert page.count("the default rule") == 1 and "service fee 1% of retail" in page


def test_a_template_and_a_statement_are_files(stall: Stall) -> None:
    browser = stall.sign_in(locale="zh-CN")
    for path, part in (("imports/template.csv", "商品"), ("wallet?format=csv", "平台入账")):
        assert part in browser.get(f"/supplier/{path}")
    for path in ("imports/template.xlsx", "wallet?format=xlsx"):
        answer = browser.client.get(f"/supplier/{path}")
        assert answer.status_code == 200 and answer.get_data().startswith(b"PK")


def test_another_suppliers_ids_are_not_there(stall: Stall) -> None:
    consoles = stall.shop.consoles
    rival = consoles.sign_in(Party.SUPPLIER, stall.rival)
    before = state(TABLES)
    for method in ("GET", "POST"):
        for rule in routes(consoles.app, "supplier", method):
            if rule.arguments - {"kind"}:
                send(rival, method, rule, stall.ids, FORM, 404)
    assert state(TABLES) == before


def test_other_parties_and_strangers_stay_outside(stall: Stall, consoles: Consoles) -> None:
    distributor = consoles.sign_in(Party.DISTRIBUTOR, stall.shop.market.tenant_id)
    operator = consoles.sign_in(Party.PLATFORM, uuid.UUID(int=0))
    before = state(TABLES)
    for method in ("GET", "POST"):
        for rule in routes(consoles.app, "supplier", method):
            for intruder in (distributor, operator):
                send(intruder, method, rule, stall.ids, FORM, 404)
            send(Console(consoles.app.test_client()), method, rule, stall.ids, FORM, 302)
    assert state(TABLES) == before


def test_a_form_without_its_token_changes_nothing(stall: Stall) -> None:
    owner, before = stall.sign_in(), state(TABLES)
    for rule in routes(stall.shop.consoles.app, "supplier", "POST"):
        owner.post(address(rule, stall.ids), FORM, expect=400, token=False)
    assert state(TABLES) == before


def test_who_may_only_read_changes_nothing(stall: Stall) -> None:
    reader, before = stall.sign_in("read-only"), state(TABLES)
    for rule in routes(stall.shop.consoles.app, "supplier", "POST"):
        reader.post(address(rule, stall.ids), FORM, expect=403)
    assert state(TABLES) == before
    for rule in routes(stall.shop.consoles.app, "supplier", "GET"):
        if "<kind>" not in rule.rule:
            reader.get(address(rule, stall.ids))


def test_a_suspended_supplier_looks_and_changes_nothing(stall: Stall) -> None:
    owner = stall.sign_in()
    with transaction(tenancy.platform()) as session:
        suppliers.change_supplier(session, supplier_id=stall.supplier, status="suspended", reason="test")
    before = state(TABLES)
    assert "your offers are not sold" in owner.get("/supplier/")
    for rule in routes(stall.shop.consoles.app, "supplier", "POST"):
        owner.post(address(rule, stall.ids), FORM, expect=403)
    assert state(TABLES) == before
