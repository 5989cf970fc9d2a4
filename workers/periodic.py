"""Work that comes round by itself. The dispatcher promises it in the outbox like any other work."""

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from cardmesh.kit.jobs import outbox
from cardmesh.kit.jobs.models import JobState, OutboxJob


@dataclass(frozen=True, slots=True)
class Every:
    """A platform job without arguments and how often it is due."""

    seconds: float
    name: str


SCHEDULE = (
    Every(5, "orders.expire"),
    Every(2, "catalog.spread"),
    Every(5, "provenance.log"),
    Every(2, "ledger.fold"),
    Every(5, "figures.fold"),
    Every(30, "payments.sweep"),
    Every(60, "payouts.sweep"),
    Every(600, "payouts.schedule"),
    Every(1800, "reconciliation.daily"),
    Every(300, "books.close"),
    Every(30, "settlement.due"),
    Every(60, "stock.expire"),
    Every(5, "prices.apply"),
    Every(3600, "tiers.review"),
    Every(3600, "volumes.count"),
    Every(15, "domains.sweep"),
    Every(3600, "accounts.sweep"),
    Every(3600, "accounts.recheck"),
)


def promise(session: Session, every: Every) -> None:
    """Send the job unless one of its kind waits or runs: two of them would only do each other's work."""
    key = f"periodic:{every.name}"
    unfinished = OutboxJob.state.in_((JobState.READY, JobState.LEASED))
    if not session.scalar(select(exists().where(OutboxJob.dedupe_key == key, unfinished))):
        outbox.send(session, every.name, dedupe_key=key)
