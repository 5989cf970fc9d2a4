"""The customizer's calls, and the draft behind a signed link: by whom, for whom, how long, and what it cannot do."""

import re
from contextvars import Context
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from cardmesh.stores import history, look
from cardmesh.stores.looks import links
from cardmesh.stores.models import Store, StoreHost
from site_builder.theme import Theme
from tests.fixtures.shop import Console, Shop

BASE = "/distributor/store/customizer"


@pytest.fixture
def browser(shop: Shop) -> Console:
    """The owner, signed in; the store has its host."""
    with transaction(tenancy.platform()) as session:
        row = shop.market.store
        session.add(StoreHost(tenant_id=row.tenant_id, store_id=row.store_id, host="one.localhost"))
    return shop.sign_in()


def store(shop: Shop, tenant_id: object = None) -> Store:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Store).where(Store.tenant_id == (tenant_id or shop.market.tenant_id))).one()


def call(browser: Console, path: str, body: Any, *, expect: int = 200) -> Any:
    headers = {"X-CSRFToken": browser.token(), "Accept-Language": browser.locale}
    answer = Context().run(browser.client.post, f"{BASE}/{path}", json=body, headers=headers)
    assert answer.status_code == expect, answer.text
    return answer.json


def state(browser: Console) -> Any:
    answer = browser.open("GET", f"{BASE}/state.json")
    assert answer.status_code == 200, answer.text
    return answer.json


def visit(shop: Shop, path: str, host: str = "one.localhost") -> TestResponse:
    client = shop.consoles.app.test_client()
    return Context().run(client.get, path, headers={"Host": host, "Accept-Language": "en"})


def test_editing_starts_from_everything_there_is_to_know(shop: Shop, browser: Console) -> None:
    told = state(browser)
    assert told["revision"] == 0 and told["look"] == told["live"]
    assert told["look"]["theme"] == "classic" and told["look"]["preset"] == "harbor"
    assert {page["id"] for page in told["about"]["pages"]} >= {"index", "product", "checkout", "shared"}
    assert told["about"]["limits"] == {"sections": 25, "blocks": 50}
    assert len(told["looks"]) >= 9 and told["paths"]["product"].startswith("/p/")
    other = browser.open("GET", f"{BASE}/about.json?theme=neon&preset=pulse").json
    assert other and other["theme"] == "neon" and other["values"]["brand_color"]
    assert browser.open("GET", f"{BASE}/about.json?theme=nosuch&preset=").status_code == 422


def test_a_save_is_kept_and_an_old_one_refused_with_theirs(shop: Shop, browser: Console) -> None:
    look = state(browser)["look"] | {"settings": {"brand_color": "#b3261e"}}
    assert call(browser, "draft", {"revision": 0, "look": look})["revision"] == 1
    told = call(shop.sign_in(), "draft", {"revision": 0, "look": look | {"settings": {}}}, expect=409)
    assert told["code"] == "draft_conflict" and told["look"] == look and "@example.test" in told["author"]
    assert state(browser)["look"] == look


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, {"revision": "0"}, {"revision": True}, {"revision": 0}, {"revision": 0, "look": []},
        {"revision": 0, "look": {"theme": "classic", "nosuch": 1}}, {"revision": 0, "look": {"theme": "../x"}},
        {"revision": 0, "look": {"theme": "classic", "settings": {"brand_color": "red"}}},
        {"revision": 0, "look": {"theme": "classic", "templates": {"index": {"sections": {}, "order": ["a\u0000"]}}}},
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(shop: Shop, browser: Console, body: Any) -> None:
    told = call(browser, "draft", body, expect=422)
    assert told["code"] in ("validation_failed", "look_invalid", "theme_unknown") and told["message"]
    assert state(browser)["revision"] == 0


def test_a_colour_is_judged_while_it_is_picked(shop: Shop, browser: Console) -> None:
    look = state(browser)["look"]
    told = call(browser, "contrast", {"look": look, "value": "#ffe08a"})
    assert [one["mode"] for one in told["picked"]] == ["light"] and told["needed"] == 4.5
    assert told["picked"][0]["ratio"] < 4.5 and re.fullmatch("#[0-9a-f]{6}", told["picked"][0]["better"])
    call(browser, "contrast", {"look": look, "value": "red"}, expect=422)


def test_published_with_a_diff_and_restored(shop: Shop, browser: Console) -> None:
    look = state(browser)["look"] | {"settings": {"brand_color": "#b3261e"}}
    call(browser, "draft", {"revision": 0, "look": look})
    for person, words in ((browser, "Brand colour: #1f5eff → #b3261e"), (shop.sign_in(locale="zh-CN"), "品牌色")):
        told = person.open("GET", f"{BASE}/changes.json").json
        assert told and words in told[0]
    call(browser, "publish", {"revision": 0}, expect=409)
    call(browser, "publish", {"revision": 1})
    assert store(shop).settings == {"brand_color": "#b3261e"}
    assert call(browser, "publish", {"revision": 1}, expect=409)["code"] == "nothing_to_publish"
    lines = browser.open("GET", f"{BASE}/history.json").json
    assert lines and [line["live"] for line in lines] == [True, False] and lines[0]["changes"]
    call(browser, f"history/{lines[1]['id']}", {})
    assert store(shop).settings == {}


def test_the_api_publishes_through_the_same_history(shop: Shop, browser: Console) -> None:
    with transaction(tenancy.platform()) as session:
        key = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=shop.market.tenant_id).secret
    headers = {"Authorization": f"Bearer {key}", "Host": "localhost"}
    client = shop.consoles.app.test_client()
    layout = {"index": {"sections": {"hero": {"type": "hero"}}, "order": ["hero"]}}
    answer = Context().run(client.patch, "/v1/store", json={"templates": layout}, headers=headers)
    assert answer.status_code == 200 and answer.json and answer.json["templates"] == layout, answer.text
    wrong = {"checkout": {"sections": {}, "order": []}}
    assert Context().run(client.patch, "/v1/store", json={"templates": wrong}, headers=headers).status_code == 422
    lines = browser.open("GET", f"{BASE}/history.json").json
    assert lines and "Home › removed “Promises”" in lines[0]["changes"]


def test_goods_are_found_by_name_and_by_slug(shop: Shop, browser: Console) -> None:
    all_of_it = browser.open("GET", f"{BASE}/goods.json").json
    assert all_of_it
    slug = all_of_it[0]["slug"]
    assert [one["slug"] for one in browser.open("GET", f"{BASE}/goods.json?q=slug:{slug}").json or []] == [slug]
    assert browser.open("GET", f"{BASE}/goods.json?q=nothing-is-called-so").json == []
    rival = shop.consoles.sign_in("distributor", shop.rival)
    assert rival.open("GET", f"{BASE}/goods.json?q=slug:{slug}").json == []


def test_a_shared_link_shows_the_draft_and_can_buy_nothing(shop: Shop, browser: Console) -> None:
    look = state(browser)["look"] | {"settings": {"header_style": "brand"}}
    call(browser, "draft", {"revision": 0, "look": look})
    url = call(browser, "link", {})["url"]
    path = "/" + url.split("/", 3)[3]
    answer = visit(shop, path)
    page = answer.text
    assert answer.status_code == 200 and 'data-header="brand"' in page and "preview of a draft" in page
    assert '="/assets' not in page and '="/p/' not in page, "every address stays within the draft"
    headers = answer.headers
    assert headers["X-Robots-Tag"] == "noindex, nofollow" and headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert f"connect-src http://one.localhost{path};" in policy and f"form-action http://one.localhost{path};" in policy
    assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and headers["X-Frame-Options"] == "DENY"
    style = re.findall(r'href="([^"]+\.css)"', page)[0]
    assert visit(shop, style).status_code == 200
    assert visit(shop, f"{path}nothing/here/").status_code == 404
    assert 'data-mode="dark"' in visit(shop, f"{path}dark/").text
    assert visit(shop, f"{path}en/").status_code == 200
    call(browser, "draft", {"revision": 1, "look": look | {"settings": {"header_style": "plain"}}})
    assert 'data-header="plain"' in visit(shop, path).text, "the draft of now, not the page of a moment ago"


def test_a_frame_s_link_is_for_the_console_alone(shop: Shop, browser: Console) -> None:
    path = "/" + state(browser)["frame"].split("/", 3)[3] + "/"
    answer = visit(shop, path)
    assert answer.status_code == 200 and "preview of a draft" not in answer.text
    assert "frame-ancestors http://localhost" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    policy = browser.open("GET", BASE).headers["Content-Security-Policy"]
    assert "frame-src http://one.localhost" in policy and "unsafe" not in policy


def test_a_link_that_is_not_ours_or_not_this_store_s_or_over_shows_nothing(shop: Shop, browser: Console) -> None:
    good = links.path(store(shop), links.Kind.SHARED) + "/"
    assert visit(shop, good).status_code == 200
    theirs = links.path(store(shop, shop.rival), links.Kind.SHARED) + "/"
    forged = good[:-3] + ("AA/" if good[-3:] != "AA/" else "BB/")
    swapped = good[:20] + ("A" if good[20] != "A" else "B") + good[21:]
    words = [f"{good[:20]}\"><{good[20:]}", f"{good[:-1]}==\"><a id=x>/", f"{good[:-1]}==\\1%0a;frame-ancestors *;/"]
    answers = [visit(shop, wrong) for wrong in (theirs, forged, swapped, *words, "/-/draft/x/", "/-/draft/x/p/y/")]
    answers.append(visit(shop, good, host="two.localhost"))
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        answers.append(visit(shop, good))
    for answer in answers:
        assert answer.status_code == 404 and "no longer valid" in answer.text
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "noindex" in answer.headers["X-Robots-Tag"]


def test_a_draft_that_breaks_says_so_in_place_of_the_page(
    shop: Shop, browser: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    classic = look.bundled("classic")
    for mistake, told in (("{{ nosuch }}", "hero.html.j2:1"), ("{{ 1 } }}", "&#39;}&#39;")):
        broken = Theme("classic", {**classic.files, "sections/hero.html.j2": mistake})
        monkeypatch.setattr(look, "bundled", lambda handle, theme=broken: theme)
        answer = visit(shop, links.path(store(shop), links.Kind.SHARED) + "/")
        assert answer.status_code == 500 and "cannot be shown" in answer.text and told in answer.text


def test_a_picture_is_kept_and_served_as_nothing_else(shop: Shop, browser: Console) -> None:
    headers = {"X-CSRFToken": browser.token()}
    png = b"\x89PNG\r\n\x1a\n" + b"x" * 50
    answer = Context().run(browser.client.post, f"{BASE}/image", data=png, headers=headers, content_type="image/png")
    assert answer.status_code == 200 and answer.json
    shown = visit(shop, answer.json["path"])
    assert (shown.data, shown.mimetype, shown.headers["X-Content-Type-Options"]) == (png, "image/png", "nosniff")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert visit(shop, answer.json["path"], host="two.localhost").status_code == 404
    svg = Context().run(browser.client.post, f"{BASE}/image", data=b"<svg/>", headers=headers)
    assert svg.status_code == 422


def test_another_s_look_is_not_there_to_restore(shop: Shop, browser: Console) -> None:
    rival = store(shop, shop.rival)
    with transaction(tenancy.platform()) as session:
        theirs = history.looks(session, store_id=rival.id)[0]
    call(browser, f"history/{public_id('lok', theirs.id)}", {}, expect=404)
