"""Selects of attempts, and their row locks in key order."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ...kit.errors import NotFound
from .models import Domain, DomainStatus

ENDED_SHOWN = 20
OPEN = Domain.status != DomainStatus.ENDED


def get_domain(session: Session, *, tenant_id: uuid.UUID, domain_id: uuid.UUID, lock: bool = False) -> Domain:
    """Raises NotFound."""
    which = select(Domain).where(Domain.tenant_id == tenant_id, Domain.id == domain_id)
    if (row := session.scalar(_locked(which) if lock else which)) is None:
        raise NotFound
    return row


def list_domains(session: Session, *, store_id: uuid.UUID) -> Sequence[Domain]:
    """Open attempts by age."""
    return session.scalars(select(Domain).where(Domain.store_id == store_id, OPEN).order_by(Domain.id)).all()


def list_ended(session: Session, *, store_id: uuid.UUID) -> Sequence[Domain]:
    """The latest tombstones."""
    ended = select(Domain).where(Domain.store_id == store_id, ~OPEN)
    return session.scalars(ended.order_by(Domain.ended_at.desc()).limit(ENDED_SHOWN)).all()


def list_doubtful(session: Session, *, store_id: uuid.UUID) -> Sequence[Domain]:
    """Proven domains whose last look missed something."""
    which = select(Domain).where(Domain.store_id == store_id, Domain.status == DomainStatus.PROVEN)
    return session.scalars(which.where(Domain.failures > 0).order_by(Domain.id)).all()


def count_open(session: Session, *, store_id: uuid.UUID) -> int:
    return session.scalar(select(func.count()).select_from(Domain).where(Domain.store_id == store_id, OPEN)) or 0


def find_open(session: Session, *, tenant_id: uuid.UUID, host: str) -> Domain | None:
    return session.scalar(select(Domain).where(Domain.tenant_id == tenant_id, Domain.host == host, OPEN))


def lock_open(session: Session, *, host: str) -> Sequence[Domain]:
    """Everybody's open attempts for one host, locked: who gets it is decided by one at a time."""
    which = select(Domain).where(Domain.host == host, OPEN).order_by(Domain.tenant_id, Domain.id)
    return session.scalars(_locked(which)).all()


def lock_proven(session: Session, *, store_id: uuid.UUID) -> Sequence[Domain]:
    """A store's proven domains, locked, so that one of them can be chosen."""
    proven = (Domain.store_id == store_id, Domain.status == DomainStatus.PROVEN)
    return session.scalars(_locked(select(Domain).where(*proven).order_by(Domain.tenant_id, Domain.id))).all()


def due(session: Session, *, now: datetime, limit: int) -> Sequence[Domain]:
    """Attempts whose next look is due, locked, the longest waiting first; those that somebody has locked are left."""
    which = select(Domain).where(OPEN, Domain.next_check_at <= now).order_by(Domain.next_check_at).limit(limit)
    return session.scalars(which.with_for_update(skip_locked=True)).all()


def wanted(session: Session, *, store_id: uuid.UUID) -> Domain | None:
    """The domain that the owner chose as the store's address."""
    chosen = (Domain.store_id == store_id, Domain.wanted, Domain.status == DomainStatus.PROVEN)
    return session.scalar(select(Domain).where(*chosen))


def _locked(which: Select[Domain]) -> Select[Domain]:
    return which.with_for_update().execution_options(populate_existing=True)
