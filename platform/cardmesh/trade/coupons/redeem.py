"""A coupon in a basket and in an order: what it takes off, held with the order, given back when nobody pays.

Its row is locked last and by whoever counts a use, so that uses are counted one after the other.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, tuple_, update
from sqlalchemy.orm import Session

from ...goods.pricing.markups import in_bounds
from ...goods.pricing.service import OfferChoice
from ...kit import clock
from ..models import Order
from . import rules
from .errors import CouponNotApplicable, CouponNotFound, CouponUsedByBuyer, CouponUsedUp
from .models import Coupon, CouponStatus, CouponUse, UseStatus
from .rules import Priced


@dataclass(frozen=True, slots=True)
class Discount:
    """A coupon applied to a basket: what comes off each of its lines."""

    coupon: Coupon
    per_line: tuple[int, ...]

    @property
    def total_minor(self) -> int:
        return sum(self.per_line)


def find(
    session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID, code: str, currency: str, at: datetime
) -> Coupon:
    """The coupon that this code is for now. Raises CouponNotFound, CouponUsedUp."""
    query = select(Coupon).where(Coupon.tenant_id == tenant_id, Coupon.store_id == store_id)
    coupon = session.scalar(query.where(Coupon.code == rules.tidy(code)))
    if coupon is None or coupon.currency != currency or not _valid(coupon, at):
        raise CouponNotFound
    if coupon.most_uses is not None and coupon.used >= coupon.most_uses:
        raise CouponUsedUp
    return coupon


def _valid(coupon: Coupon, at: datetime) -> bool:
    begun = coupon.starts_at is None or coupon.starts_at <= at
    return coupon.status == CouponStatus.ACTIVE and begun and (coupon.ends_at is None or at < coupon.ends_at)


def apply(coupon: Coupon, lines: Sequence[Priced]) -> Discount:
    """Raises CouponGoods, CouponThreshold, CouponNotApplicable."""
    per_line = rules.allot(coupon, lines)
    if sum(line.total_minor for line in lines) <= sum(per_line):
        raise CouponNotApplicable  # an order for nothing cannot be paid
    return Discount(coupon, tuple(per_line))


def require_bounds(offer: OfferChoice, *, paid_minor: int, count: int) -> None:
    """No buyer pays less than the supplier's lowest price, with a coupon neither, and no unit is for nothing: it could
    not be given back. Raises CouponNotApplicable."""
    if paid_minor < count or not in_bounds(offer, paid_minor // count):
        raise CouponNotApplicable


def hold(session: Session, *, order: Order, discount: Discount) -> None:
    """Count a use for a new order. Raises CouponNotFound (paused meanwhile), CouponUsedUp, CouponUsedByBuyer."""
    coupon = discount.coupon
    now = clock.now()
    active = (
        Coupon.status == CouponStatus.ACTIVE,
        or_(Coupon.ends_at.is_(None), Coupon.ends_at > now),
    )
    if not _count(session, order.tenant_id, coupon.id, *active):
        session.refresh(coupon)
        raise CouponUsedUp if _valid(coupon, now) else CouponNotFound
    buyer = rules.buyer_of(order.contact or "")
    use = CouponUse(
        tenant_id=order.tenant_id,
        coupon_id=coupon.id,
        order_id=order.id,
        buyer=buyer,
        turn=_turn(session, order.tenant_id, coupon.id, buyer),
        discount_minor=discount.total_minor,
    )
    session.add(use)
    session.flush()


def hold_again(session: Session, order: Order) -> bool:
    """Count the use of an order that was released and is paid after all; False when the uses are gone meanwhile."""
    if order.coupon_code is None:
        return True
    query = select(CouponUse).where(CouponUse.tenant_id == order.tenant_id, CouponUse.order_id == order.id)
    use = session.scalars(query.execution_options(populate_existing=True)).one()
    try:
        with session.begin_nested():
            if not _count(session, order.tenant_id, use.coupon_id):
                return False
            use.turn = _turn(session, order.tenant_id, use.coupon_id, use.buyer)
            use.status = UseStatus.HELD
            session.flush()
    except CouponUsedByBuyer:
        return False
    return True


def release(session: Session, orders: Sequence[Order]) -> None:
    """Give the uses of locked orders back that are not paid any more, once; coupons in key order, for none to wait in
    a circle."""
    with_coupon = [(order.tenant_id, order.id) for order in orders if order.coupon_code is not None]
    if not with_coupon:
        return
    freed = session.execute(
        update(CouponUse)
        .where(tuple_(CouponUse.tenant_id, CouponUse.order_id).in_(with_coupon), CouponUse.status == UseStatus.HELD)
        .values(status=UseStatus.RELEASED)
        .returning(CouponUse.tenant_id, CouponUse.coupon_id)
        .execution_options(synchronize_session=False)
    ).all()
    for (tenant_id, coupon_id), count in sorted(Counter((row[0], row[1]) for row in freed).items()):
        same = (Coupon.tenant_id == tenant_id, Coupon.id == coupon_id)
        fewer = update(Coupon).where(*same).values(used=Coupon.used - count)
        session.execute(fewer.execution_options(synchronize_session=False))


def _count(session: Session, tenant_id: uuid.UUID, coupon_id: uuid.UUID, *conditions: object) -> bool:
    """One more use, if there is one left. Whoever comes next waits here until this transaction ends."""
    left = or_(Coupon.most_uses.is_(None), Coupon.used < Coupon.most_uses)
    same = (Coupon.tenant_id == tenant_id, Coupon.id == coupon_id)
    counted = session.execute(
        update(Coupon)
        .where(*same, left, *conditions)  # pyright: ignore[reportArgumentType] - column expressions of ours
        .values(used=Coupon.used + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(counted.rowcount)  # pyright: ignore[reportAttributeAccessIssue] - an UPDATE's result has it


def _turn(session: Session, tenant_id: uuid.UUID, coupon_id: uuid.UUID, buyer: bytes) -> int:
    """The buyer's next turn; the coupon's row is ours. Raises CouponUsedByBuyer."""
    held = (CouponUse.tenant_id == tenant_id, CouponUse.coupon_id == coupon_id, CouponUse.buyer == buyer)
    taken = session.scalars(select(CouponUse.turn).where(*held, CouponUse.status == UseStatus.HELD)).all()
    most = session.scalar(select(Coupon.most_per_buyer).where(Coupon.tenant_id == tenant_id, Coupon.id == coupon_id))
    turn = rules.free_turn(taken)
    if most is not None and turn > most:
        raise CouponUsedByBuyer
    return turn
