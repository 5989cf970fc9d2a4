"""Which names may be used, what to write into the DNS, and what its answers mean."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from cardmesh.stores.domains import rules
from cardmesh.stores.domains.errors import DomainInvalid
from cardmesh.stores.domains.rules import Finding, Seen

BASE = "mesh.example.net"
TOKEN = "token"
OURS = frozenset(("203.0.113.7", "2001:db8::7"))


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("cards.example.com", "cards.example.com"),
        (" Cards.Example.COM. ", "cards.example.com"),
        ("例子.中国", "xn--fsqu00a.xn--fiqs8s"),
        ("XN--FSQU00A.xn--fiqs8s", "xn--fsqu00a.xn--fiqs8s"),
        ("ｃａｒｄｓ。example．com", "cards.example.com"),
        ("straße.de", "xn--strae-oqa.de"),
        ("example.co.uk", "example.co.uk"),
        ("shop.github.io", "shop.github.io"),
        ("\u0440\u0430ypal.com", "xn--ypal-43d9g.com"),  # two Cyrillic letters: another name, so another proof
    ],
)
def test_a_name_is_read_as_browsers_read_it(typed: str, host: str) -> None:
    assert rules.normalise(typed, base_host=BASE) == host


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("*.example.com", "domain_wildcard"),
        ("https://example.com", "domain_no_name"),
        ("example.com:80", "domain_no_name"),
        ("example.com/shop", "domain_no_name"),
        ("user@example.com", "domain_no_name"),
        ("exa mple.com", "domain_no_name"),
        ("_dmarc.example.com", "domain_no_name"),
        ("[2001:db8::1]", "domain_no_name"),
        ("192.0.2.1", "domain_ip_address"),
        ("192.0.2.1.", "domain_ip_address"),
        ("2130706433", "domain_ip_address"),
        ("example.0x7f", "domain_ip_address"),
        ("１９２.0.2.1", "domain_ip_address"),
        ("localhost", "domain_not_registrable"),
        ("shop.localhost", "domain_not_registrable"),
        ("printer.local", "domain_not_registrable"),
        ("db.internal", "domain_not_registrable"),
        ("com", "domain_not_registrable"),
        ("co.uk", "domain_not_registrable"),
        ("github.io", "domain_not_registrable"),
        ("中国", "domain_not_registrable"),
        ("7.0.113.203.in-addr.arpa", "domain_not_registrable"),
        ("shop.onion", "domain_not_registrable"),
        (BASE, "domain_ours"),
        (f"one.{BASE}", "domain_ours"),
        (f"x.one.{BASE.upper()}.", "domain_ours"),
        ("ｏｎｅ.mesh.example.net", "domain_ours"),
        ("-a.example.com", "domain_unreadable"),
        ("a..example.com", "domain_unreadable"),
        ("xn--a.example.com", "domain_unreadable"),
        (f"{'x' * 64}.example.com", "domain_unreadable"),
        ("😀.example.com", "domain_unreadable"),
        ("a\u202eb.example.com", "domain_unreadable"),
        ("", "domain_unreadable"),
        (f"{'x' * 60}.{'y' * 60}.{'z' * 60}.{'w' * 50}.example.com", "domain_too_long"),
    ],
)
def test_what_cannot_be_a_stores_own_is_refused(typed: str, code: str) -> None:
    with pytest.raises(DomainInvalid) as refused:
        rules.normalise(typed, base_host=BASE)
    assert [error.code for error in refused.value.errors] == [code]


def test_what_can_be_added_can_carry_its_challenge() -> None:
    longest = ".".join(["x" * 60, "y" * 60, "z" * 60, "w" * 38, "example.com"])
    assert len(rules.challenge(rules.normalise(longest, base_host=BASE))) <= 253


def test_a_subdomain_is_given_a_cname_and_a_bare_domain_addresses() -> None:
    below = rules.dns_lines("www.example.co.uk", token="t", target="one.mesh", addresses=("203.0.113.7",))
    assert [(line.type, line.name, line.label, line.value) for line in below] == [
        ("TXT", "_cardmesh-challenge.www.example.co.uk", "_cardmesh-challenge.www", "t"),
        ("CNAME", "www.example.co.uk", "www", "one.mesh"),
    ]
    bare = rules.dns_lines("example.com", token="t", target="one.mesh", addresses=("203.0.113.7", "2001:db8::7"))
    assert [(line.type, line.label, line.value) for line in bare] == [
        ("TXT", "_cardmesh-challenge", "t"),
        ("A", "@", "203.0.113.7"),
        ("AAAA", "@", "2001:db8::7"),
    ]
    unknown = rules.dns_lines("example.com", token="t", target="one.mesh", addresses=())
    assert [(line.type, line.value) for line in unknown[1:]] == [("ALIAS", "one.mesh")]


def test_www_and_bare_belong_together() -> None:
    assert rules.counterpart("example.com") == "www.example.com"
    assert rules.counterpart("www.example.co.uk") == "example.co.uk"
    assert rules.counterpart("shop.example.com") is rules.counterpart("www.shop.example.com") is None


def seen(
    proofs: Iterable[str] | None = (TOKEN,),
    aliases: tuple[str, ...] | None = (),
    addresses: Iterable[str] | None = ("203.0.113.7",),
    ours: frozenset[str] | None = OURS,
) -> Seen:
    sets = (None if one is None else frozenset(one) for one in (proofs, addresses))
    return Seen(next(sets), aliases, next(sets), ours)


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (seen(), Finding(True, True, None)),
        (seen(addresses=OURS), Finding(True, True, None)),
        (seen(proofs=("old", TOKEN)), Finding(True, True, None)),
        (seen(aliases=("one.mesh.example.net",), addresses=None), Finding(True, True, None)),
        (seen(proofs=()), Finding(False, True, "proof_missing")),
        (seen(proofs=("old", f"{TOKEN}x")), Finding(False, True, "proof_other")),
        (seen(proofs=None), Finding(None, True, "dns_unanswered")),
        (seen(aliases=None), Finding(True, None, "dns_unanswered")),
        (seen(addresses=None), Finding(True, None, "dns_unanswered")),
        (seen(ours=None), Finding(True, None, "dns_unanswered")),
        (seen(addresses=()), Finding(True, False, "route_missing")),
        (seen(addresses=("198.51.100.1",)), Finding(True, False, "route_elsewhere")),
        (seen(addresses=("203.0.113.7", "2001:db8::bad")), Finding(True, False, "route_mixed")),
        (seen(aliases=("evilmesh.example.net",), addresses=()), Finding(True, False, "route_missing")),
        (seen(aliases=("mesh.example.net.evil.com",), addresses=()), Finding(True, False, "route_missing")),
    ],
)
def test_silence_is_not_absence_and_the_way_must_lead_here_alone(answer: Seen, finding: Finding) -> None:
    assert rules.judge(answer, token=TOKEN, base_host=BASE) == finding


def test_looks_become_rarer_and_a_sound_domain_is_watched() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    waits = [rules.next_look(now, proven=False, problem="proof_missing", looks=n) - now for n in range(12)]
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert waits == sorted(waits) and waits[-1] == timedelta(hours=1)
    assert rules.next_look(now, proven=True, problem=None, looks=0) - now == timedelta(hours=6)
