"""The ledger and the gateways."""

from uuid import UUID

from sqlalchemy.orm import Session

from cardmesh.kit import clock
from cardmesh.kit.errors import Unavailable
from cardmesh.kit.jobs.run import Job, for_platform
from cardmesh.money.closes import service as closes
from cardmesh.money.ledger import snapshots
from cardmesh.money.payments import refunds
from cardmesh.money.payouts import execution, schedule
from cardmesh.money.reconciliation import rounds
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


def execute_payout(*, line_id: str) -> None:
    """Pay one line of an approved run, or ask how it went."""
    execution.execute(line_id=UUID(line_id))


def sweep_payouts() -> None:
    """Ask the provider about payouts that are silent."""
    execution.sweep()


def schedule_payouts() -> None:
    """Ask for the withdrawals that parties want by the day, week or month."""
    schedule.request_due(clock.now())


def reconcile() -> None:
    """Compare every gateway's money with ours, once a day; an account that did not answer is asked again."""
    for error in rounds.reconcile_daily().failed.values():
        if isinstance(error, Unavailable):
            raise error


def close_books() -> None:
    """Close the days that are over."""
    closes.close_due()


JOBS = {
    "books.close": Job(close_books),
    "ledger.fold": Job(fold, for_platform),
    "payments.close": Job(close_payment),
    "payments.sweep": Job(sweep_payments),
    "payouts.execute": Job(execute_payout),
    "payouts.schedule": Job(schedule_payouts),
    "payouts.sweep": Job(sweep_payouts),
    "reconciliation.daily": Job(reconcile),
    "refunds.execute": Job(execute_refund),
}
