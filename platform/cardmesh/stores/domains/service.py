"""Add a domain, choose it as the store's address, have it looked at, give it up."""

import uuid
from datetime import timedelta

from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import clock, runtime
from ...kit.ids import new_id, new_token
from ...kit.jobs import outbox
from .. import queries as stores
from ..facts import own_host
from ..models import Store, StoreHost
from . import primary, queries, rules
from .errors import DomainAlreadyAdded, DomainNotProven, TooManyDomains
from .models import Domain, DomainStatus
from .rules import Line

MOST = 20
"""Open attempts of one store."""
PAUSE = timedelta(seconds=5)
"""Between two looks, however often they are asked for."""


def add(session: Session, *, store: Store, host: str) -> Domain:
    """A new attempt with a token of its own, and the first look on its way.

    Nobody else's attempt or possession is in its way, or told. Raises DomainInvalid, DomainAlreadyAdded,
    TooManyDomains.
    """
    host = rules.normalise(host, base_host=runtime.current().settings.base_host)
    stores.get_store(session, store_id=store.id, lock=True)  # two at once are counted one after the other
    if queries.find_open(session, tenant_id=store.tenant_id, host=host):
        raise DomainAlreadyAdded(host=rules.readable(host))
    if queries.count_open(session, store_id=store.id) >= MOST:
        raise TooManyDomains(most=MOST)
    domain = Domain(
        tenant_id=store.tenant_id,
        id=new_id(),
        store_id=store.id,
        host=host,
        token=new_token(),
        status=DomainStatus.PENDING,
        next_check_at=clock.now(),
    )
    session.add(domain)
    session.flush()
    record(session, domain, "added")
    ask_check(session, domain)
    return domain


def ask_check(session: Session, domain: Domain) -> None:
    """Have it looked at soon; any number of requests while one waits are one."""
    soon = domain.checked_at + PAUSE if domain.checked_at else clock.now()
    outbox.send(
        session,
        "domains.check",
        tenant_id=domain.tenant_id,
        run_at=max(soon, clock.now()),
        dedupe_key=f"domains.check:{domain.id}",
        domain_id=domain.id,
    )


def choose(session: Session, *, tenant_id: uuid.UUID, domain_id: uuid.UUID, wanted: bool) -> Domain:
    """Make a proven domain the store's address (instead of another), or go back to the subdomain.

    Raises NotFound, DomainNotProven.
    """
    domain = queries.get_domain(session, tenant_id=tenant_id, domain_id=domain_id)
    proven = queries.lock_proven(session, store_id=domain.store_id)
    if domain not in proven:
        raise DomainNotProven
    if domain.wanted != wanted:
        for one in proven:
            one.wanted = wanted and one is domain
        session.flush()
        record(session, domain, "chosen" if wanted else "unchosen")
        primary.settle(session, tenant_id=tenant_id, store_id=domain.store_id)
    return domain


def release(session: Session, *, tenant_id: uuid.UUID, domain_id: uuid.UUID) -> Domain:
    """Give it up: it serves nothing any more, whatever its DNS says. Repeating it changes nothing. Raises NotFound."""
    domain = queries.get_domain(session, tenant_id=tenant_id, domain_id=domain_id, lock=True)
    if domain.status != DomainStatus.ENDED:
        end(session, domain, because="released")
    return domain


def end(session: Session, domain: Domain, *, because: str) -> None:
    """Turn a locked attempt into a tombstone; `because` is a key of `words.ENDINGS`."""
    was_proven = domain.status == DomainStatus.PROVEN
    domain.status, domain.wanted = DomainStatus.ENDED, False
    domain.ended_at, domain.ended_because = clock.now(), because
    session.flush()
    record(session, domain, "ended", because=because)
    if was_proven:
        primary.settle(session, tenant_id=domain.tenant_id, store_id=domain.store_id)
        if host := session.get(StoreHost, (domain.tenant_id, domain.host)):
            session.delete(host)
        session.flush()


def target_of(store: Store) -> str:
    """What a CNAME of the store's domains points to."""
    return own_host(store)


def lines_of(store: Store, domain: Domain) -> list[Line]:
    """The DNS records to paste; none for a tombstone."""
    if domain.status == DomainStatus.ENDED:
        return []
    addresses = runtime.current().settings.public_addresses
    return rules.dns_lines(domain.host, token=domain.token, target=target_of(store), addresses=addresses)


def record(session: Session, domain: Domain, verb: str, **details: object) -> None:
    """On the audit trail; the token stays out of it."""
    audit.record(
        session,
        party_id=domain.tenant_id,
        action=f"domain.{verb}",
        subject="domain",
        subject_id=domain.id,
        details={"host": domain.host, **details},
    )
