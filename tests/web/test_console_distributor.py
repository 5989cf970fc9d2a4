"""The distributor's console as a whole: every screen in both languages, and everybody who is kept out."""

import uuid
from collections.abc import Iterator

from werkzeug.routing import Rule

from cardmesh.identity.models import Party
from cardmesh.identity.tenants import service as tenants
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from tests.fixtures import walk
from tests.fixtures.shop import FORM_OF_EVERYTHING as FORM
from tests.fixtures.shop import Console, Consoles, Shop
from tests.fixtures.walk import address

SCREENS = {
    "/distributor/": ("需要您处理", "Needs you now"),
    "/distributor/catalogue": ("货源", "Catalogue"),
    "/distributor/catalogue/all": ("批量上架", "Add all that match"),
    "/distributor/goods": ("我的商品", "My goods"),
    "/distributor/store": ("外观", "Look"),
    "/distributor/store/builds": ("发布记录", "Builds"),
    "/distributor/embed": ("允许的网站", "Allowed sites"),
    "/distributor/themes": ("上传主题", "Upload a theme"),
    "/distributor/store/customizer": ("装修店铺", "Customize the store"),
    "/distributor/orders": ("订单", "Orders"),
    "/distributor/claims": ("售后", "Claims"),
    "/distributor/wallet": ("充值", "Top up"),
    "/distributor/keys": ("API 密钥", "API keys"),
    "/distributor/webhooks": ("回调地址", "New endpoint"),
    "/distributor/audit": ("操作记录", "Audit trail"),
}
TABLES = (
    *("listings", "orders", "order_units", "claims", "refunds", "stores", "builds", "webhook_endpoints", "events"),
    *("webhook_deliveries", "payments", "withdrawals", "postings", "api_keys", "outbox", "audit_records"),
    *("catalog_changes", "idempotent_calls", "themes", "store_looks"),
)


def state() -> dict[str, object]:
    return walk.state(TABLES)


def routes(consoles: Consoles, method: str) -> Iterator[Rule]:
    return walk.routes(consoles.app, "distributor", method)


def test_an_empty_console_says_what_to_do(consoles: Consoles, shop: Shop) -> None:
    for locale in ("zh-CN", "en"):
        browser = consoles.sign_in(Party.DISTRIBUTOR, shop.rival, locale=locale)
        for path, titles in SCREENS.items():
            page = browser.get(path)
            assert f'<html lang="{locale}"' in page and titles[locale == "en"] in page, path
            assert "in three minutes" in page or "三分钟开张" in page or path != "/distributor/"


def test_every_screen_shows_what_happened(shop: Shop) -> None:
    for locale in ("zh-CN", "en"):
        browser = shop.sign_in(locale=locale)
        for rule in routes(shop.consoles, "GET"):
            page = browser.get(address(rule, shop.ids))
            if "<kind>" not in rule.rule and not rule.rule.endswith((*walk.PIECES, ".json", ".csv")):
                assert f'<html lang="{locale}"' in page, rule.rule
                assert "style=" not in page and "<script>" not in page, "the policy forbids both"


def test_home_counts_the_day(shop: Shop) -> None:
    page = shop.sign_in().get("/distributor/")
    assert "CN¥311.95" in page, "two units sold in the store, one bought at cost and fee"
    assert "decision: 1" in page and "in three minutes" in page, "nobody has chosen a look yet"


def test_another_distributors_ids_are_not_there(consoles: Consoles, shop: Shop) -> None:
    rival = consoles.sign_in(Party.DISTRIBUTOR, shop.rival)
    before = state()
    for method in ("GET", "POST"):
        for rule in routes(consoles, method):
            if rule.arguments - {"kind", "sku_id"}:
                _expect(rival, method, rule, shop.ids, 404)
    assert state() == before


def test_other_parties_and_strangers_stay_outside(consoles: Consoles, shop: Shop) -> None:
    supplier = consoles.sign_in(Party.SUPPLIER, shop.market.suppliers[0].id)
    operator = consoles.sign_in(Party.PLATFORM, uuid.UUID(int=0))
    stranger = Console(consoles.app.test_client())
    before = state()
    for method in ("GET", "POST"):
        for rule in routes(consoles, method):
            for intruder in (supplier, operator):
                _expect(intruder, method, rule, shop.ids, 404)
            _expect(stranger, method, rule, shop.ids, 302)
    assert state() == before


def test_a_form_without_its_token_changes_nothing(shop: Shop) -> None:
    owner = shop.sign_in()
    before = state()
    for rule in routes(shop.consoles, "POST"):
        owner.post(address(rule, shop.ids), FORM | {"verb": "remove"}, expect=400, token=False)
    assert state() == before


def test_who_may_only_read_changes_nothing(shop: Shop) -> None:
    reader = shop.sign_in("read-only")
    before = state()
    for rule in routes(shop.consoles, "POST"):
        reader.post(address(rule, shop.ids), FORM | {"verb": "remove"}, expect=403)
    assert state() == before
    for rule in routes(shop.consoles, "GET"):
        reader.get(address(rule, shop.ids))


def test_a_suspended_distributor_looks_and_changes_nothing(shop: Shop) -> None:
    owner = shop.sign_in()
    with transaction(tenancy.platform()) as session:
        tenants.change_tenant(session, tenant_id=shop.market.tenant_id, status="suspended", reason="test")
    before = state()
    assert "has suspended your account" in owner.get("/distributor/")
    for rule in routes(shop.consoles, "POST"):
        owner.post(address(rule, shop.ids), FORM | {"verb": "remove"}, expect=403)
    assert state() == before


def _expect(browser: Console, method: str, rule: Rule, ids: dict[str, str], status: int) -> None:
    """The form is a good one: only who sends it may be what is wrong."""
    if method == "GET":
        browser.get(address(rule, ids), expect=status)
    else:
        verb = {"distributor.webhook_state": "disable"}.get(rule.endpoint, "remove")
        browser.post(address(rule, ids), FORM | {"verb": verb}, expect=status)
