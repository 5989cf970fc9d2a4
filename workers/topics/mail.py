"""Letters to buyers."""

from collections.abc import Callable
from uuid import UUID

from cardmesh.kit.jobs.run import Job


def letter(kind: str) -> Callable[..., None]:
    """The job that sends one kind of letter about an order."""

    def send(*, tenant_id: UUID, order_id: str) -> None:
        from cardmesh.stores.notices import service

        service.send(kind, tenant_id=tenant_id, order_id=UUID(order_id))

    return send


KINDS = ("order_placed", "order_delivered", "order_refunded", "order_paid_late")

JOBS = {f"mail.{kind}": Job(letter(kind), limit_seconds=120) for kind in KINDS}
