"""The ways in which somebody gets a domain that is not theirs, each tried."""

import threading
from collections.abc import Callable

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.sims.dns import DnsSim
from cardmesh.stores import directory
from cardmesh.stores.domains import checking
from cardmesh.stores.domains.errors import DomainInvalid
from cardmesh.stores.domains.models import Domain
from cardmesh.stores.domains.rules import challenge
from cardmesh.stores.models import StoreHost
from tests.domains.conftest import HOST, Browser, Owner
from tests.fixtures.promises import Promise


def test_a_dangling_alias_is_nobodys(one: Owner, two: Owner, browser: Browser, promise: Promise) -> None:
    """The domain leads here still, its owner is gone: whoever adds it has no proof."""
    held = one.prove()
    one.release(held)
    assert browser.store_at(HOST) is None and browser.ask(HOST) == 404
    claimed = two.add()
    for _ in range(3):
        claimed = two.check(claimed)
    assert (claimed.status, claimed.routed_at is not None) == ("pending", True)
    assert browser.store_at(HOST) is None and browser.ask(HOST) == 404
    promise("a dangling domain serves nobody", demanded="0 claims proven", seen="0 of 1", faults=1)


def test_an_old_token_proves_nothing_for_anybody(one: Owner, two: Owner, dns: DnsSim) -> None:
    first = one.prove()
    one.release(first)
    assert dns.asked and one.check(first).status == "ended", "the record is still there, and stays without effect"
    again, other = one.add(), two.add()
    assert one.check(again).problem == two.check(other).problem == "proof_other"
    dns.set(challenge(HOST), "TXT", first.token, again.token)
    assert (two.check(other).status, one.check(again).status) == ("pending", "proven")


def test_a_token_proves_only_the_host_it_was_made_for(one: Owner, dns: DnsSim) -> None:
    domain, other = one.add(), one.add("www.example.com")
    dns.set(challenge("www.example.com"), "TXT", domain.token)
    dns.set(challenge("example.com"), "TXT", domain.token, other.token)
    assert one.check(domain).problem == "proof_missing" and one.check(other).problem == "proof_other"


def test_anothers_attempt_is_in_nobodys_way_and_is_not_told(one: Owner, two: Owner, browser: Browser) -> None:
    squatter = two.add()
    domain = one.prove()
    assert (domain.status, browser.store_at(HOST)) == ("proven", "one")
    assert two.check(squatter).problem == "proof_other"
    with transaction(tenancy.tenant(two.tenant_id)) as session:
        assert session.scalars(select(Domain.tenant_id)).all() == [two.tenant_id]


def test_whoever_has_both_records_waits_for_the_older_to_go(one: Owner, two: Owner, dns: DnsSim) -> None:
    held, claimed = one.prove(), two.add()
    dns.set(challenge(HOST), "TXT", held.token, claimed.token)
    claimed = two.check(claimed)
    assert (claimed.status, claimed.problem) == ("pending", "held")
    assert one.check(held).status == "proven"


def test_a_domain_moves_to_who_proves_it_now(one: Owner, two: Owner, dns: DnsSim, browser: Browser) -> None:
    """Sold with its DNS: the buyer's proof is there and the seller's is not."""
    held, claimed = one.prove(), two.add()
    one.choose(held)
    dns.set(challenge(HOST), "TXT", claimed.token)
    assert two.check(claimed).status == "proven"
    held = one.read(held)
    assert (held.status, held.ended_because, one.stored().primary_host) == ("ended", "moved", None)
    assert browser.store_at(HOST) == "two"
    dns.set(challenge(HOST), "TXT", held.token)
    assert one.check(held).status == "ended" and browser.store_at(HOST) == "two"


def test_of_two_that_prove_at_once_one_gets_it(
    web: APIFlask, one: Owner, two: Owner, dns: DnsSim, browser: Browser
) -> None:
    for round in range(5):
        host = f"race-{round}.example.com"
        attempts = [(owner, owner.add(host)) for owner in (one, two)]
        dns.set(challenge(host), "TXT", *(domain.token for _, domain in attempts))
        _at_once(web, [lambda owner=owner, domain=domain: owner.check(domain) for owner, domain in attempts])
        found = {owner.store.name: owner.read(domain) for owner, domain in attempts}
        assert sorted(domain.status for domain in found.values()) == ["pending", "proven"]
        winner = next(name for name, domain in found.items() if domain.status == "proven")
        loser = next(domain for domain in found.values() if domain.status == "pending")
        assert (browser.store_at(host), loser.problem) == (winner, "held")
        with transaction(tenancy.platform()) as session:
            assert len(session.scalars(select(StoreHost).where(StoreHost.host == host)).all()) == 1


def _at_once(app: APIFlask, works: list[Callable[[], object]]) -> None:
    barrier = threading.Barrier(len(works))
    failed: list[BaseException] = []

    def body(work: Callable[[], object]) -> None:
        with app.app_context():
            try:
                barrier.wait(10)
                work()
            except BaseException as error:
                failed.append(error)

    threads = [threading.Thread(target=body, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_look_that_comes_back_after_the_release_revives_nothing(
    one: Owner, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = one.add()
    one.write(domain)
    original = checking.lookup.look

    def slow(*arguments: str, **options: object) -> object:
        found = original(*arguments, **options)  # pyright: ignore[reportArgumentType]
        one.release(domain)
        return found

    monkeypatch.setattr(checking.lookup, "look", slow)
    before, after = one.read(domain).checks, one.check(domain)
    assert (after.status, after.checks) == ("ended", before), "a tombstone is not written on"
    assert browser.store_at(HOST) is None


@pytest.mark.parametrize(
    "host", ["two.localhost", "TWO.localhost.", "ｔｗｏ.localhost", "a.two.localhost", "localhost"]
)
def test_a_name_of_the_platform_cannot_be_claimed(one: Owner, two: Owner, host: str) -> None:
    with pytest.raises(DomainInvalid):
        one.add(host)


@pytest.mark.parametrize(
    "host",
    [
        f"{HOST}.",
        f"x.{HOST}",
        f"www.{HOST}",
        "example.com",
        f"{HOST}.evil.example",
        f"{HOST}:80.evil.example",
        f"{HOST}:80:80",
        f"{HOST}@evil.example",
        f"evil.example#{HOST}",
        f"{HOST}/",
        f" {HOST}",
        f"{HOST},evil.example",
        "c\u0430rds.example.com".encode().decode("latin-1"),
        "cards。example.com".encode().decode("latin-1"),
        "",
    ],
)
def test_a_store_answers_to_exactly_its_name(one: Owner, browser: Browser, host: str) -> None:
    one.prove()
    for path in ("/", "/api/store", "/sign-in", "/v1/me"):
        assert browser.get(host, path).status_code in (400, 404), path


def test_port_and_capitals_are_no_part_of_the_name(one: Owner, browser: Browser) -> None:
    one.prove()
    assert [browser.store_at(name) for name in (HOST, f"{HOST}:80", f"{HOST}:8443", HOST.upper())] == ["one"] * 4


def test_forwarded_names_are_not_believed(one: Owner, two: Owner, browser: Browser) -> None:
    one.prove()
    forged = {
        "X_Forwarded_Host": HOST,
        "Forwarded": f"host={HOST}",
        "X_Host": HOST,
        "X_Original_Host": HOST,
        "X_HTTP_Host_Override": HOST,
    }
    assert browser.store_at("two.localhost", **forged) == "two"
    assert browser.store_at("evil.example", **forged) is None


def test_consoles_and_v1_are_not_on_a_stores_domain(one: Owner, browser: Browser) -> None:
    one.prove()
    for path in ("/sign-in", "/distributor/", "/admin/", "/v1/me", "/v1/openapi.json", "/metrics", "/hooks/stripe"):
        answer = browser.get(HOST, path)
        assert answer.status_code in (404, 503), path
        assert not answer.headers.getlist("Set-Cookie")


def test_guessed_names_cost_one_question_however_many(
    one: Owner, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[int] = []
    original = directory.learn_custom_hosts
    monkeypatch.setattr(directory, "learn_custom_hosts", lambda: (learned.append(1), original()))
    monkeypatch.setattr(directory, "lookup", lambda *_: pytest.fail("an unknown host was looked up"))
    client = browser.app.test_client()
    directory._memories.clear()
    monkeypatch.setattr(directory.time, "monotonic", lambda: 1_000.0)
    for number in range(50):
        assert client.get("/", headers={"Host": f"guess-{number}.example.org"}).status_code == 404
    assert learned == [1]
