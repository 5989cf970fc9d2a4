"""Whose address a request has, when it came through proxies: each writes down who spoke to it.

`X-Forwarded-For: buyer, proxy, …` – a client may write anything to the left, so it is read from the right: the first
address that is no proxy of ours spoke to one of ours, and nobody vouches for what stands beyond.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

HEADER = "X-Forwarded-For"


def client(peer: str, forwarded: str, proxies: Sequence[str]) -> str:
    """The nearest address that is not one of `proxies` (addresses or networks), IPv4 as IPv4.

    `peer` spoke to this process; empty, over a socket of this machine. What is no address ends the chain.
    """
    found = plain(peer)
    for one in reversed(forwarded.split(",") if forwarded else []):
        if found and not _is_ours(found, tuple(proxies)):
            break
        if (before := plain(one)) == "":
            break
        found = before
    return found


def network(address: str) -> str:
    """What one person has for sure: an IPv4 address, or the 2^64 addresses of an IPv6 network (RFC 6177)."""
    return str(IPv6Network((address.partition("%")[0], 64), strict=False)) if ":" in address else address


def plain(text: str) -> str:
    """An address in one spelling; empty for what is none."""
    try:
        found = ip_address(text.strip())
    except ValueError:
        return ""
    return str((isinstance(found, IPv6Address) and found.ipv4_mapped) or found)


@lru_cache(maxsize=1024)
def _is_ours(address: str, proxies: tuple[str, ...]) -> bool:
    found: IPv4Address | IPv6Address = ip_address(address)
    return any(found in ip_network(one, strict=False) for one in proxies)
