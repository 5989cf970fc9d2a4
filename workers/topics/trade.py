"""Orders that were not paid, and money whose hold has ended."""

from uuid import UUID

from sqlalchemy.orm import Session

from cardmesh.kit import clock
from cardmesh.kit.jobs import outbox
from cardmesh.kit.jobs.run import Job, for_platform, in_trade
from cardmesh.trade.orders import service as orders
from cardmesh.trade.settlement import service as settlement
from cardmesh.trade.tiers import service as tiers
from cardmesh.trade.tiers import volumes

BATCH = 500


def expire_orders() -> None:
    """Release the stock of orders that were not paid in time."""
    orders.expire_due(BATCH)


def find_due_tenants(session: Session) -> None:
    """One settlement job for each tenant that has money to settle."""
    for tenant_id in settlement.due_tenants(session, clock.now()):
        _promise_settlement(session, tenant_id)


def settle_tenant(session: Session, *, tenant_id: UUID) -> None:
    """Move one tenant's money whose hold has ended from pending to available, batch by batch."""
    settled = settlement.settle_tenant(session, tenant_id=tenant_id, at=clock.now(), limit=BATCH)
    if settled.units >= BATCH:
        _promise_settlement(session, tenant_id)


def _promise_settlement(session: Session, tenant_id: UUID) -> None:
    outbox.send(session, "settlement.tenant", tenant_id=tenant_id, dedupe_key=f"settlement.tenant:{tenant_id}")


def review_tiers() -> None:
    """Move distributors to the tiers that their sales have earned."""
    tiers.review_all()


def count_volumes(session: Session) -> None:
    """Count what suppliers sold in thirty days: steps of commission rules go by it."""
    volumes.count(session, clock.now())


JOBS = {
    "orders.expire": Job(expire_orders),
    "settlement.due": Job(find_due_tenants, for_platform),
    "settlement.tenant": Job(settle_tenant, in_trade),
    "tiers.review": Job(review_tiers, limit_seconds=1800),
    "volumes.count": Job(count_volumes, for_platform),
}
