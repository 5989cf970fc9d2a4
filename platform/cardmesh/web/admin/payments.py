"""The platform's own accounts at gateways, refunds that a gateway refused, and disputes."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit import runtime
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.ids import parse_id
from ...money.models import PLATFORM_OWNER, Refund
from ...money.payments import refunds as gateway_refunds
from ...money.payments.models import Dispute
from ..common.console import allow, done, scope, sent_back
from ..common.merchant_pages import add_merchant_pages
from . import blueprint
from .names import party_names

SHOWN = 50


def _more(session: Session) -> dict[str, Any]:
    failed = select(Refund).where(Refund.status == gateway_refunds.FAILED).order_by(Refund.id.desc()).limit(SHOWN)
    rows = session.scalars(failed).all()
    disputes = session.scalars(select(Dispute).order_by(Dispute.id.desc()).limit(SHOWN)).all()
    return {
        "failed": rows,
        "disputes": disputes,
        "names": party_names(session, {one.tenant_id for one in (*rows, *disputes)}),
        "configured": bool(runtime.current().settings.stripe_api_key),
    }


add_merchant_pages(blueprint, lambda: PLATFORM_OWNER, "admin/payments.html", _more)


@blueprint.post("/refunds/<refund_id>/retry")
@allow("finance", "support")
def refunds_retry(refund_id: str) -> Response:
    """Ask the gateway again, once the reason of its refusal is gone."""
    try:
        with transaction(scope()) as session:
            gateway_refunds.retry(session, refund_id=parse_id("rfd", refund_id))
    except MeshError as error:
        return sent_back(error, "admin.payments_list")
    return done("已重新发起退款", "The refund is asked for again", "admin.payments_list")
