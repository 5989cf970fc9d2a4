"""Settle a tenant's sales: its own share and its suppliers'."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...identity.models import Tenant
from ...kit.failpoints import reach
from ...money.ledger import service as ledger
from ...money.ledger.service import Entry, Leg
from ...money.models import AccountKind
from ..models import Claim, OrderUnit, UnitStatus


@dataclass(frozen=True, slots=True)
class Settled:
    """How many units were settled; as many as `limit` means: call again."""

    units: int
    entries: int


def due_tenants(session: Session, at: datetime, limit: int = 10_000) -> Sequence[uuid.UUID]:
    """Tenants with money to settle. Scope: PLATFORM. One probe of an index per tenant, however much waits."""
    waiting = exists().where(OrderUnit.tenant_id == Tenant.id, _due(at))
    return session.scalars(select(Tenant.id).where(waiting).order_by(Tenant.id).limit(limit)).all()


def settle_tenant(session: Session, *, tenant_id: uuid.UUID, at: datetime, limit: int = 500) -> Settled:
    """Move the shares of up to `limit` units whose hold is over to their parties' wallets. Scope: TRADE.

    One entry for each party and currency. Units that a refund holds at this moment, and lines under an open claim,
    stay for a later run. Repeating changes nothing.
    """
    query = (
        select(OrderUnit)
        .where(OrderUnit.tenant_id == tenant_id, _due(at))
        .order_by(OrderUnit.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    units = session.scalars(query).all()
    if not units:
        return Settled(0, 0)
    reach("settlement.picked")
    entries = _entries(units)
    ledger.post_many(session, entries)
    reach("settlement.posted")
    for unit in units:
        unit.settled_at = at
    session.flush()
    reach("settlement.marked")
    return Settled(len(units), len(entries))


def _due(at: datetime) -> ColumnElement[bool]:
    claimed = exists().where(
        Claim.tenant_id == OrderUnit.tenant_id, Claim.line_id == OrderUnit.line_id, Claim.status == "open"
    )
    return (
        (OrderUnit.status == UnitStatus.DELIVERED)
        & OrderUnit.settled_at.is_(None)
        & (OrderUnit.hold_until <= at)
        & ~claimed
    )


def _entries(units: Sequence[OrderUnit]) -> list[Entry]:
    """A unit is settled once, so the batch's first unit names its entries."""
    sums: dict[tuple[uuid.UUID, str], int] = {}
    for unit in units:
        for party, amount in ((unit.supplier_id, unit.supplier_minor), (unit.tenant_id, unit.distributor_minor)):
            sums[party, unit.currency] = sums.get((party, unit.currency), 0) + amount
    return [
        Entry(
            key=f"settlement:{units[0].id}:{party}:{currency}",
            kind="settlement",
            legs=[
                Leg(party, AccountKind.PENDING, amount, currency),
                Leg(party, AccountKind.AVAILABLE, -amount, currency),
            ],
            reference=f"{len(units)} units",
        )
        for (party, currency), amount in sums.items()
        if amount
    ]
