"""Who collects: the platform, or the distributor with accounts of its own; what became of refunds and disputes."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.keyset import Query
from ...money.ledger import service as ledger
from ...money.models import AccountKind, Payment, Refund
from ...money.payments.merchants import service as merchants
from ...money.payments.merchants.routes import DISTRIBUTOR, routes
from ...money.payments.models import Dispute
from ...trade.funds.service import refusals_since_yesterday
from ..common.console import allow, done, person, scope
from ..common.merchant_pages import add_merchant_pages
from ..common.step_up import step_up
from ..common.tables import Shown
from ..common.troubles import Troubles
from . import blueprint
from .own import own_store


def _own_refunds() -> Query:
    """Of what the distributor collected itself; the rest is the platform's to try again."""
    of_payment = (Payment.tenant_id == Refund.tenant_id) & (Payment.id == Refund.payment_id)
    mine = Refund.tenant_id == person().party_id, Payment.collector == DISTRIBUTOR
    return select(Refund).join(Payment, of_payment).where(*mine)


TROUBLES = Troubles(
    face="distributor",
    refunds=_own_refunds,
    disputes=lambda: select(Dispute).where(Dispute.tenant_id == person().party_id),
    roles=("finance", "manager"),
)


def _more(session: Session, _shown: Shown) -> dict[str, Any]:
    me, currency = person().party_id, own_store(session).currency
    found = routes(session, tenant_id=me, currency=currency)
    return {
        "currency": currency,
        "routes": found,
        "own": any(one.collector == DISTRIBUTOR for one in found.values()),
        "available": ledger.balance(session, owner_id=me, kind=AccountKind.AVAILABLE, currency=currency),
        "held": ledger.balance(session, owner_id=me, kind=AccountKind.HELD, currency=currency),
        "short": refusals_since_yesterday(session, tenant_id=me),
    }


add_merchant_pages(blueprint, lambda: person().party_id, TROUBLES, "distributor/payments.html", _more)


@blueprint.post("/payments/platform")
@allow()
@step_up
def payments_platform() -> Response:
    """The platform collects again."""
    with transaction(scope()) as session:
        merchants.let_platform_collect(session, tenant_id=person().party_id)
    return done("已改为平台收款", "The platform collects now", "distributor.payments_list")
