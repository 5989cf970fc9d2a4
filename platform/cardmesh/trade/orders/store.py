"""A buyer's order in a store: prices fixed, stock set aside, waiting a quarter of an hour to be paid."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from ...goods.inventory.errors import OutOfStock
from ...goods.pricing.service import OfferChoice, PricedLine, price_lines
from ...identity.tenants.service import get_tenant, require_active
from ...kit import clock
from ...kit.errors import invalid
from ...kit.failpoints import reach
from ...kit.ids import new_id
from ...kit.money import Money
from ...money.commission.errors import LossGuard
from ...money.ledger import service as ledger
from ...money.payments import service as payments
from ...money.payments.merchants.routes import DISTRIBUTOR, route
from .. import numbers
from ..coupons import redeem as coupons
from ..coupons.errors import CouponNotApplicable
from ..coupons.redeem import Discount
from ..delivery import service as delivery
from ..errors import PriceChanged
from ..funds import service as funds
from ..models import Channel, Order, OrderStatus
from ..rules import Item, Share, check_items, retail_shares
from . import baskets, limits, passwords
from .baskets import Portion
from .contacts import Contact

HOLD = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class StoreRef:
    """The store an order is placed in."""

    tenant_id: uuid.UUID
    store_id: uuid.UUID
    handle: str
    currency: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A new order and the token that opens its page. Next: `checkout.open_payment`, outside the transaction."""

    order: Order
    token: str


def place_store_order(
    session: Session,
    *,
    store: StoreRef,
    items: Sequence[Item],
    contact: Contact,
    method: str,
    query_password: str | None = None,
    expected_total: Money | None = None,
    coupon: str | None = None,
    locale: str = "zh-CN",
    ip: str | None = None,
    phone: bool = False,
    embed_origin: str | None = None,
) -> Placed:
    """Set the goods aside for fifteen minutes at a total that will not change. Scope: TRADE of the store's tenant.

    `coupon` is the code that the buyer typed; `expected_total` is with its discount. `embed_origin` is the site in
    whose frame it is ordered, as the caller has checked it; `phone`: on such a device.

    Raises ValidationFailed, TenantSuspended, UnpaidOrderLimit, PaymentMethodUnavailable, PriceChanged (with the new
    total), CollectorShortOfFunds, insufficient_stock, listing_not_active, coupon_not_found, …: whatever is raised,
    nothing has changed.
    """
    check_items(items)
    way = route(session, tenant_id=store.tenant_id, method=method, currency=store.currency)
    password_hash = passwords.hashed(query_password)
    tenant = get_tenant(session, store.tenant_id)
    require_active(tenant)
    limits.check(
        session,
        tenant_id=store.tenant_id,
        store_id=store.store_id,
        contact=contact.value,
        ip=ip,
        units=sum(item.quantity for item in items),
    )
    if way.collector == DISTRIBUTOR:  # who spends from a wallet locks it before anything else
        ledger.lock_wallet(session, owner_id=store.tenant_id, currency=store.currency)
    now = clock.now()
    wanted = [(item.sku_id, item.quantity) for item in items]
    lines = price_lines(session, tenant=tenant, items=wanted, at=now, store_id=store.store_id)
    baskets.require_sellable(lines)
    currency, discount = agree(session, store=store, lines=lines, coupon=coupon, expected=expected_total)
    per_line = discount.per_line if discount else [0] * len(lines)
    portions = [_set_aside(session, *one) for one in zip(range(len(lines)), lines, per_line, strict=True)]
    reach("order.store.reserved")
    order = Order(
        tenant_id=store.tenant_id,
        id=new_id(),
        store_id=store.store_id,
        number=numbers.new_number(now),
        channel=Channel.EMBED if embed_origin else Channel.STORE,
        embed_origin=embed_origin,
        collected_by=way.collector,
        status=OrderStatus.PENDING_PAYMENT,
        currency=currency,
        total_minor=sum(portion.total_minor for portion in portions),
        discount_minor=discount.total_minor if discount else 0,
        coupon_code=discount.coupon.code if discount else None,
        contact=contact.value,
        contact_kind=contact.kind,
        locale=locale,
        query_password_hash=password_hash,
        ip=ip,
        expires_at=now + HOLD,
        created_at=now,
    )
    token = numbers.token(order.id)
    order.token_hash = numbers.token_hash(token)
    session.add(order)
    session.flush()
    units = baskets.insert_lines(session, order, portions)
    funds.hold(session, order, units, f"order:{order.id}")
    payments.record_order_payment(
        session,
        tenant_id=order.tenant_id,
        order_id=order.id,
        amount=Money(order.total_minor, order.currency),
        method=method,
        route=way,
        phone=phone,
    )
    if discount:
        coupons.hold(session, order=order, discount=discount)
    delivery.write(session, order, "mail.order_placed")
    delivery.tell(session, order, "order.placed")
    reach("order.store.placed")
    return Placed(order, token)


def agree(
    session: Session, *, store: StoreRef, lines: Sequence[PricedLine], coupon: str | None, expected: Money | None
) -> tuple[str, Discount | None]:
    """The currency of what is bought and what a coupon takes off; nothing is used up.

    Raises ValidationFailed for mixed currencies, PriceChanged with the total of now, and the refusals of coupons.
    """
    currency = _one_currency(lines)
    discount = _discount(session, store, coupon, lines, currency)
    _require_price(lines, discount, currency, expected)
    return currency, discount


def _one_currency(lines: Sequence[PricedLine]) -> str:
    currencies = {line.currency for line in lines}
    if len(currencies) > 1:
        raise invalid("/items", "mixed_currencies", "一笔订单只能使用一种货币", "One order has one currency")
    return currencies.pop()


def _discount(
    session: Session, store: StoreRef, code: str | None, lines: Sequence[PricedLine], currency: str
) -> Discount | None:
    if not code or not code.strip():
        return None
    found = coupons.find(
        session,
        tenant_id=store.tenant_id,
        store_id=store.store_id,
        code=code,
        currency=currency,
        at=clock.now(),
    )
    return coupons.apply(found, lines)


def _require_price(
    lines: Sequence[PricedLine], discount: Discount | None, currency: str, expected: Money | None
) -> None:
    """What the buyer saw is what the buyer pays, or the buyer is asked again."""
    now = Money(sum(line.total_minor for line in lines) - (discount.total_minor if discount else 0), currency)
    if expected is not None and expected != now:
        raise PriceChanged(extra={"total": now.to_json()})


def _set_aside(session: Session, place: int, line: PricedLine, discount_minor: int) -> Portion:
    found = baskets.reserve(session, line.offers, line.quantity)
    if found is None:
        raise baskets.located([(place, OutOfStock())])
    offer, reserved = found
    if not discount_minor:
        return Portion(line, offer, reserved, _shares(line, offer))
    try:
        shares = _shares(line, offer, discount_minor)
    except LossGuard as error:
        raise CouponNotApplicable from error
    coupons.require_bounds(offer, paid_minor=line.total_minor - discount_minor, count=line.quantity)
    return Portion(line, offer, reserved, shares)


def _shares(line: PricedLine, offer: OfferChoice, discount_minor: int = 0) -> list[Share]:
    return retail_shares(
        offer.rule,
        unit_price_minor=line.unit_price_minor,
        cost_minor=offer.cost_minor,
        count=line.quantity,
        discount_minor=discount_minor,
    )
