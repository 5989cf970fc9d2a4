"""What the proxy in front may get certificates for: proven domains and stores' subdomains, exactly as they stand."""

import logging
import threading
import time

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from ...kit import clock, tenancy
from ...kit.db import transaction
from .. import directory
from .models import Domain, DomainStatus

log = logging.getLogger("cardmesh.stores")

LOOKUPS_A_SECOND = 20
"""Of subdomains that nobody asked for lately, in one process: guessing names costs the database no more."""


class Allowance:
    """So many in each second. Thread-safe."""

    def __init__(self, each_second: int) -> None:
        self._each, self._left, self._second = each_second, each_second, 0
        self._lock = threading.Lock()

    def take(self) -> bool:
        with self._lock:
            second = int(time.monotonic())
            if second != self._second:
                self._second, self._left = second, self._each
            self._left -= 1
            return self._left >= 0


_allowance = Allowance(LOOKUPS_A_SECOND)


def is_allowed(host: str) -> bool:
    """Whether `host` (as in a TLS handshake) is a store's. Call outside any transaction."""
    if directory.is_subdomain(host):
        return _is_store(host)
    directory.renew()
    if not directory.is_custom_host(host):
        return False
    _note(host)
    return True


def _is_store(host: str) -> bool:
    known, found = directory.recall(host)
    if known:
        return found is not None
    return _allowance.take() and directory.resolve(host) is not None


def _note(host: str) -> None:
    """The first time is a step that the domain's owner waits for; a database that is away hinders no handshake."""
    first = update(Domain).where(
        Domain.host == host, Domain.status == DomainStatus.PROVEN, Domain.certificate_at.is_(None)
    )
    try:
        with transaction(tenancy.platform()) as session:
            session.execute(first.values(certificate_at=clock.now()))
    except SQLAlchemyError as error:
        log.warning("could not note that a certificate was asked for: %s", type(error).__name__)
