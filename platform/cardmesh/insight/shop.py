"""A distributor's day: what failed, what waits, and how far its shop is set up."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..goods.models import Listing
from ..money.models import Payment, PaymentPurpose, PaymentStatus
from ..money.wallets import service as wallets
from ..trade.models import Claim, Order, OrderStatus


@dataclass(frozen=True, slots=True)
class Setup:
    """The steps of a new shop that are done."""

    goods: bool
    funds: bool
    order: bool


def failed_orders(session: Session, *, tenant_id: uuid.UUID, since: datetime) -> int:
    """Orders placed since then that failed."""
    query = select(func.count()).select_from(Order)
    where = (Order.tenant_id == tenant_id, Order.created_at >= since, Order.status == OrderStatus.FAILED)
    return session.scalar(query.where(*where)) or 0


def open_claims(session: Session, *, tenant_id: uuid.UUID) -> int:
    """Claims that wait for a decision."""
    query = select(func.count()).select_from(Claim)
    return session.scalar(query.where(Claim.tenant_id == tenant_id, Claim.status == "open")) or 0


def setup(session: Session, *, tenant_id: uuid.UUID) -> Setup:
    """Whether there are goods on sale, money in the wallet, and a first paid order."""
    paid = Order.tenant_id == tenant_id, Order.paid_at.is_not(None)
    topped_up = (
        Payment.tenant_id == tenant_id,
        Payment.purpose == PaymentPurpose.TOP_UP,
        Payment.status == PaymentStatus.PAID,
    )
    funded = any(row.total for row in wallets.wallet(session, owner_id=tenant_id))
    return Setup(
        goods=session.scalar(select(Listing.id).where(Listing.tenant_id == tenant_id).limit(1)) is not None,
        funds=funded or session.scalar(select(Payment.id).where(*topped_up).limit(1)) is not None,
        order=session.scalar(select(Order.id).where(*paid).limit(1)) is not None,
    )
