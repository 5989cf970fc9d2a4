"""The ledger and the gateways."""

from uuid import UUID

from sqlalchemy.orm import Session

from cardmesh.kit.jobs.run import Job, for_platform


def fold(session: Session) -> None:
    """Fold settled postings into balance snapshots."""
    from cardmesh.money.ledger.snapshots import fold as fold_postings

    fold_postings(session)


def sweep_payments() -> None:
    """Ask the gateways about payments whose webhook did not arrive."""
    from cardmesh.money.payments.sweep import sweep_missed
    from cardmesh.trade.payments import EFFECTS

    sweep_missed(EFFECTS)


def close_payment(*, tenant_id: UUID, payment_id: str) -> None:
    """Let nobody pay any more for an order whose stock was released."""
    from cardmesh.trade import payments

    payments.close(tenant_id=tenant_id, payment_id=UUID(payment_id))


def execute_refund(*, tenant_id: UUID, refund_id: str) -> None:
    """Give a buyer's money back through the gateway that took it."""
    from cardmesh.money.payments import refunds

    refunds.execute(tenant_id=tenant_id, refund_id=UUID(refund_id))


JOBS = {
    "ledger.fold": Job(fold, for_platform),
    "payments.close": Job(close_payment),
    "payments.sweep": Job(sweep_payments),
    "refunds.execute": Job(execute_refund),
}
