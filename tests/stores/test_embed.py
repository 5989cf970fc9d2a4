"""Which sites may frame a store, and what the frame's page says to whom."""

import gzip
import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from cardmesh.identity.models import AuditRecord
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError
from cardmesh.kit.ids import new_id, public_id
from cardmesh.stores import directory, embed
from cardmesh.stores.models import Store, StoreHost
from cardmesh.trade.models import Order
from tests.fixtures.shop import Shop

SITE = "https://blog.example.com"
HOST = "one.localhost:8000"


@pytest.fixture
def shop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """On a host of its own, in a look that there is; what a host is, is asked anew each time."""
    monkeypatch.setattr(directory, "REMEMBER_SECONDS", 0.0)
    tenant_id, store_id = shop.market.tenant_id, shop.market.store.store_id
    with transaction(tenancy.platform()) as session:
        session.get_one(Store, (tenant_id, store_id)).preset = "harbor"
        session.add(StoreHost(tenant_id=tenant_id, host="one.localhost", store_id=store_id))
    return shop


def allow(shop: Shop, *origins: str) -> Store:
    with transaction(tenancy.tenant(shop.market.tenant_id)) as session:
        return embed.set_origins(session, store_id=shop.market.store.store_id, origins=origins)


def get(shop: Shop, path: str, **headers: str) -> TestResponse:
    return shop.consoles.app.test_client().get(path, base_url=f"http://{HOST}", headers=headers)


def policy(answer: TestResponse) -> dict[str, list[str]]:
    parts = answer.headers["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for part in parts if (words := part.split())}


def frame(shop: Shop, **asked: str) -> TestResponse:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = get(shop, f"/-/embed?{query}")
    assert answer.status_code == 200
    return answer


GOOD = {
    "https://blog.example.com": "https://blog.example.com",
    " HTTPS://Blog.Example.com/ ": "https://blog.example.com",
    "https://blog.example.com:443": "https://blog.example.com",
    "https://a.xn--fiqs8s:8443": "https://a.xn--fiqs8s:8443",
}
BAD = (
    "", "*", "https://*", "https://*.example.com", "http://blog.example.com", "blog.example.com", "https://example",
    "https://blog.example.com/path", "https://blog.example.com?x", "https://user@blog.example.com",
    "https://blog.example.com:0", "https://blog.example.com:99999", "https://blog.example.com; script-src *",
    "https://blog.example.com https://evil.example", "https://blog.example.com\n*", "javascript:alert(1)", "data:,x",
    "null", "'self'", "https:", "https://1.2.3.4", "https://[::1]", "file:///x", "https://evil.example,*",
)  # fmt: skip
LOCAL = ("http://localhost:*", "http://localhost:3000", "http://127.0.0.1:3000")


def test_an_exact_site_is_taken_as_browsers_write_it(shop: Shop) -> None:
    assert {given: embed.checked([given])[0] for given in GOOD} == GOOD
    assert embed.checked([*GOOD]) == ["https://blog.example.com", "https://a.xn--fiqs8s:8443"], "each once"


def test_what_is_no_exact_https_site_is_refused(shop: Shop) -> None:
    for given in BAD:
        with pytest.raises(MeshError) as refused:
            allow(shop, SITE, given)
        assert [one.pointer for one in refused.value.errors] == ["/origins/1"], given
    assert policy(frame(shop))["frame-ancestors"] == ["'none'"], "nothing was changed"


def test_this_machine_counts_in_development_only(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert embed.checked(LOCAL) == [*LOCAL]
    now = runtime.current()
    strict = replace(now, settings=replace(now.settings, env="production"))
    monkeypatch.setattr(embed.runtime, "current", lambda: strict)
    for given in LOCAL:
        with pytest.raises(MeshError):
            embed.checked([given])


def test_there_is_an_end_to_the_list(shop: Shop) -> None:
    sites = [f"https://a{number}.example.com" for number in range(embed.MOST_ORIGINS + 1)]
    assert len(embed.checked([*sites[1:], sites[1]][: embed.MOST_ORIGINS])) == embed.MOST_ORIGINS
    with pytest.raises(MeshError):
        embed.checked(sites)


def test_an_origin_is_compared_as_a_whole() -> None:
    for near in (f"{SITE}.evil.example", SITE[:-1], SITE.replace("https", "http"), f"{SITE}:8443", "null", ""):
        assert not embed.allows([SITE], near)
    for near in ("http://localhost.evil.example:1", "http://localhost:1@evil.example", "https://localhost:1"):
        assert not embed.allows([embed.ANY_LOCALHOST], near)
    assert embed.allows([SITE], SITE) and embed.allows([embed.ANY_LOCALHOST], "http://localhost:5173")


def test_only_the_stores_own_sites_may_frame_it_and_only_this_page(shop: Shop) -> None:
    closed = frame(shop)
    assert policy(closed)["frame-ancestors"] == ["'none'"] and closed.headers["X-Frame-Options"] == "DENY"
    allow(shop, SITE, "https://shop.example.net")
    opened = frame(shop)
    assert policy(opened)["frame-ancestors"] == [SITE, "https://shop.example.net"]
    assert "X-Frame-Options" not in opened.headers
    assert policy(opened)["default-src"] == ["'none'"] and "unsafe" not in opened.headers["Content-Security-Policy"]
    for path in ("/-/embed/paid?number=1", "/-/proof", "/nothing"):
        other = get(shop, path)
        assert policy(other)["frame-ancestors"] == ["'none'"] and other.headers["X-Frame-Options"] == "DENY", path


def test_our_own_console_may_look_for_an_hour(shop: Shop) -> None:
    store_id = shop.market.store.store_id
    assert policy(frame(shop, preview=embed.preview_token(store_id)))["frame-ancestors"] == ["http://localhost:8000"]
    for forged in (embed.preview_token(uuid.uuid4()), "x", embed.preview_token(store_id)[:-2]):
        assert policy(frame(shop, preview=forged))["frame-ancestors"] == ["'none'"]


def test_no_cookie_and_nothing_shared_with_other_origins(shop: Shop) -> None:
    allow(shop, SITE)
    for path in ("/-/embed", embed.SCRIPT_PATH, embed.BUTTON_PATH, "/-/embed/embed.css", "/api/store", "/-/embed/paid"):
        answer = get(shop, path, Origin=SITE, Referer=f"{SITE}/x")
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def test_the_loader_is_small_kept_and_asked_for_again_by_its_tag(shop: Shop) -> None:
    answer = get(shop, embed.SCRIPT_PATH)
    assert answer.mimetype == "text/javascript" and answer.headers["Cache-Control"] == "public, max-age=3600"
    assert len(gzip.compress(answer.data)) <= 3 * 1024
    assert get(shop, embed.SCRIPT_PATH, **{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for word in ("document.cookie", "location", "localStorage", "querySelector", "document.title", "innerHTML"):
        assert word not in answer.text, "nothing of the page around is read"


def test_files_are_kept_for_ever_under_the_name_of_their_content(shop: Shop) -> None:
    page = frame(shop).text
    for start in ("/-/embed/embed.css?v=", "/-/embed/embed-frame.js?v=", "/-/embed/look.css?v="):
        path = page[page.index(start) :].split('"')[0]
        assert get(shop, path).headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert get(shop, path[:-1]).headers["Cache-Control"] == "no-cache"
    assert "--color-brand:" in get(shop, "/-/embed/look.css").text


def test_goods_are_shown_as_they_are_now_in_the_order_asked(shop: Shop) -> None:
    sku = public_id("sku", shop.sku)
    page = frame(shop, goods=sku, lang="en", look="grid", mode="dark").text
    assert f'data-buy="{sku}"' in page and "108.00" in page
    assert '<html lang="en" data-mode="dark" data-look="grid">' in page
    assert f'data-buy="{sku}"' in frame(shop).text, "without a word of goods, the first ones"
    assert "购买" in frame(shop, lang="zh-CN").text


def test_foreign_and_broken_ids_show_nothing(shop: Shop) -> None:
    mine = f"/-/embed?goods={public_id('sku', shop.sku)}"
    answer = shop.consoles.app.test_client().get(mine, base_url="http://two.localhost:8000")
    assert answer.status_code == 200 and "data-buy" not in answer.text, "what this store does not list is not there"
    unknown = public_id("sku", shop.unlisted), public_id("sku", new_id())
    for goods in (*unknown, "sku_x", "javascript:alert(1)", "%00", ""):
        assert "data-buy" not in frame(shop, goods=goods).text


def test_wishes_are_no_way_into_the_page(shop: Shop) -> None:
    evil = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    page = frame(shop, look=evil, mode=evil, lang=evil, goods=evil, category=evil).text
    assert "alert(1)" not in page and 'data-look="card"' in page
    paid = get(shop, f"/-/embed/paid?number={evil}&lang=en").text
    assert "<script" not in paid


def order(shop: Shop, **more: Any) -> TestResponse:
    body = {
        "items": [{"sku": public_id("sku", shop.sku), "quantity": 1}],
        "contact": {"email": "buyer@example.test"},
        "payment": {"method": "card"},
        **more,
    }
    headers = {"Idempotency-Key": uuid.uuid4().hex, "Accept-Language": "en"}
    return shop.consoles.app.test_client().post("/api/orders", json=body, base_url=f"http://{HOST}", headers=headers)


def placed(shop: Shop) -> list[tuple[str, str | None]]:
    with transaction(tenancy.tenant(shop.market.tenant_id)) as session:
        return [(one.channel, one.embed_origin) for one in session.scalars(select(Order).order_by(Order.id))]


def test_an_order_says_in_whose_frame_it_was_placed(shop: Shop) -> None:
    allow(shop, SITE)
    answer = order(shop, embed=SITE)
    assert answer.status_code == 201, answer.text
    assert placed(shop)[-1] == ("embed", SITE)
    page = shop.sign_in().get("/distributor/orders?channel=embed")
    assert answer.get_json()["order"]["number"] in page
    assert order(shop).status_code == 201
    assert placed(shop)[-1] == ("store", None)


def test_an_order_from_a_site_that_was_not_allowed_is_refused(shop: Shop) -> None:
    allow(shop, SITE)
    before = placed(shop)
    for claimed in ("https://evil.example", f"{SITE}.evil.example", "null", "javascript:alert(1)"):
        answer = order(shop, embed=claimed)
        assert answer.status_code == 422
        [error] = answer.get_json()["errors"]
        assert (error["pointer"], error["code"]) == ("/embed", "origin_not_allowed")
    assert placed(shop) == before


def test_a_change_of_sites_is_on_the_audit_trail(shop: Shop) -> None:
    version = allow(shop, SITE).version
    with pytest.raises(MeshError), transaction(tenancy.tenant(shop.market.tenant_id)) as session:
        embed.set_origins(session, store_id=shop.market.store.store_id, origins=[], version=version - 1)
    with transaction(tenancy.platform()) as session:
        rows = session.scalars(select(AuditRecord).where(AuditRecord.action == "store.embed_changed")).all()
    assert [row.details for row in rows] == [{"before": [], "after": [SITE]}]


def test_a_closed_store_sells_nothing_here(shop: Shop) -> None:
    with transaction(tenancy.platform()) as session:
        session.get_one(Store, (shop.market.tenant_id, shop.market.store.store_id)).status = "maintenance"
    assert "data-buy" not in frame(shop).text
