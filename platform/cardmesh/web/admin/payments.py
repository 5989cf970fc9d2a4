"""The platform's own accounts at gateways, refunds that a gateway refused, and disputes."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...kit import runtime
from ...money.models import PLATFORM_OWNER, Refund
from ...money.payments.models import Dispute
from ..common.merchant_pages import add_merchant_pages
from ..common.tables import Shown
from ..common.troubles import Troubles
from . import blueprint
from .names import party_names

TROUBLES = Troubles(
    face="admin",
    refunds=lambda: select(Refund),
    disputes=lambda: select(Dispute),
    roles=("finance", "support"),
    names=party_names,
    page="admin.payments_dispute",
)


def _more(_session: Session, _shown: Shown) -> dict[str, Any]:
    return {"configured": bool(runtime.current().settings.stripe_api_key)}


add_merchant_pages(blueprint, lambda: PLATFORM_OWNER, TROUBLES, "admin/payments.html", _more)
