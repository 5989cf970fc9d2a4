"""Look at a domain's DNS and draw the consequences: proof, doubt, loss."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...kit import clock, runtime, tenancy
from ...kit.db import transaction
from ..models import StoreHost
from ..queries import get_store
from . import letters, lookup, primary, queries
from .models import Domain, DomainStatus
from .rules import GRACE, PATIENCE, Finding, Seen, judge, next_look
from .service import ask_check, end, record, target_of

SWEEP_LIMIT = 200
LEASE = timedelta(minutes=10)
"""A look that was promised and never took place is promised again after so long."""


def check(*, tenant_id: uuid.UUID, domain_id: uuid.UUID) -> None:
    """One look: ask the DNS outside any transaction, then decide in one. An ended attempt is left alone."""
    with transaction(tenancy.tenant(tenant_id)) as session:
        domain = queries.get_domain(session, tenant_id=tenant_id, domain_id=domain_id)
        target = target_of(get_store(session, store_id=domain.store_id))
    if domain.status == DomainStatus.ENDED:
        return
    seen = lookup.look(domain.host, target=target, settings=runtime.current().settings)
    with transaction(tenancy.platform()) as session:
        decide(session, domain_id=domain_id, host=domain.host, seen=seen)


def sweep(session: Session) -> None:
    """Promise a look at every domain that is due."""
    now = clock.now()
    for domain in queries.due(session, now=now, limit=SWEEP_LIMIT):
        domain.next_check_at = now + LEASE
        ask_check(session, domain)


def decide(session: Session, *, domain_id: uuid.UUID, host: str, seen: Seen) -> None:
    """What was seen, applied to one attempt while everybody's attempts for the host are locked."""
    rivals = queries.lock_open(session, host=host)
    domain = next((one for one in rivals if one.id == domain_id), None)
    if domain is None:
        return
    now = clock.now()
    finding = judge(seen, token=domain.token, base_host=runtime.current().settings.base_host)
    was_failing = domain.failing_since is not None
    _note(domain, finding, now)
    if domain.status == DomainStatus.PENDING and finding.proof:
        holder = next((one for one in rivals if one.status == DomainStatus.PROVEN), None)
        _prove(session, domain, holder, seen)
    if ending := _ending(domain, now):
        _lose(session, domain, because=ending)
        return
    if domain.failing_since and not was_failing:
        letters.promise(session, domain)
    proven = domain.status == DomainStatus.PROVEN
    looks = domain.failures if proven else domain.checks
    domain.next_check_at = next_look(now, proven=proven, problem=domain.problem, looks=looks)
    if proven:
        primary.settle(session, tenant_id=domain.tenant_id, store_id=domain.store_id)


def _note(domain: Domain, finding: Finding, now: datetime) -> None:
    """Silence changes nothing but the problem shown."""
    domain.checked_at, domain.problem = now, finding.problem
    domain.checks = (domain.checks or 0) + 1
    if finding.proof is not None:
        domain.proof_at = (domain.proof_at or now) if finding.proof else None
    if finding.route is not None:
        domain.routed_at = (domain.routed_at or now) if finding.route else None
    if domain.status != DomainStatus.PROVEN:
        return
    if False in (finding.proof, finding.route):
        domain.failures += 1
    elif finding.proof and finding.route:
        domain.failures = 0
    if finding.proof is not None:
        domain.failing_since = None if finding.proof else domain.failing_since or now


def _prove(session: Session, domain: Domain, holder: Domain | None, seen: Seen) -> None:
    """The host becomes this store's, unless its holder can prove it at this very moment as well."""
    if holder is not None:
        if holder.token in (seen.proofs or ()):
            domain.problem = "held"
            return
        _lose(session, holder, because="moved")
    try:
        with session.begin_nested():
            domain.status, domain.proven_at = DomainStatus.PROVEN, clock.now()
            session.add(StoreHost(tenant_id=domain.tenant_id, host=domain.host, store_id=domain.store_id))
            session.flush()
    except IntegrityError:
        session.refresh(domain)
        domain.problem = "held"
        return
    record(session, domain, "proven")


def _lose(session: Session, domain: Domain, *, because: str) -> None:
    """An end that the owner did not ask for."""
    was_proven = domain.status == DomainStatus.PROVEN
    end(session, domain, because=because)
    if was_proven:
        letters.promise(session, domain)


def _ending(domain: Domain, now: datetime) -> str | None:
    if domain.status == DomainStatus.PENDING:
        return "never_proven" if now - domain.created_at > PATIENCE else None
    return "proof_gone" if domain.failing_since and now - domain.failing_since > GRACE else None
