"""What may be a store's own domain, what to write into its DNS, and what an answer of the DNS means. Pure.

Names are compared as A-labels (RFC 5891) after the mapping of UTS #46, the one browsers use, so that capitals,
full-width letters and ideographic full stops are the same name and look-alikes of other scripts are not.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import idna
from publicsuffixlist import PublicSuffixList

from ...kit.errors import FieldError
from ...kit.i18n import Text
from .errors import DomainInvalid

CHALLENGE = "_cardmesh-challenge"
LONGEST = 253 - len(CHALLENGE) - 1
GRACE = timedelta(hours=72)
"""How long a proven domain is served after its proof was last found missing."""
PATIENCE = timedelta(days=14)
"""How long an attempt waits for its proof."""
DOUBTS = 2
"""So many looks in a row must miss something before a store calls itself by another name: one may be an accident."""
FIRST_SECONDS, SLOWEST_SECONDS, WATCH_SECONDS = 30, 3600, 6 * 3600
_NEVER = frozenset(("arpa", "onion"))
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def normalise(text: str, *, base_host: str) -> str:
    """The host as it stands in DNS and in `Host` headers. Raises DomainInvalid, which names the reason.

    The last label may be no number (WHATWG URL, "ends in a number"): such a name is an IP address to a browser.
    """
    text = text.strip()
    if "*" in text:
        raise _refuse("domain_wildcard", "不支持泛域名，请逐个添加", "Wildcards are not possible: add each name")
    if re.search(r"[\s/:@\[\]?#_%\\]", text):
        raise _refuse("domain_no_name", "只填写域名，不含协议、端口或路径", "Only the name: no scheme, port or path")
    try:
        host = idna.encode(text, uts46=True, std3_rules=True).decode().lower().removesuffix(".")
    except UnicodeError as error:
        raise _refuse("domain_unreadable", "这不是有效的域名", "This is not a valid domain name") from error
    _check(host, base_host)
    return host


def _check(host: str, base_host: str) -> None:
    last = host.rpartition(".")[2]
    if _NUMBER.fullmatch(last):
        raise _refuse("domain_ip_address", "请填写域名，不能是 IP 地址", "An IP address cannot be used: give a name")
    if len(host) > LONGEST:
        raise _refuse("domain_too_long", "域名过长", "The name is too long")
    if host == base_host or host.endswith(f".{base_host}"):
        raise _refuse("domain_ours", "这是平台自己的域名", "This name belongs to the platform")
    if last in _NEVER or registrable(host) is None:
        raise _refuse("domain_not_registrable", "请填写您注册的域名或其子域名", "Give a name you registered, or below")


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """Mozilla's list as of the package's version; a top-level domain it does not know counts as none."""
    return PublicSuffixList(accept_unknown=False)


def registrable(host: str) -> str | None:
    """The name that was bought (`example.com` of `a.b.example.com`); None for a public suffix or a made-up ending."""
    return _suffixes().privatesuffix(host)


def is_apex(host: str) -> bool:
    """Whether this is the registered name itself, where DNS allows no CNAME."""
    return registrable(host) == host


def counterpart(host: str) -> str | None:
    """`www.example.com` of `example.com` and the other way round; None for other subdomains."""
    if is_apex(host):
        return f"www.{host}"
    rest = host.removeprefix("www.")
    return rest if rest != host and is_apex(rest) else None


def readable(host: str) -> str:
    """The name as its owner writes it, such as 卡.example.com."""
    return idna.decode(host) if "xn--" in host else host


def challenge(host: str) -> str:
    return f"{CHALLENGE}.{host}"


@dataclass(frozen=True, slots=True)
class Line:
    """One DNS record to paste. `label` is the name within its zone, as most providers ask for it."""

    type: str
    name: str
    label: str
    value: str


def dns_lines(host: str, *, token: str, target: str, addresses: tuple[str, ...]) -> list[Line]:
    """The proof first, then the way here: a CNAME, at an apex the addresses, or ALIAS where none are set."""
    zone = registrable(host) or host

    def line(type: str, name: str, value: str) -> Line:
        return Line(type, name, name.removesuffix(zone).removesuffix(".") or "@", value)

    proof = line("TXT", challenge(host), token)
    if not is_apex(host):
        return [proof, line("CNAME", host, target)]
    ways = [line("AAAA" if ":" in one else "A", host, one) for one in addresses]
    return [proof, *(ways or [line("ALIAS", host, target)])]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the DNS said. None where nobody answered, which is not the same as being told that nothing is there.

    `proofs`: the texts at the challenge's own name; `aliases`: the names the host leads to, by CNAME;
    `addresses`: where it ends; `ours`: where our target ends.
    """

    proofs: frozenset[str] | None
    aliases: tuple[str, ...] | None
    addresses: frozenset[str] | None
    ours: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Finding:
    """`proof`, `route`: there, not there, or (None) not known. `problem`: the first thing to mend, see `words`."""

    proof: bool | None
    route: bool | None
    problem: str | None


def judge(seen: Seen, *, token: str, base_host: str) -> Finding:
    """What an answer means for the attempt with this token."""
    proof = None if seen.proofs is None else token in seen.proofs
    route, wrong = _route(seen, base_host)
    if proof is None or (proof and route is None):
        return Finding(proof, route, "dns_unanswered")
    if not proof:
        return Finding(False, route, "proof_other" if seen.proofs else "proof_missing")
    return Finding(True, route, wrong)


def _route(seen: Seen, base_host: str) -> tuple[bool | None, str | None]:
    if seen.aliases is None:
        return None, None
    if any(one == base_host or one.endswith(f".{base_host}") for one in seen.aliases):
        return True, None
    if seen.addresses is None or seen.ours is None:
        return None, None
    if not seen.addresses:
        return False, "route_missing"
    if seen.addresses <= seen.ours:
        return True, None
    return False, "route_mixed" if seen.addresses & seen.ours else "route_elsewhere"


def next_look(now: datetime, *, proven: bool, problem: str | None, looks: int) -> datetime:
    """`looks`: how many found something amiss. Twice as long each time up to an hour; a sound domain is watched."""
    if proven and problem is None:
        return now + timedelta(seconds=WATCH_SECONDS)
    return now + timedelta(seconds=min(FIRST_SECONDS * 2 ** min(looks, 10), SLOWEST_SECONDS))


def _refuse(code: str, zh: str, en: str) -> DomainInvalid:
    return DomainInvalid(errors=[FieldError("/host", code, Text(zh, en))])
