"""What needs the operator now."""

from datetime import timedelta

from sqlalchemy import func, select

from ...goods.models import Offer, OfferStatus
from ...kit import clock
from ...kit.db import transaction
from ...kit.jobs.models import JobState, OutboxJob
from ...money.ledger import service as ledger
from ...money.models import EventOutcome, GatewayEvent, Withdrawal, WithdrawalStatus
from ...trade.models import OrderUnit
from ..common.console import render, scope
from . import blueprint


@blueprint.get("/")
def home() -> str:
    since = clock.now() - timedelta(hours=24)
    with transaction(scope()) as session:
        waiting = session.scalar(select(func.count()).where(Offer.status == OfferStatus.PENDING_REVIEW))
        refused = session.scalar(select(func.count()).where(GatewayEvent.outcome == EventOutcome.REFUSED))
        dead = session.scalar(select(func.count()).where(OutboxJob.state == JobState.DEAD))
        asked = session.scalar(select(func.count()).where(Withdrawal.status == WithdrawalStatus.REQUESTED))
        sold = session.execute(
            select(
                OrderUnit.currency,
                func.count(),
                func.sum(OrderUnit.retail_minor),
                func.sum(OrderUnit.platform_minor),
            )
            .where(OrderUnit.delivered_at >= since)
            .group_by(OrderUnit.currency)
        ).all()
        books = ledger.trial_balance(session)
    return render("admin/home.html", waiting=waiting, refused=refused, dead=dead, asked=asked, sold=sold, books=books)
