"""What a supplier's new prices would have changed for each distributor that bought in the last thirty days."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..goods.models import Offer
from ..goods.offers import queries as offers
from ..goods.pricing.rules import PriceRow, Prices, cost
from ..identity.models import Tenant
from ..kit import clock, tenancy
from ..kit.db import transaction
from ..trade.models import OrderUnit

WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Bought:
    """A line that a distributor bought: how many units, at which cost a unit."""

    tenant_id: uuid.UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Change:
    """A distributor, what its lines would cost today, and would by the new prices; minor units of the offer."""

    name: str
    tier: str
    units: int
    now_minor: int
    then_minor: int


def bought(session: Session, offer: Offer) -> list[Bought]:
    """What was bought of an offer, line by line. Supplier scope."""
    query = (
        select(OrderUnit.tenant_id, func.count())
        .where(
            OrderUnit.supplier_id == offer.supplier_id,
            OrderUnit.offer_id == offer.id,
            OrderUnit.delivered_at >= clock.now() - WINDOW,
        )
        .group_by(OrderUnit.tenant_id, OrderUnit.line_id)
    )
    return [Bought(tenant_id, count) for tenant_id, count in session.execute(query)]


def prices_now(session: Session, offer: Offer) -> Prices:
    rows = tuple(PriceRow(row.tier, row.min_quantity, row.price_minor) for row in offers.prices(session, [offer.id]))
    return Prices(offer.base_price_minor, rows)


def preview(lines: Sequence[Bought], now: Prices, then: Prices) -> list[Change]:
    """By distributor, who pays most more first. Opens its own transaction: a supplier sees no other's rows."""
    with transaction(tenancy.public()) as session:
        found = session.scalars(select(Tenant).where(Tenant.id.in_({line.tenant_id for line in lines}))).all()
    changes = [_change(tenant, [line for line in lines if line.tenant_id == tenant.id], now, then) for tenant in found]
    return sorted(changes, key=lambda one: one.now_minor - one.then_minor)


def _change(tenant: Tenant, lines: Sequence[Bought], now: Prices, then: Prices) -> Change:
    def total(prices: Prices) -> int:
        return sum(cost(prices, tier=tenant.tier, quantity=line.quantity) * line.quantity for line in lines)

    return Change(tenant.name, tenant.tier, sum(line.quantity for line in lines), total(now), total(then))
