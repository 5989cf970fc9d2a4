"""What needs the operator now, then how the market goes."""

from sqlalchemy import func, select

from ...goods.models import Offer, OfferStatus
from ...insight.boards.service import freeze
from ...kit.db import transaction
from ...kit.jobs.models import JobState, OutboxJob
from ...money.ledger import service as ledger
from ...money.models import EventOutcome, GatewayEvent, Withdrawal, WithdrawalStatus
from ..common import boards
from ..common.audiences import PLATFORM
from ..common.console import render, scope
from . import blueprint


@blueprint.get("/")
def home() -> str:
    with transaction(scope()) as session:
        freeze(session)
        waiting = session.scalar(select(func.count()).where(Offer.status == OfferStatus.PENDING_REVIEW))
        refused = session.scalar(select(func.count()).where(GatewayEvent.outcome == EventOutcome.REFUSED))
        dead = session.scalar(select(func.count()).where(OutboxJob.state == JobState.DEAD))
        asked = session.scalar(select(func.count()).where(Withdrawal.status == WithdrawalStatus.REQUESTED))
        headline = boards.home(session, PLATFORM)
        books = ledger.trial_balance(session)
    return render(
        "admin/home.html", waiting=waiting, refused=refused, dead=dead, asked=asked, headline=headline, books=books
    )
