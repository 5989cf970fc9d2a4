"""What a browser gets on a store's host: pages with their headers, the store's own 404, a clear word when closed."""

import gzip
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from cardmesh.identity.models import Tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from cardmesh.kit.jobs import run
from cardmesh.stores import directory, publish, serving
from cardmesh.stores.models import Build, BuildStatus, Store
from cardmesh.stores.opening import open_tenant
from site_builder.target import Site
from workers.registry import JOBS

STORES = {"stores.build": JOBS["stores.build"]}


@pytest.fixture
def store(app: Flask) -> Store:
    with transaction(tenancy.platform()) as session:
        return open_tenant(session, name="星卡", handle="star", owner_email="owner@example.test").store


@pytest.fixture
def published(store: Store) -> Store:
    run.drain(STORES)
    return store


def get(app: Flask, path: str, host: str = "star.localhost:8000", **headers: str) -> TestResponse:
    sent: dict[str, Any] = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get(path, base_url=f"http://{host}", headers=sent)


def test_a_page_comes_with_a_strict_policy_and_asks_before_it_is_kept(app: Flask, published: Store) -> None:
    answer = get(app, "/")
    assert answer.status_code == 200 and "星卡" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_what_was_seen_is_not_sent_again(app: Flask, published: Store) -> None:
    tag = get(app, "/").headers["ETag"]
    again = get(app, "/", If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert get(app, "/", If_None_Match='"other"').status_code == 200


def test_text_is_compressed_for_those_who_take_it(app: Flask, published: Store) -> None:
    plain, small = get(app, "/"), get(app, "/", Accept_Encoding="gzip")
    assert small.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(small.data) == plain.data
    assert plain.headers["ETag"] != small.headers["ETag"]
    assert plain.headers["Vary"] == small.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in get(app, "/", Accept_Encoding="gzip;q=0").headers


def test_assets_are_kept_for_ever(app: Flask, published: Store) -> None:
    record = site(published).record(site(published).current())
    assert record is not None
    path = next(path for path in record.manifest.entries if path.startswith("/assets/") and path.endswith(".css"))
    assert get(app, path).headers["Cache-Control"] == "public, max-age=31536000, immutable"


def site(store: Store) -> Site:
    return publish.site_of(store.id)


def test_head_is_a_page_without_its_body(app: Flask, published: Store) -> None:
    answer = app.test_client().head("/", base_url="http://star.localhost:8000")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == get(app, "/").headers["ETag"]


def test_a_forgotten_slash_is_added(app: Flask, published: Store) -> None:
    answer = get(app, "/cart?from=x")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/cart/?from=x")


@pytest.mark.parametrize(
    "path", ["/nothing", "/p/nothing/", "/../secret", "/%2e%2e/secret", "/p//nothing/", "/index.html/", "/_store/"]
)
def test_what_is_not_there_is_the_store_s_own_404(app: Flask, published: Store, path: str) -> None:
    answer = get(app, path)
    assert answer.status_code == 404
    assert "星卡" in answer.text
    assert "ETag" not in answer.headers


def test_two_slashes_lead_nowhere_else(app: Flask, published: Store) -> None:
    raw = {"PATH_INFO": "//evil.example/"}
    answer = app.test_client().get("/", base_url="http://star.localhost:8000", environ_overrides=raw)
    assert (answer.status_code, answer.headers.get("Location")) == (404, None)


def test_the_404_speaks_the_language_of_the_path(app: Flask, published: Store) -> None:
    assert 'lang="en"' in get(app, "/en/nothing").text
    assert 'lang="zh-CN"' in get(app, "/nothing").text


def test_an_unknown_call_of_the_api_is_a_problem_not_a_page(app: Flask, published: Store) -> None:
    answer = get(app, "/api/nothing", Accept="application/json")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_an_unknown_host_is_no_store(app: Flask, published: Store) -> None:
    assert get(app, "/", host="nobody.localhost:8000").status_code == 404
    assert get(app, "/", host="star.localhost.evil.example").status_code == 404
    assert "星卡" not in get(app, "/", host="localhost:8000", X_Forwarded_Host="star.localhost").text


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "店铺即将开张"), ("en", "Opening in a moment")])
def test_before_the_first_build_it_says_so(app: Flask, store: Store, language: str, words: str) -> None:
    answer = get(app, "/", Accept_Language=language)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert words in answer.text and "no-store" in answer.headers["Cache-Control"]


def test_a_suspended_tenant_s_store_is_closed(app: Flask, published: Store) -> None:
    with transaction(tenancy.platform()) as session:
        session.get_one(Tenant, published.tenant_id).status = "suspended"
    answer = get(app, "/p/anything/", Accept_Language="en")
    assert answer.status_code == 403
    assert "suspended" in answer.text and "星卡" in answer.text


def close(store: Store) -> None:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        session.get_one(Store, (store.tenant_id, store.id)).status = "maintenance"


@pytest.mark.parametrize(("path", "words"), [("/", "店铺维护中"), ("/x", "店铺维护中"), ("/en/p/x/", "Back in a")])
def test_a_store_in_maintenance_says_so_in_its_own_look(app: Flask, published: Store, path: str, words: str) -> None:
    close(published)
    answer = get(app, path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert words in answer.text and 'rel="stylesheet" href="/assets/' in answer.text
    assert "no-store" in answer.headers["Cache-Control"] and "ETag" not in answer.headers


@pytest.mark.parametrize("path", ["/order/", "/lookup/", "/claim/", "/en/order/", "/robots.txt", "/icon-192.png"])
def test_who_has_paid_is_served_in_maintenance(app: Flask, published: Store, path: str) -> None:
    close(published)
    assert get(app, path).status_code == 200


@pytest.mark.parametrize("path", ["/p/order/", "/c/claim/", "/cart/", "/checkout/", "/maintenance.html"])
def test_nothing_else_is(app: Flask, published: Store, path: str) -> None:
    close(published)
    assert get(app, path).status_code == 503


def test_maintenance_before_the_first_build_has_a_page_of_ours(app: Flask, store: Store) -> None:
    close(store)
    answer = get(app, "/", Accept_Language="en")
    assert answer.status_code == 503 and "Back in a moment" in answer.text


def test_no_order_is_taken_in_maintenance(app: Flask, published: Store) -> None:
    close(published)
    body = {
        "items": [{"sku": public_id("sku", uuid.uuid4())}],
        "contact": {"email": "a@example.test"},
        "payment": {"method": "card"},
    }
    headers = {"Idempotency-Key": "one"}
    answer = app.test_client().post("/api/orders", base_url="http://star.localhost:8000", json=body, headers=headers)
    assert (answer.status_code, answer.json and answer.json["code"]) == (409, "store_closed")


def test_a_new_build_is_served_within_two_seconds(
    app: Flask, published: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    get(app, "/")
    with transaction(tenancy.tenant(published.tenant_id)) as session:
        session.get_one(Store, (published.tenant_id, published.id)).name = "新星"
        publish.request_build(session, tenant_id=published.tenant_id, store_id=published.id, reason="test")
    run.drain(STORES)
    now = serving.time.monotonic()
    monkeypatch.setattr(serving.time, "monotonic", lambda: now + serving.POINTER_SECONDS)
    assert "新星" in get(app, "/").text


def test_a_page_of_a_moment_ago_still_finds_its_assets(
    app: Flask, published: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = site(published).record(site(published).current())
    assert first is not None
    get(app, "/")
    with transaction(tenancy.tenant(published.tenant_id)) as session:
        session.get_one(Store, (published.tenant_id, published.id)).preset = "jade"
        publish.request_build(session, tenant_id=published.tenant_id, store_id=published.id, reason="test")
    run.drain(STORES)
    second = site(published).record(site(published).current())
    assert second is not None
    gone = [p for p in first.manifest.entries if p.startswith("/assets/") and p not in second.manifest.entries]
    assert gone, "the looks differ in no asset: nothing was shown"
    now = serving.time.monotonic()
    monkeypatch.setattr(serving.time, "monotonic", lambda: now + serving.POINTER_SECONDS)
    assert get(app, "/").status_code == 200
    assert {get(app, path).status_code for path in gone} == {200}


def test_memory_is_bounded() -> None:
    kept: serving.Lru[int, bytes] = serving.Lru(10, len)
    for number in range(5):
        kept.put(number, b"1234")
    assert [kept.get(number) for number in range(5)] == [None, None, None, b"1234", b"1234"]
    kept.put(4, b"12345678")
    assert (kept.get(3), kept.get(4)) == (None, b"12345678")


def test_neighbours_never_share_a_page(app: Flask, published: Store) -> None:
    with transaction(tenancy.platform()) as session:
        open_tenant(session, name="邻居", handle="next", owner_email="next@example.test")
    run.drain(STORES)
    with transaction(tenancy.platform()) as session:
        assert set(session.scalars(select(Build.status))) == {BuildStatus.PUBLISHED}
    assert "邻居" in get(app, "/", host="next.localhost:8000").text
    assert "邻居" not in get(app, "/").text and "星卡" not in get(app, "/", host="next.localhost:8000").text
    assert directory.resolve("next.localhost") != directory.resolve("star.localhost")
