"""Pages of stores."""

from uuid import UUID

from sqlalchemy.orm import Session

from cardmesh.kit.jobs.run import Job, for_platform
from cardmesh.stores import catalog, publish


def build(*, tenant_id: UUID, store_id: str) -> None:
    """Build and publish one store."""
    publish.run_build(tenant_id=tenant_id, store_id=UUID(store_id))


def spread(session: Session) -> None:
    """Request builds of the stores that show what has changed in the catalog."""
    catalog.spread(session)


JOBS = {"stores.build": Job(build, limit_seconds=900), "catalog.spread": Job(spread, for_platform)}
