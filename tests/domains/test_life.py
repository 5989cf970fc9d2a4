"""A domain from the first attempt to its tombstone: proof, watch, doubt, loss."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cardmesh.identity.models import AuditRecord
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.errors import NotFound
from cardmesh.kit.jobs import run
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.settings import Settings
from cardmesh.sims.dns import DnsSim
from cardmesh.stores.domains import checking, service
from cardmesh.stores.domains.errors import DomainAlreadyAdded, DomainNotProven, TooManyDomains
from cardmesh.stores.domains.rules import GRACE, PATIENCE, Seen, challenge
from cardmesh.stores.domains.steps import is_live, removed_at
from cardmesh.stores.models import StoreHost
from tests.domains.conftest import HOST, OURS, Browser, Owner
from workers.registry import JOBS


def hosts() -> list[str]:
    """Every name that serves a store, but for the neighbour's."""
    with transaction(tenancy.platform()) as session:
        return sorted(session.scalars(select(StoreHost.host).where(StoreHost.host != "two.localhost")))


def drain_checks() -> int:
    return run.drain({name: JOBS[name] for name in ("domains.check", "stores.build")})


def test_an_attempt_serves_nothing_until_its_text_is_found(one: Owner, dns: DnsSim, browser: Browser) -> None:
    domain = one.add()
    assert one.check(domain).problem == "proof_missing"
    dns.set(challenge(HOST), "TXT", "something else")
    assert one.check(domain).problem == "proof_other"
    assert (browser.store_at(HOST), hosts()) == (None, ["one.localhost"])
    one.write(domain)
    domain = one.check(domain)
    assert (domain.status, domain.problem, is_live(domain, https=False)) == ("proven", None, True)
    assert (browser.store_at(HOST), hosts()) == ("one", [HOST, "one.localhost"])


def test_the_first_look_is_promised_with_the_attempt(one: Owner) -> None:
    domain = one.add()
    one.write(domain)
    drain_checks()
    assert one.read(domain).status == "proven"


def test_every_attempt_has_a_token_of_its_own(one: Owner, two: Owner) -> None:
    first = one.add()
    one.release(first)
    tokens = {first.token, one.add().token, two.add().token, one.add("www.example.com").token}
    assert len(tokens) == 4 and all(len(token) >= 32 for token in tokens)


def test_a_domain_is_added_once_and_not_without_end(one: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    one.add("Cards.Example.com.")
    with pytest.raises(DomainAlreadyAdded):
        one.add(HOST)
    monkeypatch.setattr(service, "MOST", 2)
    one.add("www.example.com")
    with pytest.raises(TooManyDomains):
        one.add("example.com")


def test_a_bare_domain_goes_live_by_addresses(one: Owner, dns: DnsSim, browser: Browser) -> None:
    domain = one.add("example.com")
    lines = one.lines(domain)
    assert [(line.type, line.value) for line in lines[1:]] == [("A", OURS[0]), ("AAAA", OURS[1])]
    dns.set(lines[0].name, "TXT", domain.token)
    assert one.check(domain).problem == "route_missing"
    dns.set("example.com", "A", OURS[0], "198.51.100.9")
    assert one.check(domain).problem == "route_mixed"
    dns.set("example.com", "A", OURS[0])
    assert one.check(domain).problem is None
    assert browser.store_at("example.com") == "one"


def test_an_international_name_answers_in_the_form_that_browsers_send(one: Owner, browser: Browser) -> None:
    domain = one.prove("卡.example.com")
    assert domain.host == "xn--hlr.example.com" and browser.store_at(domain.host) == "one"


def test_silence_of_the_dns_takes_nothing_away(one: Owner, dns: DnsSim, browser: Browser) -> None:
    domain = one.prove()
    dns.fail(HOST, challenge(HOST))
    for _ in range(3):
        domain = one.check(domain)
        assert (domain.status, domain.failures, domain.failing_since) == ("proven", 0, None)
    assert domain.problem == "dns_unanswered" and browser.store_at(HOST) == "one"


def test_a_proof_removed_later_warns_and_after_the_grace_the_domain_is_down(
    one: Owner, dns: DnsSim, browser: Browser
) -> None:
    domain = one.prove()
    dns.set(challenge(HOST), "TXT")
    domain = one.check(domain)
    assert (domain.status, domain.problem, browser.store_at(HOST)) == ("proven", "proof_missing", "one")
    assert removed_at(domain) == (domain.failing_since or clock.now()) + GRACE
    one.backdate(domain, "failing_since", GRACE - timedelta(minutes=1))
    assert one.check(domain).status == "proven"
    one.backdate(domain, "failing_since", timedelta(minutes=2))
    domain = one.check(domain)
    assert (domain.status, domain.ended_because, browser.store_at(HOST)) == ("ended", "proof_gone", None)
    assert browser.ask(HOST) == 404 and hosts() == ["one.localhost"]


def test_a_proof_that_comes_back_in_time_is_forgiven(one: Owner, dns: DnsSim) -> None:
    domain = one.prove()
    dns.set(challenge(HOST), "TXT")
    one.check(domain)
    one.backdate(domain, "failing_since", GRACE - timedelta(hours=1))
    one.write(domain)
    domain = one.check(domain)
    assert (domain.failing_since, domain.failures, domain.problem) == (None, 0, None)


def test_a_domain_that_leads_elsewhere_is_told_but_not_taken(one: Owner, dns: DnsSim) -> None:
    domain = one.prove()
    dns.set(HOST, "CNAME", "elsewhere.example.org")
    dns.set("elsewhere.example.org", "A", "198.51.100.1")
    domain = one.check(domain)
    assert (domain.status, domain.problem, domain.failing_since) == ("proven", "route_elsewhere", None)


def test_an_attempt_that_is_never_proven_ends(one: Owner) -> None:
    domain = one.add()
    one.backdate(domain, "created_at", PATIENCE + timedelta(minutes=1))
    assert one.check(domain).ended_because == "never_proven"


def test_a_release_is_final_and_may_be_repeated(one: Owner, browser: Browser) -> None:
    domain = one.prove()
    one.release(domain)
    one.release(domain)
    assert (one.read(domain).ended_because, browser.store_at(HOST), hosts()) == ("released", None, ["one.localhost"])
    assert one.check(domain).status == "ended"


def test_what_happens_is_on_the_audit_trail_without_the_token(one: Owner) -> None:
    domain = one.prove()
    one.choose(domain)
    one.release(domain)
    with transaction(tenancy.tenant(one.tenant_id)) as session:
        rows = session.scalars(select(AuditRecord).where(AuditRecord.subject_id == domain.id)).all()
    assert [row.action for row in rows] == ["domain.added", "domain.proven", "domain.chosen", "domain.ended"]
    assert domain.token not in str([row.details for row in rows])


def test_the_sweep_promises_each_due_look_once(one: Owner, dns: DnsSim) -> None:
    domain, settled = one.add(), one.prove("www.example.com")
    drain_checks()
    for row in (domain, settled):
        one.backdate(row, "next_check_at", timedelta(hours=7))
        one.backdate(row, "checked_at", timedelta(hours=7))
    for _ in range(2):
        with transaction(tenancy.platform()) as session:
            checking.sweep(session)
    with transaction(tenancy.platform()) as session:
        promised = session.scalars(select(OutboxJob).where(OutboxJob.name == "domains.check")).all()
    assert sorted(str(job.args["domain_id"]) for job in promised) == sorted((str(domain.id), str(settled.id)))
    before = len(dns.asked)
    drain_checks()
    assert len(dns.asked) > before and one.read(settled).next_check_at > clock.now() + timedelta(hours=5)


def test_looks_that_are_asked_for_are_one_and_not_at_once(one: Owner) -> None:
    domain = one.check(one.add())
    drain_checks()
    domain = one.read(domain)
    with transaction(tenancy.tenant(one.tenant_id)) as session:
        for _ in range(5):
            service.ask_check(session, domain)
        jobs = session.scalars(select(OutboxJob).where(OutboxJob.name == "domains.check")).all()
    assert [job.run_at >= (domain.checked_at or clock.now()) + service.PAUSE for job in jobs] == [True]


def test_only_a_proven_domain_of_ones_own_can_be_chosen(one: Owner, two: Owner) -> None:
    with pytest.raises(DomainNotProven):
        one.choose(one.add())
    mine = two.prove("www.example.com")
    for verb in (one.choose, one.release):
        with pytest.raises(NotFound):
            verb(mine)
    assert two.read(mine).status == "proven"


def test_the_dns_is_asked_outside_any_transaction(one: Owner, dns: DnsSim, monkeypatch: pytest.MonkeyPatch) -> None:
    domain = one.add()
    seen: list[bool] = []
    original = checking.lookup.look

    def look(host: str, *, target: str, settings: Settings) -> Seen:
        seen.append(db.session().in_transaction())
        return original(host, target=target, settings=settings)

    monkeypatch.setattr(checking.lookup, "look", look)
    one.check(domain)
    assert seen == [False]
