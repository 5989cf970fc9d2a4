"""Events on their way to distributors' programs."""

from uuid import UUID

from cardmesh.kit.events import delivery
from cardmesh.kit.jobs.run import Job


def deliver(*, tenant_id: UUID, endpoint_id: str, event_id: str, since: str | None = None) -> None:
    """One attempt to hand one event to one endpoint."""
    start = UUID(since) if since else None
    delivery.deliver(tenant_id=tenant_id, endpoint_id=UUID(endpoint_id), event_id=UUID(event_id), since=start)


JOBS = {"webhooks.deliver": Job(deliver, limit_seconds=120)}
