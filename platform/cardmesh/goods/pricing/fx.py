"""A new exchange rate, and every price that was made of the old one."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...money.commission import service as commission
from ...money.fx import service as fx
from ...money.fx.models import FxRate
from .. import changes
from ..models import Offer, OfferStatus


def set_rate(
    session: Session, *, base: str, quote: str, rate: Decimal, source: str, stated_at: datetime | None = None
) -> FxRate:
    """State a rate; costs in `quote` of goods offered in `base` follow at once, and stores are built anew.

    An order that a buyer confirmed at the old price is refused with `price_changed`. Platform. Raises ValidationFailed.
    """
    row = fx.state(session, base=base, quote=quote, rate=rate, source=source, stated_at=stated_at)
    commission.forget(session)
    selling = select(Offer.sku_id).where(Offer.currency == base, Offer.status == OfferStatus.ACTIVE).distinct()
    changes.note_skus(session, session.scalars(selling), "fx.stated")
    return row
