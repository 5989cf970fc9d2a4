"""What the proxy may get certificates for: exactly what serves a store, at no cost for what does not."""

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from cardmesh.app import create_web
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.settings import Settings
from cardmesh.stores import directory
from cardmesh.stores.domains import certificates
from cardmesh.stores.domains.models import Domain
from cardmesh.stores.domains.steps import is_live
from tests.domains.conftest import HOST, SECRET, Browser, Owner


def test_only_proven_hosts_and_stores_subdomains_are_allowed(one: Owner, browser: Browser) -> None:
    pending = one.add("www.example.com")
    one.write(one.add())
    assert browser.ask(HOST) == 404, "its DNS is set, and nobody has looked yet"
    with transaction(tenancy.tenant(one.tenant_id)) as session:
        added = session.scalars(select(Domain).where(Domain.host == HOST)).one()
    one.check(added)
    assert [browser.ask(host) for host in (HOST, "one.localhost", "two.localhost")] == [200, 200, 200]
    strangers = (
        pending.host, "localhost", "nobody.localhost", "x.one.localhost", f"x.{HOST}", f"{HOST}.", HOST.upper(),
        f"{HOST}:443", "example.com", "127.0.0.1", "*.localhost", "ONE.localhost", "one.localhost.", "\x00", "é" * 300,
    )  # fmt: skip
    assert {host: browser.ask(host) for host in strangers} == dict.fromkeys(strangers, 404)


def test_a_released_domain_gets_no_certificate(one: Owner, browser: Browser) -> None:
    domain = one.prove()
    assert browser.ask(HOST) == 200
    one.release(domain)
    assert browser.ask(HOST) == 404


def test_the_first_question_is_a_step_that_its_owner_sees(one: Owner, browser: Browser) -> None:
    domain = one.prove()
    assert not is_live(domain, https=True)
    browser.ask(HOST)
    asked = one.read(domain)
    assert asked.certificate_at is not None and is_live(asked, https=True)
    browser.ask(HOST)
    assert one.read(domain).certificate_at == asked.certificate_at


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "app:8000", "localhost", "one.localhost", HOST])
def test_the_address_is_the_secret_whatever_the_name(one: Owner, browser: Browser, host: str) -> None:
    one.prove()
    assert browser.ask(HOST, host=host) == 200
    for wrong in ("", "x", SECRET[:-1], f"{SECRET}x", f"{SECRET}/", SECRET.upper(), "é"):
        assert browser.ask(HOST, wrong, host) in (404, 503), wrong


def test_a_wrong_address_looks_like_any_other(browser: Browser, one: Owner) -> None:
    def shown(path: str) -> tuple[int, str]:
        answer = browser.get("localhost", path, Accept="application/json")
        return answer.status_code, answer.text.replace(answer.headers["X-Request-Id"], "")

    assert shown("/-/tls/wrong?domain=one.localhost") == shown("/-/other/wrong?domain=one.localhost")


def test_one_host_is_asked_for_by_get(one: Owner, browser: Browser) -> None:
    client, headers = browser.app.test_client(), {"Host": "127.0.0.1:8000"}
    assert client.get(f"/-/tls/{SECRET}", headers=headers).status_code == 400
    assert client.get(f"/-/tls/{SECRET}?domain=a&domain=one.localhost", headers=headers).status_code == 400
    assert client.post(f"/-/tls/{SECRET}?domain=one.localhost", headers=headers).status_code != 200


def test_without_a_secret_nothing_answers(settings: Settings) -> None:
    client = create_web(settings).test_client()
    assert client.get("/-/tls/?domain=one.localhost", headers={"Host": "localhost"}).status_code == 404


def test_a_secret_that_can_be_guessed_is_refused(settings: Settings) -> None:
    from dataclasses import replace

    with pytest.raises(ValueError, match="TLS_ASK_SECRET"):
        create_web(replace(settings, tls_ask_secret="short"))


def test_guessed_subdomains_are_looked_up_so_many_a_second(
    web: APIFlask, one: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    original = directory.resolve
    monkeypatch.setattr(certificates.directory, "resolve", lambda host: (looked.append(host), original(host))[1])
    monkeypatch.setattr(certificates.time, "monotonic", lambda: 5_000.0)
    monkeypatch.setattr(certificates, "_allowance", certificates.Allowance(3))
    assert certificates.is_allowed("one.localhost")
    assert [certificates.is_allowed(f"guess-{n}.localhost") for n in range(20)] == [False] * 20
    assert len(looked) == 3
    assert certificates.is_allowed("one.localhost"), "what is known needs no look-up"


def test_proven_domains_go_on_without_a_database(one: Owner, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    one.prove()
    assert browser.ask(HOST) == 200
    client, headers = browser.app.test_client(), {"Host": "127.0.0.1:8000"}

    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(certificates, "transaction", away)
    monkeypatch.setattr(directory, "transaction", away)
    monkeypatch.setattr(directory, "REMEMBER_SECONDS", 0.0)
    assert client.get(f"/-/tls/{SECRET}?domain={HOST}", headers=headers).status_code == 200
    assert client.get(f"/-/tls/{SECRET}?domain=new.localhost", headers=headers).status_code == 503
