"""The store's settings and builds, the wallet, keys and webhooks in the distributor's console."""

import re

import pytest
from sqlalchemy import select

from cardmesh.identity.api_keys.service import verify
from cardmesh.identity.models import AuditRecord
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.events.models import WebhookEndpoint
from cardmesh.kit.ids import parse_id
from cardmesh.stores import publish
from cardmesh.stores.models import Store
from tests.fixtures.market import StripeDesk
from tests.fixtures.shop import Shop

SETTINGS = {
    "version": "1",
    "name": "新店名",
    "locale": "en",
    "status": "open",
    "look": "classic/jade",
    "announcement_zh-CN": "今日特价",
    "announcement_en": "Sale today",
    "contact_email": "help@example.test",
}


def store(shop: Shop) -> Store:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Store).where(Store.id == shop.market.store.store_id)).one()


def endpoint(shop: Shop) -> WebhookEndpoint:
    with transaction(tenancy.platform()) as session:
        key = (shop.market.tenant_id, parse_id("whe", shop.ids["endpoint_id"]))
        return session.get_one(WebhookEndpoint, key)


def audited(action: str) -> list[AuditRecord]:
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(AuditRecord).where(AuditRecord.action == action)))


def test_the_stores_words_and_look_are_saved(shop: Shop) -> None:
    browser = shop.sign_in("manager")
    assert "Saved" in browser.follow("/distributor/store", SETTINGS)
    row = store(shop)
    assert (row.name, row.locale, row.preset, row.version) == ("新店名", "en", "jade", 2)
    assert row.profile["announcement"] == {"zh-CN": "今日特价", "en": "Sale today"}
    assert row.profile["contact"] == {"email": "help@example.test"}
    page = browser.get("/distributor/store")
    assert "今日特价" in page and re.search(r'value="classic/jade" checked', page)
    assert re.search(r'class="done">\s*<span class="mark".*?<strong>Pick a look', browser.get("/distributor/"), re.S)


def test_another_theme_is_chosen_and_built(shop: Shop) -> None:
    browser, run = shop.sign_in(), {"tenant_id": shop.market.tenant_id, "store_id": shop.market.store.store_id}
    assert "Saved" in browser.follow("/distributor/store", SETTINGS | {"look": "minimal/moss"})
    row = store(shop)
    assert (row.theme, row.preset, row.settings) == ("minimal", "moss", {})
    made = publish.run_build(**run)
    assert made and made.status == "published", made and made.failure
    found = publish.site_of(row.id).read("/")
    assert found and 'class="hero hero-' in found[0].decode() and 'data-header="left"' in found[0].decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "7"},
        {"name": ""},
        {"look": "classic/folio"},
        {"locale": "fr"},
        {"status": "closed"},
        {"announcement_en": "x" * 2001},
    ],
)
def test_wrong_settings_change_nothing(shop: Shop, wrong: dict[str, str]) -> None:
    page = shop.sign_in().follow("/distributor/store", SETTINGS | wrong)
    assert "flash danger" in page and store(shop).version == 1


def test_publish_shows_progress_and_roll_back_serves_the_earlier_build(shop: Shop) -> None:
    browser, run = shop.sign_in(), {"tenant_id": shop.market.tenant_id, "store_id": shop.market.store.store_id}
    browser.follow("/distributor/store", SETTINGS)
    assert 'data-refresh="2"' in browser.get("/distributor/store/builds")
    first = publish.run_build(**run)
    browser.follow("/distributor/store/builds")
    second = publish.run_build(**run)
    assert first and second and first.status == second.status == "published", first and first.failure
    page = browser.get("/distributor/store/builds")
    assert "data-refresh" not in page and page.count("Go back to it") == 1
    path = re.search(r'action="(/distributor/store/builds/bld_\w+)"', page)
    assert path and "That build is served now" in browser.follow(path[1])
    assert publish.site_of(run["store_id"]).current() == path[1].rpartition("/")[2]
    (record,) = audited("store.rolled_back")
    assert record.actor_kind == "person"
    browser.post("/distributor/store/builds/bld_00000000000000000000000000", expect=404)


def test_a_running_build_shows_how_many_files_are_done(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, run = shop.sign_in(), {"tenant_id": shop.market.tenant_id, "store_id": shop.market.store.store_id}
    browser.follow("/distributor/store", SETTINGS)
    seen: dict[str, str] = {}
    monkeypatch.setattr(publish, "PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(publish, "reach", lambda point: seen.update({point: browser.get("/distributor/store/builds")}))
    done = publish.run_build(**run)
    assert done and not re.search(r"of \d+ files", seen["build.taken"])
    bar = re.search(r'max="(\d+)" value="(\d+)"></progress> <span[^>]*>(\d+) of (\d+) files', seen["build.made"])
    assert bar and bar[1] == bar[2] == bar[3] == bar[4] and int(bar[1]) > done.pages > 10
    assert "<progress" not in browser.get("/distributor/store/builds")


def test_a_top_up_is_paid_on_the_hosted_page(shop: Shop, stripe_desk: StripeDesk) -> None:
    browser = shop.sign_in("finance")
    for wrong in ("", "0", "-5", "1.001", "ten"):
        assert "flash danger" in browser.follow("/distributor/wallet/top-ups", {"amount": wrong, "method": "card"})
    there = browser.post("/distributor/wallet/top-ups", {"amount": "123.45", "method": "card"})
    page = browser.get(there)
    url = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert url and "CN¥123.45" in page
    before = shop.market.books()["tenant available"]
    waiting = browser.get(there.replace("go=1", "paid=1"))
    assert 'data-refresh="2"' in waiting and "Waiting" in waiting
    assert stripe_desk.pay(url[1]) == 303
    stripe_desk.tell()
    assert "can be spent" in browser.get(there)
    assert shop.market.books()["tenant available"] == before + 12_345
    wallet = browser.get("/distributor/wallet")
    assert re.search(r"<td[^>]*>\s*Top-up\s*</td>", wallet), "the statement has a word for it"


def test_a_key_is_shown_once_with_the_chosen_scopes(shop: Shop) -> None:
    browser = shop.sign_in()
    page = browser.post("/distributor/keys", {"name": "till", "scope": ["orders:read", "offers:write"]}, expect=200)
    secret = re.search(r"sk_test_[0-9a-f]{48}", page)
    assert secret and secret[0] not in browser.get("/distributor/keys")
    with transaction(tenancy.public()) as session:
        assert verify(session, secret[0], ip=None).scopes == ["orders:read"], "no other party's scope"


def test_webhooks_are_made_tested_rotated_and_disabled(shop: Shop) -> None:
    browser = shop.sign_in("manager")
    made = browser.post(
        "/distributor/webhooks", {"url": "http://127.0.0.1:9/x", "event_type": "order.paid"}, expect=200
    )
    secret, path = _secret(made), f"/distributor/webhooks/{shop.ids['endpoint_id']}"
    assert secret not in browser.get(path)
    listed = browser.get("/distributor/webhooks")
    assert re.search(r"<td[^>]*>order.paid</td>", listed) and re.search(r"<td[^>]*>All</td>", listed)
    jobs = len(shop.market.jobs("webhooks.deliver"))
    browser.follow(f"{path}/state", {"verb": "test"})
    assert len(shop.market.jobs("webhooks.deliver")) == jobs + 1
    sealed = endpoint(shop).secret_sealed
    assert _secret(browser.post(f"{path}/secret", expect=200)) != secret and endpoint(shop).secret_sealed != sealed
    browser.follow(f"{path}/state", {"verb": "disable"})
    assert endpoint(shop).status == "disabled"
    assert "disabled" in browser.follow(f"{path}/state", {"verb": "test"})
    assert len(shop.market.jobs("webhooks.deliver")) == jobs + 1
    browser.follow(f"{path}/state", {"verb": "enable"})
    assert endpoint(shop).status == "enabled"
    actions = ("webhook.created", "webhook.secret_rotated", "webhook.disabled", "webhook.enabled")
    assert [len(audited(action)) for action in actions] == [2, 1, 1, 1]


def test_events_of_a_day_are_sent_again(shop: Shop) -> None:
    browser, path = shop.sign_in(), f"/distributor/webhooks/{shop.ids['endpoint_id']}/replay"
    jobs = len(shop.market.jobs("webhooks.deliver"))
    for wrong in ({}, {"since": "yesterday", "until": "2026-01-01"}):
        assert "flash danger" in browser.follow(path, wrong)
    assert len(shop.market.jobs("webhooks.deliver")) == jobs
    assert "Queued" in browser.follow(path, {"since": "2020-01-01", "until": "2099-12-31"})
    assert len(shop.market.jobs("webhooks.deliver")) > jobs


@pytest.mark.parametrize("url", ["", "ftp://example.test/", "https://me:secret@example.test/"])
def test_an_address_that_cannot_be_called_is_refused(shop: Shop, url: str) -> None:
    def count() -> int:
        with transaction(tenancy.platform()) as session:
            return len(session.scalars(select(WebhookEndpoint.id)).all())

    before = count()
    assert "flash danger" in shop.sign_in().follow("/distributor/webhooks", {"url": url})
    assert count() == before


def _secret(page: str) -> str:
    found = re.search(r"whsec_[\w+/=]+", page)
    assert found
    return found[0]
