"""Owners hear of a domain in danger in time, and of a lost one; in their language, once."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cardmesh.kit import runtime
from cardmesh.kit.jobs import run
from cardmesh.sims.dns import DnsSim
from cardmesh.sims.mail import MailSim, running_mail
from cardmesh.stores.domains.rules import GRACE, challenge
from tests.domains.conftest import HOST, Owner
from workers.registry import JOBS

LETTERS = {"mail.domain": JOBS["mail.domain"]}


@pytest.fixture
def mail(one: Owner) -> Iterator[MailSim]:
    with running_mail() as sim:
        now = runtime.current()
        runtime.install(replace(now, settings=replace(now.settings, smtp_url=f"smtp://127.0.0.1:{sim.smtp_port}")))
        yield sim


def subjects(mail: MailSim, to: str) -> list[str]:
    run.drain(LETTERS)
    return [letter.subject for letter in reversed(mail.store.search(to=to))]


def test_a_missing_proof_is_told_once_and_its_end_as_well(one: Owner, dns: DnsSim, mail: MailSim) -> None:
    domain = one.prove()
    assert subjects(mail, "one@example.test") == []
    dns.set(challenge(HOST), "TXT")
    for _ in range(3):
        one.check(domain)
    assert subjects(mail, "one@example.test") == [f"域名 {HOST} 即将停止服务"]
    one.backdate(domain, "failing_since", GRACE)
    one.check(domain)
    assert subjects(mail, "one@example.test") == [f"域名 {HOST} 即将停止服务", f"域名 {HOST} 已停止服务"]
    newest = mail.store.search(to="one@example.test")[0].parsed.get_body(("plain",))
    assert newest and "TXT 记录消失超过 72 小时" in newest.get_content()


def test_a_proof_that_came_back_before_the_letter_left_is_not_told(one: Owner, dns: DnsSim, mail: MailSim) -> None:
    domain = one.prove()
    dns.set(challenge(HOST), "TXT")
    one.check(domain)
    one.write(domain)
    one.check(domain)
    assert subjects(mail, "one@example.test") == []


def test_who_loses_a_domain_to_another_hears_it_and_the_other_does_not(
    one: Owner, two: Owner, dns: DnsSim, mail: MailSim
) -> None:
    one.prove()
    claimed = two.add()
    dns.set(challenge(HOST), "TXT", claimed.token)
    two.check(claimed)
    assert subjects(mail, "one@example.test") == [f"域名 {HOST} 已停止服务"]
    assert subjects(mail, "two@example.test") == []


def test_ones_own_release_needs_no_letter(one: Owner, mail: MailSim) -> None:
    one.release(one.prove())
    assert subjects(mail, "one@example.test") == []
