"""The store's domains in the distributor's console and over the API, in both languages."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.jobs import run
from cardmesh.sims.dns import DnsSim, running_dns
from cardmesh.stores.domains import checking
from cardmesh.stores.domains.models import Domain
from tests.fixtures.shop import Console, Shop
from workers.registry import JOBS

CHECKS = {"domains.check": JOBS["domains.check"]}


@pytest.fixture
def dns(shop: Shop) -> Iterator[DnsSim]:
    """What this installation asks, instead of the machine's own resolver."""
    before = runtime.current()
    with running_dns() as sim:
        asked = replace(before.settings, dns_resolvers=(sim.address,), public_addresses=("203.0.113.7",))
        runtime.install(replace(before, settings=asked))
        yield sim
    runtime.install(before)


def rows() -> list[Domain]:
    """But for the one that the shop was adding before."""
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(select(Domain).where(Domain.host != "own.example.com").order_by(Domain.id)))


def add(browser: Console, host: str, **fields: str) -> str:
    return browser.post("/distributor/domains", {"host": host, **fields})


def records(page: str) -> list[tuple[str, ...]]:
    """(type, label, name, value) as they stand on the page."""
    found = re.findall(r'<dl class="facts record">(.*?)</dl>', page, re.DOTALL)
    return [tuple(html.unescape(cell) for cell in re.findall(r"<code[^>]*>(.*?)</code>", one)) for one in found]


def paste(dns: DnsSim, page: str) -> None:
    for type, _, name, value in records(page):
        dns.set(name, type, value)


def test_a_domain_is_added_followed_and_given_up(shop: Shop, dns: DnsSim) -> None:
    browser = shop.sign_in("manager")
    page = browser.get(place := add(browser, "cards.example.com"))
    assert [line[:3] for line in records(page)] == [
        ("TXT", "_cardmesh-challenge.cards", "_cardmesh-challenge.cards.example.com"),
        ("CNAME", "cards", "cards.example.com"),
    ]
    assert "data-refresh" in page and "Waiting for the TXT record" in page
    run.drain(CHECKS)
    assert "The TXT record is not there yet" in browser.get(place)
    paste(dns, page)
    assert "Being checked" in browser.follow(f"{place}/check")
    job_now()
    page = browser.get(place)
    assert page.count("· Done") == 3 and "data-refresh" not in page
    assert "Live" in browser.get("/distributor/domains")
    assert "Saved" in browser.follow(f"{place}/primary", {"wanted": "yes"})
    assert "http://cards.example.com" in browser.get("/distributor/domains")
    assert "released" in browser.follow(f"{place}/release")
    assert "Released by you" in browser.get(place) and not records(browser.get(place))
    assert [row.status for row in rows()] == ["ended"]


def job_now() -> None:
    """The look that was asked for, without the pause before it."""
    for row in rows():
        checking.check(tenant_id=row.tenant_id, domain_id=row.id)


def test_a_bare_domain_comes_with_its_www(shop: Shop, dns: DnsSim) -> None:
    browser = shop.sign_in()
    page = browser.get(add(browser, "例子.com", both="yes"))
    assert [line[0] for line in records(page)] == ["TXT", "A"] and "例子.com" in page
    assert sorted(row.host for row in rows()) == ["www.xn--fsqu00a.com", "xn--fsqu00a.com"]
    assert "www.xn--fsqu00a.com" in page


@pytest.mark.parametrize(
    ("host", "locale", "told"),
    [
        ("*.example.com", "en", "Wildcards are not possible"),
        ("*.example.com", "zh-CN", "不支持泛域名"),
        ("one.localhost", "en", "belongs to the platform"),
        ("co.uk", "zh-CN", "请填写您注册的域名"),
        ("", "en", "Fill in the required field"),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(shop: Shop, host: str, locale: str, told: str) -> None:
    browser = shop.sign_in(locale=locale)
    page = html.unescape(browser.post("/distributor/domains", {"host": host}, expect=422))
    assert told in page and f'name="host" value="{host}"' in page
    assert rows() == []


def test_both_languages_tell_the_same(shop: Shop, dns: DnsSim) -> None:
    chinese = shop.sign_in(locale="zh-CN")
    place = add(chinese, "cards.example.com")
    run.drain(CHECKS)
    page = chinese.get(place)
    assert "还没有找到 TXT 记录" in page and "等待 TXT 记录生效" in page and "复制" in page
    assert records(page) == records(shop.sign_in().get(place))


def test_a_proof_that_went_missing_is_the_first_thing_told(shop: Shop, dns: DnsSim) -> None:
    browser = shop.sign_in()
    place = add(browser, "cards.example.com")
    paste(dns, browser.get(place))
    job_now()
    dns.set("_cardmesh-challenge.cards.example.com", "TXT")
    job_now()
    assert "The TXT record is gone" in browser.get(place)
    assert "The DNS records of cards.example.com need you" in browser.get("/distributor/")


def test_staff_without_the_right_only_look(shop: Shop, dns: DnsSim) -> None:
    place = add(shop.sign_in(), "cards.example.com")
    support = shop.sign_in("support")
    assert "Check now" not in support.get(place)
    for path in ("/distributor/domains", f"{place}/check", f"{place}/primary", f"{place}/release"):
        support.post(path, {"host": "x.example.com", "wanted": "yes"}, expect=403)
    assert [row.status for row in rows()] == ["pending"]


def api(shop: Shop, method: str, path: str, body: object = None) -> TestResponse:
    with transaction(tenancy.platform()) as session:
        secret = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=shop.market.tenant_id).secret
    headers = {"Host": "localhost", "Authorization": f"Bearer {secret}", "Accept-Language": "en"}
    return shop.consoles.app.test_client().open(path, method=method, headers=headers, json=body)


def test_a_program_does_the_same(shop: Shop, dns: DnsSim) -> None:
    made: Any = api(shop, "POST", "/v1/domains", {"host": "Cards.Example.com."})
    assert made.status_code == 201, made.text
    domain = made.get_json()
    assert (domain["host"], domain["status"], domain["live"]) == ("cards.example.com", "pending", False)
    for record in domain["records"]:
        dns.set(record["name"], record["type"], record["value"])
    path = f"/v1/domains/{domain['id']}"
    refused = api(shop, "PATCH", path, {"primary": True})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "domain_not_proven")
    assert api(shop, "POST", f"{path}/check").status_code == 202
    job_now()
    seen = api(shop, "GET", path).get_json()
    assert [(step["name"], step["done"]) for step in seen["steps"]] == [
        ("proof", True), ("route", True), ("live", True),
    ]  # fmt: skip
    assert seen["live"] and seen["problem"] is None
    chosen = api(shop, "PATCH", path, {"primary": True}).get_json()
    assert chosen["primary"] and chosen["primary_in_force"]
    assert api(shop, "GET", "/v1/store").get_json()["url"] == "http://cards.example.com:8000"
    before = [shop.ids["domain_id"]]
    assert [one["id"] for one in api(shop, "GET", "/v1/domains").get_json()["data"]] == [*before, domain["id"]]
    assert api(shop, "DELETE", path).status_code == 204
    assert [one["id"] for one in api(shop, "GET", "/v1/domains").get_json()["data"]] == before
    ended = api(shop, "GET", path).get_json()
    assert (ended["status"], ended["ended_because"], ended["live"]) == ("ended", "released", False)
    assert ended["records"] == [], "its token is of no use to anybody"
    assert api(shop, "GET", "/v1/store").get_json()["url"] == "http://one.localhost:8000"


@pytest.mark.parametrize(
    ("host", "code"),
    [("*.example.com", "domain_wildcard"), ("192.0.2.1", "domain_ip_address"), ("one.localhost", "domain_ours")],
)
def test_a_program_hears_which_place_is_wrong(shop: Shop, host: str, code: str) -> None:
    answer = api(shop, "POST", "/v1/domains", {"host": host})
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "domain_invalid")
    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [("/host", code)]


def test_a_repeated_call_adds_one(shop: Shop, dns: DnsSim) -> None:
    assert api(shop, "POST", "/v1/domains", {"host": "cards.example.com"}).status_code == 201
    again = api(shop, "POST", "/v1/domains", {"host": "cards.example.com"})
    assert (again.status_code, again.get_json()["code"]) == (409, "domain_already_added")
    assert len(rows()) == 1
