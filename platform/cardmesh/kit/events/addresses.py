"""Which addresses a distributor may make us call: public ones, whatever form they come in. Pure but for the resolver.

`ipaddress` alone does not do: it calls addresses global that carry a private IPv4 address inside.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from .errors import AddressRefused

PUBLIC_V6 = IPv6Network("2000::/3")
REFUSED = tuple(
    ip_network(block)
    for block in (
        "192.0.0.0/24",  # IETF assignments
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # Teredo, ORCHID and other assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Whether `address` is a unicast address of the open internet."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not parsed.is_global or parsed.is_multicast or parsed.is_reserved:
        return False
    if isinstance(parsed, IPv6Address) and parsed not in PUBLIC_V6:
        return False  # mapped, compatible and translated IPv4 among them
    return not any(parsed in block for block in REFUSED if block.version == parsed.version)


def is_loopback(address: str) -> bool:
    """127.0.0.0/8 or ::1, for endpoints on a developer's own machine."""
    parsed = ip_address(address.partition("%")[0])
    return isinstance(parsed, IPv4Address | IPv6Address) and parsed.is_loopback


def choose(addresses: Iterable[str], *, allow_loopback: bool) -> str:
    """The one to connect to. Raises AddressRefused when any is not allowed: a mixed answer is an attempt."""
    found = list(dict.fromkeys(addresses))
    if not found or not all(is_public(one) or (allow_loopback and is_loopback(one)) for one in found):
        raise AddressRefused
    return found[0]


def resolve(host: str, port: int, *, allow_loopback: bool = False) -> str:
    """Ask once, and connect to this answer only: a second question might be answered differently.

    Raises AddressRefused, OSError when the name is unknown.
    """
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return choose((str(answer[4][0]) for answer in answers), allow_loopback=allow_loopback)
