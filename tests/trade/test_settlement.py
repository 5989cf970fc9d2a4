"""The end of the hold, in batches, each unit once."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import JournalEntry
from cardmesh.trade.settlement import service as settlement
from cardmesh.trade.settlement.service import Settled
from tests.fixtures.market import Market

LATER = timedelta(days=30)


def test_batches_of_a_tenants_units(market: Market) -> None:
    market.fund(100_000)
    sku_id, other = market.sell(keys=5, price=1_000), market.sku()
    market.offer(other, keys=2, price=2_000, supplier=1)
    market.wallet_order((sku_id, 5), (other, 2))
    at = clock.now() + LATER
    runs: list[Settled] = []
    while not runs or runs[-1].units:
        with transaction(tenancy.trade(market.tenant_id)) as session:
            runs.append(settlement.settle_tenant(session, tenant_id=market.tenant_id, at=at, limit=3))
    assert [run.units for run in runs] == [3, 3, 1, 0]
    books = market.books()
    assert (books["supplier available"], books["supplier2 available"]) == (4_750, 3_800)
    assert not any(name.endswith("pending") for name in books)
    with transaction(tenancy.platform()) as session:
        entries = session.scalar(
            select(func.count()).select_from(JournalEntry).where(JournalEntry.kind == "settlement")
        )
    assert entries == sum(run.entries for run in runs)


def test_the_hold_is_the_warranty_of_each_offer(market: Market) -> None:
    market.fund(100_000)
    quick, slow = market.sell(keys=1, warranty_hours=0), market.sell(keys=1, warranty_hours=240)
    market.wallet_order((quick, 1), (slow, 1))

    def due(hours: int) -> tuple[list[UUID], int]:
        at = clock.now() + timedelta(hours=hours)
        with transaction(tenancy.platform()) as session:
            tenants = list(settlement.due_tenants(session, at=at))
        with transaction(tenancy.trade(market.tenant_id)) as session:
            return tenants, settlement.settle_tenant(session, tenant_id=market.tenant_id, at=at).units

    assert due(1) == ([market.tenant_id], 1)
    assert due(239) == ([], 0)
    assert due(241) == ([market.tenant_id], 1)
