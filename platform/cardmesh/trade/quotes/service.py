"""Price a basket for a buyer."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ...goods.pricing.service import PricedLine, price_lines
from ...identity.tenants.service import get_tenant, require_active
from ...kit import clock
from ...kit.errors import MeshError
from ...kit.money import Money
from ...money.commission.errors import LossGuard
from ..coupons import redeem as coupons
from ..coupons.errors import CouponNotApplicable
from ..coupons.redeem import Discount
from ..rules import Item, check_items, retail_shares


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines in the order asked for; one with a `problem` is not available and not in the totals (one a currency).

    `discount` is off the totals already; `refusal` says why a coupon that was asked for takes nothing off.
    """

    lines: list[PricedLine]
    totals: list[Money]
    discount: Discount | None = None
    refusal: MeshError | None = None


def quote(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    items: Sequence[Item],
    store_id: uuid.UUID | None = None,
    coupon: str | None = None,
) -> Quote:
    """Raises ValidationFailed, TenantSuspended. A line that cannot be sold is in the answer, not an error, and so is a
    coupon that cannot be used."""
    check_items(items)
    tenant = get_tenant(session, tenant_id)
    require_active(tenant)
    wanted = [(item.sku_id, item.quantity) for item in items]
    lines = price_lines(session, tenant=tenant, items=wanted, at=clock.now(), store_id=store_id)
    totals: dict[str, int] = {}
    for line in lines:
        if line.problem is None:
            totals[line.currency] = totals.get(line.currency, 0) + line.total_minor
    made = Quote(lines, [Money(minor, currency) for currency, minor in totals.items()])
    if coupon and store_id and len(made.totals) == 1:
        return _with_coupon(session, tenant_id, store_id, coupon, made)
    return made


def _with_coupon(session: Session, tenant_id: uuid.UUID, store_id: uuid.UUID, code: str, made: Quote) -> Quote:
    lines, total = [line for line in made.lines if line.problem is None], made.totals[0]
    try:
        found = coupons.find(
            session, tenant_id=tenant_id, store_id=store_id, code=code, currency=total.currency, at=clock.now()
        )
        discount = coupons.apply(found, lines)
        for line, off in zip(lines, discount.per_line, strict=True):
            _require_bearable(line, off)
    except MeshError as refusal:
        return Quote(made.lines, made.totals, None, refusal)
    return Quote(made.lines, [Money(total.minor - discount.total_minor, total.currency)], discount)


def _require_bearable(line: PricedLine, off: int) -> None:
    """As the order will see it, if the offer that is first now serves it then. Raises CouponNotApplicable."""
    if not off:
        return
    offer = line.offers[0]
    try:
        retail_shares(
            offer.rule,
            unit_price_minor=line.unit_price_minor,
            cost_minor=offer.cost_minor,
            count=line.quantity,
            discount_minor=off,
        )
    except LossGuard as error:
        raise CouponNotApplicable from error
    coupons.require_bounds(offer, paid_minor=line.total_minor - off, count=line.quantity)
