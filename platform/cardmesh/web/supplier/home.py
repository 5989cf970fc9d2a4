"""What needs the supplier now, then how its goods sell."""

from sqlalchemy import func, select

from ...goods.models import Import, ImportStatus, Offer, OfferStatus
from ...goods.offers import service as offers
from ...insight.boards.service import freeze
from ...kit.db import transaction
from ...money.wallets import service as wallets
from ..common import boards
from ..common.audiences import SUPPLIER
from ..common.console import person, render, scope
from . import blueprint


@blueprint.get("/")
def home() -> str:
    supplier_id = person().party_id
    with transaction(scope()) as session:
        freeze(session)
        counts = dict(
            session.execute(
                select(Offer.status, func.count()).where(Offer.supplier_id == supplier_id).group_by(Offer.status)
            ).all()
        )
        running = session.scalars(
            select(Import).where(
                Import.supplier_id == supplier_id, Import.status.in_([ImportStatus.QUEUED, ImportStatus.RUNNING])
            )
        ).all()
        rejected = offers.page(session, supplier_id=supplier_id, status=OfferStatus.REJECTED, limit=5)
        balances = wallets.wallet(session, owner_id=supplier_id)
        headline = boards.home(session, SUPPLIER, boards.Owner(supplier_id=supplier_id))
        risks = boards.running_out(session, boards.Owner(supplier_id=supplier_id))
    return render(
        "supplier/home.html",
        counts=counts,
        running=running,
        rejected=rejected.rows,
        balances=balances,
        headline=headline,
        risks=risks,
    )
