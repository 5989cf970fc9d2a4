"""The distributor's Embed screen and its API: sites, goods, and the lines to paste."""

import re
from html import unescape

from apiflask import APIFlask
from werkzeug.test import TestResponse

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from cardmesh.stores.models import Store
from tests.fixtures.shop import Shop
from tests.fixtures.web import Keys

SITE = "https://blog.example.com"


def origins(shop: Shop) -> list[str]:
    with transaction(tenancy.platform()) as session:
        return list(session.get_one(Store, (shop.market.tenant_id, shop.market.store.store_id)).embed_origins)


def codes(page: str) -> dict[str, str]:
    return {key: unescape(code) for key, code in re.findall(r'<code id="snippet-(\w+)">(.*?)</code>', page, re.S)}


def test_sites_are_saved_and_bad_ones_are_named(shop: Shop) -> None:
    browser = shop.sign_in("manager")
    page = browser.follow("/distributor/embed", {"version": "1", "origins": f"{SITE}\nhttps://shop.example.net"})
    assert "Saved" in page and origins(shop) == [SITE, "https://shop.example.net"]
    refused = browser.follow("/distributor/embed", {"version": "2", "origins": "javascript:alert(1)"})
    assert "javascript:alert(1)" in unescape(refused) and "is not a site" in refused
    assert "Somebody changed" in browser.follow("/distributor/embed", {"version": "1", "origins": ""})
    assert origins(shop) == [SITE, "https://shop.example.net"]
    shop.sign_in("support").post("/distributor/embed", {"version": "2", "origins": ""}, expect=403)


def test_the_lines_to_paste(shop: Shop) -> None:
    sku = public_id("sku", shop.sku)
    found = codes(shop.sign_in().get(f"/distributor/embed?goods={sku}&look=grid&mode=dark&lang=zh-CN"))
    assert list(found) == ["script", "frame", "button", "link"]
    home = "http://one.localhost:8000"
    assert f'<script async src="{home}/-/embed/v1/embed.js" data-goods="{sku}" data-look="grid"' in found["script"]
    assert "<noscript><a href=" in found["script"]
    assert f'src="{home}/-/embed?goods={sku}&amp;look=grid&amp;mode=dark&amp;lang=zh-CN"' in found["frame"]
    assert 'class="cardmesh-button"' in found["button"] and f'href="{home}/-/embed/v1/button.css"' in found["button"]
    assert re.fullmatch(rf'<a href="{home}/p/[^"]+/">购买 [^<]+</a>', found["link"])
    english = codes(shop.sign_in().get(f"/distributor/embed/snippets?goods={sku}&lang=en"))
    assert re.fullmatch(rf'<a href="{home}/en/p/[^"]+/">Buy [^<]+</a>', english["link"])


def test_names_are_escaped_in_what_others_paste(shop: Shop) -> None:
    with transaction(tenancy.platform()) as session:
        session.get_one(Store, (shop.market.tenant_id, shop.market.store.store_id)).name = '"><script>x</script>'
    found = codes(shop.sign_in().get("/distributor/embed"))
    assert all("<script>x" not in code for code in found.values())


def test_goods_of_others_are_not_offered(shop: Shop) -> None:
    foreign = public_id("sku", shop.unlisted)
    page = shop.sign_in().get(f"/distributor/embed?goods={foreign}&goods=sku_x&goods=%22")
    assert f'name="goods" value="{foreign}"' not in page and not any(foreign in code for code in codes(page).values())


def test_the_preview_is_the_only_frame_of_the_console(shop: Shop) -> None:
    browser = shop.sign_in()
    answer = browser.open("GET", "/distributor/embed")
    assert answer.headers["Content-Security-Policy"].endswith("; frame-src http://one.localhost:8000")
    assert "frame-src" not in browser.open("GET", "/distributor/").headers["Content-Security-Policy"]


def test_the_api_sets_the_same_list(web: APIFlask, keys: Keys) -> None:
    client = web.test_client()

    def call(method: str, key: str, origins: list[str] | None = None, **headers: str) -> TestResponse:
        body = None if origins is None else {"origins": origins}
        headers = {"Authorization": f"Bearer {key}", "Host": "localhost", "Accept-Language": "en", **headers}
        return client.open("/v1/store/embed", method=method, headers=headers, json=body)

    mine, other = keys.distributors
    set_ = call("PUT", mine, [f"{SITE}/"])
    assert set_.status_code == 200 and set_.get_json()["origins"] == [SITE]
    assert set_.get_json()["script"] == "http://shop-1.localhost:8000/-/embed/v1/embed.js"
    assert call("GET", other).get_json()["origins"] == [], "another distributor's store is another's"
    stale = call("PUT", mine, [], **{"If-Match": '"1"'})
    assert stale.status_code == 412
    bad = call("PUT", mine, ["https://*.example.com"])
    assert (bad.status_code, bad.get_json()["errors"][0]["code"]) == (422, "origin_invalid")
    assert call("GET", mine).get_json()["origins"] == [SITE]
