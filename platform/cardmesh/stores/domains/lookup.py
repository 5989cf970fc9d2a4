"""The one door to the DNS. Asks the configured resolvers, remembers nothing, and tells silence from absence."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import dns.exception
import dns.nameserver
import dns.rdatatype
import dns.resolver

from ...settings import Settings
from .rules import Seen, challenge

SECONDS = 4.0
"""For one question, all resolvers together."""
LONGEST_CHAIN = 8
T = TypeVar("T")


class Silence(Exception):
    """Nobody answered, or only with a failure: nothing is known."""


def look(host: str, *, target: str, settings: Settings) -> Seen:
    """What the DNS says about `host` now. Never raises: what is not answered is None. Call outside any transaction."""
    ask = _Questions(settings)
    aliases = _or_none(lambda: ask.aliases(host))
    end = aliases[-1] if aliases else host
    given = settings.public_addresses
    return Seen(
        proofs=_or_none(lambda: ask.texts(challenge(host))),
        aliases=aliases,
        addresses=None if aliases is None else _or_none(lambda: ask.addresses(end)),
        ours=frozenset(given) if given else _or_none(lambda: ask.addresses(ask.end(target))),
    )


def _or_none(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except Silence:
        return None


class _Questions:
    """Questions to one set of resolvers."""

    def __init__(self, settings: Settings) -> None:
        self._resolver = dns.resolver.Resolver(configure=not settings.dns_resolvers)
        if settings.dns_resolvers:
            self._resolver.nameservers = [_server(one) for one in settings.dns_resolvers]
        self._resolver.lifetime = SECONDS

    def texts(self, name: str) -> frozenset[str]:
        """Of exactly this name: a wildcard's or a dangling alias is somebody else's word."""
        answer = self._ask(name, dns.rdatatype.TXT)
        if answer is None or answer.canonical_name != answer.qname:
            return frozenset()
        return frozenset(b"".join(record.strings).decode("utf-8", "replace").strip() for record in answer)

    def aliases(self, name: str) -> tuple[str, ...]:
        """Where CNAMEs lead, in order; an endless chain is cut."""
        found: list[str] = []
        while len(found) < LONGEST_CHAIN and (answer := self._ask(name, dns.rdatatype.CNAME)):
            name = str(next(iter(answer)).target).rstrip(".").lower()
            found.append(name)
        return tuple(found)

    def end(self, name: str) -> str:
        return (self.aliases(name) or (name,))[-1]

    def addresses(self, name: str) -> frozenset[str]:
        """IPv4 and IPv6."""
        answers = (self._ask(name, kind) for kind in (dns.rdatatype.A, dns.rdatatype.AAAA))
        return frozenset(str(record) for answer in answers for record in _records(answer))

    def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> dns.resolver.Answer | None:
        """None when we are told that there is nothing. Raises Silence."""
        try:
            return self._resolver.resolve(f"{name}.", kind)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        except dns.exception.DNSException as error:
            raise Silence from error


def _records(answer: dns.resolver.Answer | None) -> Iterable[object]:
    return answer or ()


def _server(text: str) -> dns.nameserver.Nameserver:
    """`192.0.2.1`, `192.0.2.1:5353` or `[2001:db8::1]:5353`."""
    host, _, port = text.rpartition(":") if text.count(":") == 1 or "]:" in text else (text, "", "")
    return dns.nameserver.Do53Nameserver(host.strip("[]"), int(port or 53))
