"""Settle a tenant's sales: its own share and its suppliers'."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...identity.models import Tenant
from ...kit.failpoints import reach
from ...money.advances import service as advances
from ...money.ledger import service as ledger
from ...money.ledger.service import Entry, Leg
from ...money.models import AccountKind
from ...money.payments.disputes import UNDER_WAY
from ...money.payments.models import Dispute
from ..delivery.shares import income
from ..models import Claim, Order, OrderUnit, UnitStatus

Incomes: TypeAlias = dict[tuple[uuid.UUID, str], int]
"""What becomes available: by party and currency, minor units."""


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

    One entry for each party and currency, and one for what of it pays back an advance. Units that a refund holds at
    this moment, lines under an open claim, and orders that a buyer's bank disputes stay for a later run. Repeating
    changes nothing.
    """
    query = (
        select(OrderUnit, Order)
        .join(Order, (Order.tenant_id == OrderUnit.tenant_id) & (Order.id == OrderUnit.order_id))
        .where(OrderUnit.tenant_id == tenant_id, _due(at))
        .order_by(OrderUnit.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=OrderUnit)
        .execution_options(populate_existing=True)
    )
    sold = [(unit, order) for unit, order in session.execute(query)]
    if not sold:
        return Settled(0, 0)
    reach("settlement.picked")
    return Settled(len(sold), settle(session, sold, at))


def settle(session: Session, sold: Sequence[tuple[OrderUnit, Order]], at: datetime) -> int:
    """Move the shares of these units, which are locked and not settled, to their parties' wallets; how many entries."""
    incomes, first = _incomes(sold), sold[0][0].id
    entries = _entries(incomes, first, len(sold))
    ledger.post_many(session, entries)
    advances.repay(session, incomes, cause=first)
    reach("settlement.posted")
    for unit, _ in sold:
        unit.settled_at = at
    session.flush()
    reach("settlement.marked")
    return len(entries)


def _due(at: datetime) -> ColumnElement[bool]:
    claimed = exists().where(
        Claim.tenant_id == OrderUnit.tenant_id, Claim.line_id == OrderUnit.line_id, Claim.status == "open"
    )
    disputed = exists().where(
        Dispute.tenant_id == OrderUnit.tenant_id,
        Dispute.order_id == OrderUnit.order_id,
        Dispute.status.in_(UNDER_WAY),
    )
    return (
        (OrderUnit.status == UnitStatus.DELIVERED)
        & OrderUnit.settled_at.is_(None)
        & (OrderUnit.hold_until <= at)
        & ~claimed
        & ~disputed
    )


def _incomes(sold: Sequence[tuple[OrderUnit, Order]]) -> Incomes:
    sums: Incomes = {}
    for unit, order in sold:
        for party, amount in ((unit.supplier_id, unit.supplier_minor), (unit.tenant_id, income(order, unit))):
            sums[party, unit.currency] = sums.get((party, unit.currency), 0) + amount
    return sums


def _entries(incomes: Incomes, first: uuid.UUID, units: int) -> list[Entry]:
    """A unit is settled once, so the batch's first unit names its entries."""
    return [
        Entry(
            key=f"settlement:{first}:{party}:{currency}",
            kind="settlement",
            legs=[
                Leg(party, AccountKind.PENDING, amount, currency),
                Leg(party, AccountKind.AVAILABLE, -amount, currency),
            ],
            reference=f"{units} units",
        )
        for (party, currency), amount in incomes.items()
        if amount
    ]
