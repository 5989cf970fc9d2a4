"""Selects of withdrawals."""

import uuid

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ..models import Withdrawal, WithdrawalStatus


def locked(session: Session, withdrawal_id: uuid.UUID) -> Withdrawal | None:
    """The row as it is now, held until the transaction ends: two deciders take turns."""
    return session.get(Withdrawal, withdrawal_id, with_for_update=True, populate_existing=True)


def listed(owner_id: uuid.UUID | None, status: WithdrawalStatus | None) -> Select[Withdrawal]:
    query = select(Withdrawal)
    if owner_id is not None:
        query = query.where(Withdrawal.owner_id == owner_id)
    if status is not None:
        query = query.where(Withdrawal.status == status)
    return query
