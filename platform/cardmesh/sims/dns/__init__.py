"""A DNS resolver with records of its own: what a distributor writes into a zone, as the world would see it.

Owns answering over UDP and TCP on loopback – aliases followed, wildcards, "no such name" told from "no such record",
long answers cut and fetched again, failures and silence on demand. Knows nothing of domains or stores.

    with running_dns() as desk:
        desk.set("www.example.com", "CNAME", "one.localhost")
        Settings(dns_resolvers=(desk.address,))
"""

from collections.abc import Iterator
from contextlib import contextmanager

from .server import Server
from .zone import Zone

__all__ = ["DnsSim", "running_dns"]


class DnsSim(Zone):
    """A running simulator; `address` is `127.0.0.1:port`."""

    address = ""


@contextmanager
def running_dns() -> Iterator[DnsSim]:
    """Answer on loopback while the block runs."""
    sim = DnsSim()
    server = Server(sim)
    sim.address = server.address
    server.start()
    try:
        yield sim
    finally:
        server.stop()
