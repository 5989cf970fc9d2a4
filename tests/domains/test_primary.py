"""The address that a store calls itself by, and where its other names lead."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.sims.dns import DnsSim
from cardmesh.stores import directory
from cardmesh.stores import service as stores
from cardmesh.stores.domains.rules import challenge
from cardmesh.stores.facts import host_of, store_facts
from cardmesh.stores.models import Build, BuildStatus
from tests.domains.conftest import HOST, Browser, Owner

WWW = "www.example.com"
ADDRESS = f"http://{HOST}:8000"


@pytest.fixture
def chosen(one: Owner, build: Callable[[], int]) -> Owner:
    """One store whose proven domain is its address, and its pages built since."""
    one.choose(one.prove())
    build()
    return one


def test_pages_call_themselves_by_the_address(chosen: Owner, browser: Browser) -> None:
    for host in (HOST, "one.localhost"):
        robots = browser.get(host, "/robots.txt").text
        assert f"{ADDRESS}/sitemap.xml" in robots
    page = browser.get(HOST, "/").text
    assert f'rel="canonical" href="{ADDRESS}/"' in page
    assert f'hreflang="en" href="{ADDRESS}/en/"' in page
    assert "one.localhost" not in page
    sitemap = browser.get(HOST, "/sitemap.xml").text
    assert f"<loc>{ADDRESS}/</loc>" in sitemap and "one.localhost" not in sitemap


def test_links_and_letters_use_it(chosen: Owner) -> None:
    store = chosen.stored()
    assert (host_of(store), store_facts(store)["url"]) == (HOST, ADDRESS)


@pytest.mark.parametrize("path", ["/", "/en/", "/p/some-card/?from=a&b=%E5%8D%A1", "/c/games/2/", "/search/?q=1"])
def test_pages_elsewhere_lead_to_it(chosen: Owner, browser: Browser, path: str) -> None:
    chosen.prove(WWW)
    for host in ("one.localhost", WWW):
        moved = browser.get(host, path)
        assert (moved.status_code, moved.headers["Location"]) == (308, ADDRESS + path)
        assert moved.headers["Cache-Control"] == "max-age=300"
    assert browser.get(HOST, path).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/order/?number=1", "/en/order/", "/lookup/", "/api/store", "/robots.txt"])
def test_what_an_open_page_needs_stays_under_its_name(chosen: Owner, browser: Browser, path: str) -> None:
    assert browser.get("one.localhost", path).status_code == 200


def test_a_redirect_leads_nowhere_else(chosen: Owner, browser: Browser) -> None:
    for path in ("//evil.example/", "/%2f%2fevil.example/", "/\\evil.example/", "/@evil.example/", "/%0d%0aX:1/"):
        moved = browser.get("one.localhost", path)
        assert moved.headers.get("Location", ADDRESS).startswith(ADDRESS), path
        assert "\n" not in moved.headers.get("Location", "")


def test_the_api_speaks_under_every_name(chosen: Owner, browser: Browser) -> None:
    chosen.prove(WWW)
    assert [browser.store_at(host) for host in (HOST, WWW, "one.localhost")] == ["one"] * 3


def test_a_single_bad_look_changes_nothing_a_second_one_does(
    chosen: Owner, dns: DnsSim, browser: Browser, build: Callable[[], int]
) -> None:
    """A domain that was lost must not keep the store's buyers: they are led there no more, long before it is taken."""
    domain = chosen.prove(WWW)
    chosen.choose(domain)
    dns.set(WWW, "CNAME", "squatter.example.org")
    chosen.check(domain)
    assert chosen.stored().primary_host == WWW
    chosen.check(domain)
    assert chosen.stored().primary_host is None
    build()
    assert browser.get("one.localhost", "/").status_code == 200
    assert "one.localhost" in browser.get("one.localhost", "/robots.txt").text
    dns.set(WWW, "CNAME", chosen.target)
    chosen.check(domain)
    assert chosen.stored().primary_host == WWW, "the owner's choice holds again"


def test_silence_of_the_dns_keeps_the_address(chosen: Owner, dns: DnsSim) -> None:
    domain = chosen.prove(WWW)
    chosen.choose(domain)
    dns.fail(WWW, challenge(WWW))
    for _ in range(3):
        chosen.check(domain)
    assert chosen.stored().primary_host == WWW


def test_a_choice_waits_for_the_way(one: Owner, dns: DnsSim) -> None:
    domain = one.add()
    dns.set(challenge(HOST), "TXT", domain.token)
    one.choose(one.check(domain))
    assert one.stored().primary_host is None
    one.write(domain)
    one.check(domain)
    assert one.stored().primary_host == HOST


def test_one_address_at_a_time_and_back(chosen: Owner) -> None:
    other = chosen.prove(WWW)
    chosen.choose(other)
    assert chosen.stored().primary_host == WWW
    chosen.choose(other, wanted=False)
    assert chosen.stored().primary_host is None
    with transaction(tenancy.tenant(chosen.tenant_id)) as session:
        waiting = session.scalars(select(Build.reason).where(Build.status == BuildStatus.QUEUED)).all()
    assert waiting == ["store.address"], "each change of the address builds the pages anew"


def test_a_released_address_gives_the_store_its_subdomain_back(
    chosen: Owner, browser: Browser, build: Callable[[], int]
) -> None:
    domain = chosen.prove(WWW)
    chosen.choose(domain)
    chosen.release(domain)
    assert chosen.stored().primary_host is None
    build()
    assert browser.get("one.localhost", "/").status_code == 200
    assert browser.get(WWW, "/").status_code == 404


def test_a_closed_store_says_so_under_every_name(chosen: Owner, browser: Browser) -> None:
    with transaction(tenancy.tenant(chosen.tenant_id)) as session:
        stores.update_store(session, store_id=chosen.store.id, changes={"status": "maintenance"})
    assert [browser.get(host, "/").status_code for host in (HOST, "one.localhost")] == [503, 503]


def test_the_other_stores_pages_are_not_touched(chosen: Owner, two: Owner, browser: Browser) -> None:
    assert browser.get("two.localhost", "/").status_code == 200
    found = directory.resolve("two.localhost")
    assert found is not None and found.primary_host is None
    assert json.loads(browser.get("two.localhost").text)["name"] == "two"
