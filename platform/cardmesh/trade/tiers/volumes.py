"""What suppliers sold in thirty days, for the steps of commission rules."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...money.commission import service as commission
from ...money.models import SalesVolume
from ..models import OrderUnit, UnitStatus
from .rules import WINDOW


def count(session: Session, at: datetime) -> None:
    """Count anew, per supplier and currency: the cost of units that were delivered and not given back. Platform scope;
    repeat at will."""
    sold = (
        select(OrderUnit.supplier_id, OrderUnit.currency, func.sum(OrderUnit.cost_minor))
        .where(
            OrderUnit.delivered_at >= at - WINDOW,
            OrderUnit.delivered_at <= at,
            OrderUnit.status.in_((UnitStatus.DELIVERED, UnitStatus.REPLACED)),
        )
        .group_by(OrderUnit.supplier_id, OrderUnit.currency)
        .order_by(OrderUnit.supplier_id, OrderUnit.currency)
    )
    found = [
        {"supplier_id": supplier, "currency": currency, "volume_minor": int(total), "counted_at": at}
        for supplier, currency, total in session.execute(sold)
    ]
    session.execute(update(SalesVolume).where(SalesVolume.counted_at < at).values(volume_minor=0, counted_at=at))
    if found:
        statement = insert(SalesVolume).values(found)
        fresh = {name: statement.excluded[name] for name in ("volume_minor", "counted_at")}
        session.execute(statement.on_conflict_do_update(index_elements=["supplier_id", "currency"], set_=fresh))
    commission.forget(session)
