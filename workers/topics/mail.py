"""Letters to buyers, to people who were invited, and to owners of domains in danger."""

from collections.abc import Callable
from uuid import UUID

from cardmesh.kit.jobs.run import Job
from cardmesh.stores.domains import letters
from cardmesh.stores.notices import service as notices
from cardmesh.stores.notices.words import ORDER


def _about_order(kind: str) -> Callable[..., None]:
    """The job that sends one kind of letter about an order."""

    def send(*, tenant_id: UUID, order_id: str) -> None:
        notices.send_order_letter(kind, tenant_id=tenant_id, order_id=UUID(order_id))

    return send


def invite(*, person_id: str) -> None:
    """The link with which a person sets a password."""
    notices.send_invitation(person_id=UUID(person_id))


def about_domain(*, tenant_id: UUID, domain_id: str, person_id: str) -> None:
    """A domain whose proof is gone, or that is lost."""
    letters.send(tenant_id=tenant_id, domain_id=UUID(domain_id), person_id=UUID(person_id))


JOBS = {
    "mail.domain": Job(about_domain, limit_seconds=120),
    "mail.invitation": Job(invite, limit_seconds=120),
    **{f"mail.{kind}": Job(_about_order(kind), limit_seconds=120) for kind in ORDER},
}
