"""Real questions over UDP and TCP: what is there, what is not, and what nobody told."""

from dataclasses import replace

import pytest

from cardmesh.settings import Settings
from cardmesh.sims.dns import DnsSim
from cardmesh.stores.domains import lookup
from cardmesh.stores.domains.rules import Seen

HOST = "cards.example.com"
CHALLENGE = f"_cardmesh-challenge.{HOST}"
TARGET = "one.mesh.example.net"


def look(dns: DnsSim, public_addresses: tuple[str, ...] = ()) -> Seen:
    settings = replace(Settings(), dns_resolvers=(dns.address,), public_addresses=public_addresses)
    return lookup.look(HOST, target=TARGET, settings=settings)


def test_a_name_that_is_not_there_has_nothing(dns: DnsSim) -> None:
    assert look(dns) == Seen(frozenset(), (), frozenset(), frozenset())
    assert (CHALLENGE, "TXT") in dns.asked


def test_texts_aliases_and_both_kinds_of_addresses_are_found(dns: DnsSim) -> None:
    dns.set(CHALLENGE, "TXT", "one", "two words")
    dns.set(HOST, "CNAME", "middle.example.org")
    dns.set("middle.example.org", "CNAME", TARGET)
    dns.set(TARGET, "A", "203.0.113.7")
    dns.set(TARGET, "AAAA", "2001:db8::7")
    ours = frozenset(("203.0.113.7", "2001:db8::7"))
    assert look(dns) == Seen(frozenset(("one", "two words")), ("middle.example.org", TARGET), ours, ours)


def test_given_addresses_spare_the_question_where_we_are(dns: DnsSim) -> None:
    assert look(dns, ("203.0.113.9",)).ours == {"203.0.113.9"}
    assert not [name for name, _ in dns.asked if name == TARGET]


def test_somebody_elses_text_behind_an_alias_is_no_proof(dns: DnsSim) -> None:
    dns.set("*.example.com", "TXT", "token")
    assert look(dns).proofs == {"token"}, "a wildcard of the same zone is its owner's word"
    dns.set(CHALLENGE, "CNAME", "dangling.attacker.example")
    dns.set("dangling.attacker.example", "TXT", "token")
    assert look(dns).proofs == frozenset()


def test_a_long_list_of_texts_comes_whole(dns: DnsSim) -> None:
    texts = [f"{number:03d} {'x' * 300}" for number in range(40)]
    dns.set(CHALLENGE, "TXT", *texts, "token")
    assert look(dns).proofs == {*texts, "token"}


def test_a_chain_without_end_ends(dns: DnsSim) -> None:
    dns.set(HOST, "CNAME", "b.example.org")
    dns.set("b.example.org", "CNAME", HOST)
    aliases = look(dns).aliases
    assert aliases is not None and 1 < len(aliases) <= lookup.LONGEST_CHAIN


def test_a_failing_server_is_not_an_absent_record(dns: DnsSim) -> None:
    dns.set(CHALLENGE, "TXT", "token")
    dns.fail(CHALLENGE, HOST)
    assert look(dns) == Seen(None, None, None, frozenset())
    dns.fail()
    assert look(dns).proofs == {"token"}


def test_silence_is_not_an_absent_record(dns: DnsSim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "SECONDS", 0.3)
    dns.set(HOST, "A", "203.0.113.7")
    dns.silence(CHALLENGE)
    found = look(dns)
    assert (found.proofs, found.addresses) == (None, {"203.0.113.7"})


def test_a_resolver_that_is_not_there_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "SECONDS", 0.3)
    settings = replace(Settings(), dns_resolvers=("127.0.0.1:9",))
    assert lookup.look(HOST, target=TARGET, settings=settings) == Seen(None, None, None, None)
