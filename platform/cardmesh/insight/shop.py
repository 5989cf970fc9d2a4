"""A distributor's day: what failed, what waits."""

import uuid
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..trade.models import Claim, Order, OrderStatus


def failed_orders(session: Session, *, tenant_id: uuid.UUID, since: datetime) -> int:
    """Orders placed since then that failed."""
    query = select(func.count()).select_from(Order)
    where = (Order.tenant_id == tenant_id, Order.created_at >= since, Order.status == OrderStatus.FAILED)
    return session.scalar(query.where(*where)) or 0


def open_claims(session: Session, *, tenant_id: uuid.UUID) -> int:
    """Claims that wait for a decision."""
    query = select(func.count()).select_from(Claim)
    return session.scalar(query.where(Claim.tenant_id == tenant_id, Claim.status == "open")) or 0
