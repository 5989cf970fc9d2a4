"""Orders that nobody paid for, counted by when they were placed: an index holds only them, so no sum is kept."""

import uuid
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...trade.models import Order
from .rows import UNPAID, Rows


def count(session: Session, since: datetime, until: datetime, *, tenant_id: uuid.UUID | None = None) -> int:
    """Canceled or expired, of one store or of all that the scope sees."""
    query = select(func.count()).select_from(Order).where(*Rows(UNPAID, since, until).orders())
    return session.scalar(query.where(Order.tenant_id == tenant_id) if tenant_id else query) or 0
