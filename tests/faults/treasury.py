"""Stories of money that leaves: a payout, a schedule, a chargeback."""

from datetime import datetime

from sqlalchemy import func, select, update

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import Withdrawal
from cardmesh.money.payouts.models import Method, PayoutRun, Schedule
from cardmesh.money.reconciliation.models import Comparison
from tests.money_payments.treasury import Treasury

from .arena import Stage


def _of(stage: Stage) -> Treasury:
    return Treasury(stage.arena.desk.url)


def run_made(stage: Stage) -> None:
    """A supplier with a connected account has asked for 40.00 of its 100.00; a run holds it."""
    treasury, owner = _of(stage), stage.market.suppliers[0].id
    treasury.fund_gateway()
    treasury.give(owner, 100_00)
    treasury.by_stripe(owner)
    treasury.ask(owner, 40_00)
    treasury.make(Method.STRIPE)


def pay_out(stage: Stage) -> bool:
    """The second person approves; whether it is paid by now."""
    owner = stage.market.suppliers[0].id
    with transaction(tenancy.platform()) as session:
        asked = session.scalars(select(Withdrawal).where(Withdrawal.owner_id == owner)).one()
        run = session.scalars(select(PayoutRun).where(PayoutRun.status == "draft")).one_or_none()
    if run is not None:
        _of(stage).approve(run)
    return asked.status == "paid"


def ask_again(stage: Stage) -> None:
    """The provider is asked sooner than in life."""
    stage.arena.run("update payout_lines set asked_at = asked_at - interval '1 hour' where status = 'sent'")
    stage.arena.send("payouts.sweep")


def scheduled(stage: Stage) -> None:
    treasury, owner = _of(stage), stage.market.suppliers[0].id
    treasury.give(owner, 100_00)
    treasury.choose(owner, Method.STRIPE, Schedule.DAILY)


def asked_by_schedule(stage: Stage) -> bool:
    owner = stage.market.suppliers[0].id
    with transaction(tenancy.platform()) as session:
        return session.scalar(select(Withdrawal.id).where(Withdrawal.owner_id == owner)) is not None


def is_compared(since: datetime) -> bool:
    """Once a day: what an earlier story compared is taken back."""
    with transaction(tenancy.platform()) as session:
        newest = session.scalar(select(func.max(Comparison.created_at)))
        if newest is None or newest < since:
            session.execute(update(Comparison).values(until=Comparison.since))
    return newest is not None and newest >= since
