"""Pages of stores, and their own domains."""

from uuid import UUID

from sqlalchemy.orm import Session

from cardmesh.kit.jobs.run import Job, for_platform
from cardmesh.stores import catalog, publish
from cardmesh.stores.domains import checking
from cardmesh.stores.wardrobe import service as wardrobe


def build(*, tenant_id: UUID, store_id: str) -> None:
    """Build and publish one store."""
    publish.run_build(tenant_id=tenant_id, store_id=UUID(store_id))


def spread(session: Session) -> None:
    """Request builds of the stores that show what has changed in the catalog."""
    catalog.spread(session)


def check_domain(*, tenant_id: UUID, domain_id: str) -> None:
    """Look at the DNS of one domain."""
    checking.check(tenant_id=tenant_id, domain_id=UUID(domain_id))


def sweep_domains(session: Session) -> None:
    """Promise a look at every domain that is due."""
    checking.sweep(session)


def check_theme(*, tenant_id: UUID, theme_id: str) -> None:
    """Check a theme that a distributor uploaded."""
    wardrobe.run_check(tenant_id=tenant_id, theme_id=UUID(theme_id))


JOBS = {
    "stores.build": Job(build, limit_seconds=900),
    "catalog.spread": Job(spread, for_platform),
    "domains.check": Job(check_domain, limit_seconds=120),
    "domains.sweep": Job(sweep_domains, for_platform),
    "themes.check": Job(check_theme, limit_seconds=300),
}
