"""Orders that were not paid, and money whose hold has ended."""

from uuid import UUID

from sqlalchemy.orm import Session

from cardmesh.kit import clock
from cardmesh.kit.jobs import outbox
from cardmesh.kit.jobs.run import Job, for_platform

BATCH = 500


def expire_orders() -> None:
    """Release the stock of orders that were not paid in time."""
    from cardmesh.trade.orders import service

    service.expire_due(limit=BATCH)


def find_due_tenants(session: Session) -> None:
    """One settlement job for each tenant that has money to settle."""
    from cardmesh.trade.settlement import service

    for tenant_id in service.due_tenants(session, at=clock.now()):
        key = f"settlement.tenant:{tenant_id}"
        outbox.send(session, "settlement.tenant", tenant_id=tenant_id, dedupe_key=key)


def settle_tenant(*, tenant_id: UUID) -> None:
    """Move one tenant's money whose hold has ended from pending to available."""
    from cardmesh.trade.settlement import service

    from cardmesh.kit import tenancy
    from cardmesh.kit.db import transaction

    with transaction(tenancy.trade(tenant_id)) as session:
        service.settle_tenant(session, tenant_id=tenant_id, at=clock.now(), limit=BATCH)


JOBS = {
    "orders.expire": Job(expire_orders),
    "settlement.due": Job(find_due_tenants, for_platform),
    "settlement.tenant": Job(settle_tenant),
}
