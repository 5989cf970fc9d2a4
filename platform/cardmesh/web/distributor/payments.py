"""Who collects: the platform, or the distributor with accounts of its own; what became of refunds and disputes."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.ids import parse_id
from ...money.ledger import service as ledger
from ...money.models import AccountKind, Payment, Refund
from ...money.payments import refunds as gateway_refunds
from ...money.payments.merchants import service as merchants
from ...money.payments.merchants.routes import DISTRIBUTOR, routes
from ...money.payments.models import Dispute
from ...trade.funds.service import refusals_since_yesterday
from ..common.console import allow, done, person, scope, sent_back
from ..common.merchant_pages import add_merchant_pages
from ..common.step_up import step_up
from . import blueprint
from .own import own_store

SHOWN = 20


def _more(session: Session) -> dict[str, Any]:
    me, currency = person().party_id, own_store(session).currency
    found = routes(session, tenant_id=me, currency=currency)
    failed = (
        select(Refund)
        .join(Payment, (Payment.tenant_id == Refund.tenant_id) & (Payment.id == Refund.payment_id))
        .where(Refund.tenant_id == me, Refund.status == gateway_refunds.FAILED, Payment.collector == DISTRIBUTOR)
    )
    return {
        "currency": currency,
        "routes": found,
        "own": any(one.collector == DISTRIBUTOR for one in found.values()),
        "available": ledger.balance(session, owner_id=me, kind=AccountKind.AVAILABLE, currency=currency),
        "held": ledger.balance(session, owner_id=me, kind=AccountKind.HELD, currency=currency),
        "short": refusals_since_yesterday(session, tenant_id=me),
        "failed": session.scalars(failed.order_by(Refund.id.desc()).limit(SHOWN)).all(),
        "disputes": session.scalars(
            select(Dispute).where(Dispute.tenant_id == me).order_by(Dispute.id.desc()).limit(SHOWN)
        ).all(),
        "disputed": session.scalar(select(func.count()).select_from(Dispute).where(Dispute.tenant_id == me)) or 0,
    }


add_merchant_pages(blueprint, lambda: person().party_id, "distributor/payments.html", _more)


@blueprint.post("/payments/platform")
@allow()
@step_up
def payments_platform() -> Response:
    """The platform collects again."""
    with transaction(scope()) as session:
        merchants.let_platform_collect(session, tenant_id=person().party_id)
    return done("已改为平台收款", "The platform collects now", "distributor.payments_list")


@blueprint.post("/refunds/<refund_id>/retry")
@allow("finance", "manager")
def refunds_retry(refund_id: str) -> Response:
    """Of what the distributor collected itself; the rest is the platform's."""
    try:
        with transaction(scope()) as session:
            row = session.get(Refund, (person().party_id, parse_id("rfd", refund_id)))
            payment = session.get(Payment, (row.tenant_id, row.payment_id)) if row and row.payment_id else None
            if row is None or payment is None or payment.collector != DISTRIBUTOR:
                raise NotFound
            gateway_refunds.retry(session, refund_id=row.id)
    except MeshError as error:
        return sent_back(error, "distributor.payments_list")
    return done("已重新发起退款", "The refund is asked for again", "distributor.payments_list")
