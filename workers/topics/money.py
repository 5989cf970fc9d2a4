"""The ledger and the gateways."""

from uuid import UUID

from sqlalchemy.orm import Session

from cardmesh.kit.jobs.run import Job, for_platform
from cardmesh.money.ledger import snapshots
from cardmesh.money.payments import refunds
from cardmesh.trade import payments


def fold(session: Session) -> None:
    """Fold settled postings into balance snapshots."""
    snapshots.fold(session)


def sweep_payments() -> None:
    """Ask the gateways about payments whose webhook did not arrive."""
    payments.sweep_missed()


def close_payment(*, tenant_id: UUID, payment_id: str) -> None:
    """Let nobody pay a released order any more."""
    payments.close(tenant_id=tenant_id, payment_id=UUID(payment_id))


def execute_refund(*, tenant_id: UUID, refund_id: str) -> None:
    """Give a buyer's money back through the gateway that took it."""
    refunds.execute(tenant_id=tenant_id, refund_id=UUID(refund_id))


JOBS = {
    "ledger.fold": Job(fold, for_platform),
    "payments.close": Job(close_payment),
    "payments.sweep": Job(sweep_payments),
    "refunds.execute": Job(execute_refund),
}
