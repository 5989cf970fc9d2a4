"""Place a test sale, show it to whoever holds its token, remember the latest ones."""

import hmac
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from ...goods.pricing.service import PricedLine, price_lines
from ...identity.tenants.service import get_tenant, require_active
from ...kit import clock
from ...kit.ids import new_id
from ...kit.money import Money
from .. import numbers
from ..errors import OrderNotFound
from ..orders import baskets
from ..orders.store import StoreRef, agree
from ..rules import Item, check_items
from .models import TrialOrder

PREFIX = "TEST"
"""What the number of a trial begins with: on every page it says what it is."""
KEPT = 20


def place(
    session: Session,
    *,
    store: StoreRef,
    items: Sequence[Item],
    coupon: str | None = None,
    expected_total: Money | None = None,
) -> tuple[TrialOrder, str]:
    """The order and its token, at the prices a buyer would pay now. Scope: TRADE of the store's tenant.

    Refuses what `place_store_order` refuses about goods and prices, so that a trial that works is a store that sells; a
    coupon is tried, not used up.
    Raises ValidationFailed, TenantSuspended, PriceChanged, insufficient_stock, listing_not_active, …
    """
    check_items(items)
    tenant, now = get_tenant(session, store.tenant_id), clock.now()
    require_active(tenant)
    wanted = [(item.sku_id, item.quantity) for item in items]
    lines = price_lines(session, tenant=tenant, items=wanted, at=now, store_id=store.store_id)
    baskets.require_sellable(lines)
    currency, discount = agree(session, store=store, lines=lines, coupon=coupon, expected=expected_total)
    off = discount.per_line if discount else [0] * len(lines)
    kept = [_kept(*one) for one in zip(lines, off, strict=True)]
    order_id = new_id()
    token = numbers.token(order_id)
    order = TrialOrder(
        tenant_id=store.tenant_id,
        id=order_id,
        store_id=store.store_id,
        number=PREFIX + numbers.new_number(now)[2:],
        token_hash=numbers.token_hash(token),
        currency=currency,
        total_minor=sum(line["total_minor"] for line in kept),
        lines=kept,
    )
    session.add(order)
    session.flush()
    _forget_older(session, store.tenant_id)
    return order, token


def is_trial(number: str) -> bool:
    """Whether a number names a trial."""
    return numbers.tidy(number).startswith(PREFIX)


def find(session: Session, *, tenant_id: uuid.UUID, number: str, token: str) -> TrialOrder:
    """The trial with this number, for who has its token. Raises OrderNotFound."""
    named = (TrialOrder.tenant_id == tenant_id, TrialOrder.number == numbers.tidy(number))
    order = session.scalar(select(TrialOrder).where(*named))
    stored = order.token_hash if order else b""
    if not hmac.compare_digest(stored, numbers.token_hash(token)) or order is None:
        raise OrderNotFound
    return order


def any_placed(session: Session, tenant_id: uuid.UUID) -> bool:
    """Whether the distributor has tried the own store."""
    return bool(session.scalar(select(exists().where(TrialOrder.tenant_id == tenant_id))))


def latest(session: Session, tenant_id: uuid.UUID, limit: int = 5) -> Sequence[TrialOrder]:
    """Newest first."""
    query = select(TrialOrder).where(TrialOrder.tenant_id == tenant_id)
    return session.scalars(query.order_by(TrialOrder.id.desc()).limit(limit)).all()


def _kept(line: PricedLine, discount_minor: int) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "sku_id": str(line.sku_id),
        "name": " · ".join(name for name in (line.product_name, line.sku_name) if name),
        "kind": line.kind,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price_minor,
        "discount_minor": discount_minor,
        "total_minor": line.total_minor - discount_minor,
    }


def _forget_older(session: Session, tenant_id: uuid.UUID) -> None:
    mine = select(TrialOrder.id).where(TrialOrder.tenant_id == tenant_id).order_by(TrialOrder.id.desc())
    old = (TrialOrder.tenant_id == tenant_id, TrialOrder.id.in_(mine.offset(KEPT)))
    session.execute(delete(TrialOrder).where(*old).execution_options(synchronize_session=False))
