"""What a coupon takes off which lines. Pure."""

import re
import uuid
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Protocol

from ...kit.money import display, split_by_weights
from .errors import CouponGoods, CouponNotApplicable, CouponThreshold
from .models import Coupon, CouponKind

CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,31}")
_HUNDRED = Decimal(100)


class Priced(Protocol):
    """A line of a basket: its goods, and what it costs before the coupon."""

    @property
    def sku_id(self) -> uuid.UUID: ...

    @property
    def product_id(self) -> uuid.UUID | None: ...

    @property
    def category_id(self) -> uuid.UUID | None: ...

    @property
    def total_minor(self) -> int: ...


def tidy(code: str) -> str:
    """As it is stored: capitals, no space around."""
    return code.strip().upper()


def covers(coupon: Coupon, line: Priced) -> bool:
    """Whether the coupon is for these goods: any it names, or all when it names none."""
    if not (coupon.category_ids or coupon.product_ids or coupon.sku_ids):
        return True
    named = line.category_id in coupon.category_ids or line.product_id in coupon.product_ids
    return named or line.sku_id in coupon.sku_ids


def discount(coupon: Coupon, eligible_minor: int) -> int:
    """What comes off goods of this price: a percent rounded down to the minor unit, or the fixed sum, never more than
    `most_off_minor` or the goods themselves."""
    if coupon.kind == CouponKind.PERCENT:
        off = int(eligible_minor * (coupon.percent or 0) / _HUNDRED)
    else:
        off = coupon.amount_minor or 0
    most = eligible_minor if coupon.most_off_minor is None else coupon.most_off_minor
    return min(off, most, eligible_minor)


def allot(coupon: Coupon, lines: Sequence[Priced]) -> list[int]:
    """What comes off each line: the discount in proportion to the lines it is for, by largest remainder.

    Raises CouponGoods, CouponThreshold, CouponNotApplicable when nothing would come off.
    """
    weights = [line.total_minor if covers(coupon, line) else 0 for line in lines]
    eligible = sum(weights)
    if not eligible:
        raise CouponGoods
    if eligible < coupon.threshold_minor:
        shown = display(coupon.threshold_minor, coupon.currency)
        raise CouponThreshold(extra={"threshold": coupon.threshold_minor, "reached": eligible}, threshold=shown)
    off = discount(coupon, eligible)
    if off <= 0:
        raise CouponNotApplicable
    return split_by_weights(off, weights)


def worst_case(coupon: Coupon, *, retail_minor: int, profit_minor: int) -> int:
    """What the distributor keeps of the smallest order of one item that may use the coupon; negative is a loss."""
    if retail_minor <= 0:
        return profit_minor
    count = max(1, -(-coupon.threshold_minor // retail_minor))
    return count * profit_minor - discount(coupon, count * retail_minor)


def buyer_of(contact: str) -> bytes:
    """A buyer is a contact; only its digest is kept beside the coupon."""
    return sha256(contact.encode()).digest()


def free_turn(taken: Sequence[int]) -> int:
    """The lowest turn that is not in use."""
    used = set(taken)
    return next(turn for turn in range(1, len(used) + 2) if turn not in used)
