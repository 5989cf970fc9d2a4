"""A distributor's order, paid from its wallet: one transaction takes the goods, the money and answers with both.

The plain version, for every case and every refusal. `express.py` is the fast one for the usual case; they write the
same rows.
"""

import json
import uuid
from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from ...goods.inventory import queries as stock
from ...goods.inventory.errors import OutOfStock
from ...goods.pricing.service import INSUFFICIENT_STOCK, OfferChoice, PricedLine, price_wholesale
from ...identity.models import Tenant
from ...identity.tenants.service import get_tenant, require_active
from ...kit import clock
from ...kit.errors import MeshError, invalid
from ...kit.failpoints import reach
from ...kit.ids import new_id
from ...kit.money import Money
from ...money.ledger import service as ledger
from ...money.ledger.errors import InsufficientFunds
from .. import numbers, queries
from ..delivery import service as delivery
from ..delivery import shares
from ..errors import BackorderUnavailable, DuplicateExternalRef, PriceChanged
from ..models import Channel, Collector, Order, OrderStatus
from ..rules import Item, Share, check_items, wholesale_shares
from . import baskets
from .baskets import Portion

TRIES = 3
"""How often a partial line looks again at stock that others are taking."""


class OnShortage(StrEnum):
    CANCEL_ALL = "cancel_all"
    PARTIAL = "partial"
    BACKORDER = "backorder"


def place_wallet_order(
    session: Session,
    *,
    tenant_id: uuid.UUID,
    store_id: uuid.UUID,
    external_ref: str,
    items: Sequence[Item],
    on_shortage: str = OnShortage.CANCEL_ALL,
    currency: str = "CNY",
) -> Order:
    """Buy from the wallet and receive at once. Scope: TRADE of the tenant.

    `external_ref` is unique for ever: the same content again returns the first order, other content raises
    DuplicateExternalRef. Raises ValidationFailed, TenantSuspended, BackorderUnavailable, PriceChanged (above
    `max_unit_cost`, with the new one), InsufficientFunds, insufficient_stock, …: nothing is kept, and the same
    `external_ref` may be sent again.
    """
    check(external_ref, items, on_shortage)
    reach("order.wallet.begun")
    tenant = get_tenant(session, tenant_id)
    require_active(tenant)
    funds = ledger.lock_wallet(session, owner_id=tenant_id, currency=currency)
    content = content_of(items, on_shortage, currency)
    if earlier := queries.by_external_ref(session, tenant_id=tenant_id, external_ref=external_ref):
        if earlier.request_hash != content:
            raise DuplicateExternalRef
        return earlier
    portions = _fill(session, tenant, items, OnShortage(on_shortage), currency, funds)
    total = sum(portion.total_minor for portion in portions)
    _require_funds(funds, total, currency)
    complete = all(portion.offer and len(portion.reserved) == portion.line.quantity for portion in portions)
    order = Order(
        **columns(tenant_id, store_id, external_ref, content, total, currency),
        status=OrderStatus.COMPLETED if complete else OrderStatus.PARTIALLY_COMPLETED,
    )
    session.add(order)
    session.flush()
    units = baskets.insert_lines(session, order, portions, delivered_at=order.paid_at)
    ledger.post_many(session, [shares.sale(order, units)])
    delivery.tell(session, order, "order.completed")
    reach("order.wallet.placed")
    return order


def columns(
    tenant_id: uuid.UUID, store_id: uuid.UUID, external_ref: str, content: bytes, total_minor: int, currency: str
) -> dict[str, Any]:
    """A wallet order, paid and handed over now; all but its state."""
    now = clock.now()
    return {
        "tenant_id": tenant_id,
        "id": new_id(),
        "store_id": store_id,
        "number": numbers.new_number(now),
        "channel": Channel.API,
        "embed_origin": None,
        "external_ref": external_ref,
        "request_hash": content,
        "collected_by": Collector.DISTRIBUTOR,
        "currency": currency,
        "total_minor": total_minor,
        "paid_at": now,
        "completed_at": now,
        "created_at": now,
    }


def check(external_ref: str, items: Sequence[Item], on_shortage: str) -> None:
    if not 1 <= len(external_ref) <= 128 or not external_ref.isprintable():
        raise invalid(
            "/external_ref",
            "external_ref_invalid",
            "external_ref 须为 1–128 个可见字符",
            "external_ref has 1 to 128 printable characters",
        )
    if on_shortage not in list(OnShortage):
        raise invalid("/on_shortage", "on_shortage_unknown", "未知的缺货处理方式", "Unknown way to handle a shortage")
    if on_shortage == OnShortage.BACKORDER:
        raise BackorderUnavailable
    check_items(items)


def content_of(items: Sequence[Item], on_shortage: str, currency: str) -> bytes:
    """What makes two requests the same order."""
    wanted = [[str(item.sku_id), item.quantity, item.max_unit_cost and item.max_unit_cost.to_json()] for item in items]
    return sha256(json.dumps([wanted, on_shortage, currency], sort_keys=True).encode()).digest()


def _fill(
    session: Session,
    tenant: Tenant,
    items: Sequence[Item],
    on_shortage: OnShortage,
    currency: str,
    funds: int,
) -> list[Portion]:
    """Each item's goods, taken. What is affordable is checked first: taken goods hide from other buyers."""
    wanted = [(item.sku_id, item.quantity) for item in items]
    lines = price_wholesale(session, tenant=tenant, items=wanted, at=clock.now(), currency=currency)
    partial = on_shortage is OnShortage.PARTIAL
    baskets.require_sellable(lines, but=INSUFFICIENT_STOCK if partial else None)
    offers = [_affordable(place, item, line) for place, (item, line) in enumerate(zip(items, lines, strict=True))]
    least = [_shares(choices[0], line.quantity) for line, choices in zip(lines, offers, strict=True) if choices]
    _require_funds(funds, sum(share.retail_minor for line in least for share in line), currency)
    portions = [_take(session, line, choices) for line, choices in zip(lines, offers, strict=True)]
    for place, portion in enumerate(portions):
        if portion.offer is None and not partial:
            raise baskets.located([(place, OutOfStock())])
        if portion.offer is None:
            portions[place] = _take_fewer(session, tenant, items[place], portion, currency)
    if not any(portion.reserved for portion in portions):
        raise OutOfStock
    return portions


def _affordable(place: int, item: Item, line: PricedLine) -> list[OfferChoice]:
    """The offers within `max_unit_cost`. Raises PriceChanged when the goods are there, but dearer."""
    limit = item.max_unit_cost
    if limit is None:
        return list(line.offers)
    within = [
        choice for choice in line.offers if choice.currency == limit.currency and choice.cost_minor <= limit.minor
    ]
    if line.offers and not within:
        cost = Money(line.offers[0].cost_minor, line.offers[0].currency)
        raise _price_changed(place, cost)
    return within


def _price_changed(place: int, cost: Money) -> MeshError:
    error = PriceChanged(extra={"unit_cost": cost.to_json()})
    return baskets.located([(place, error)])


def _take(session: Session, line: PricedLine, choices: Sequence[OfferChoice]) -> Portion:
    found = baskets.reserve(session, choices, line.quantity)
    if found is None:
        return Portion(line, None, (), ())
    offer, reserved = found
    return Portion(line, offer, reserved, _shares(offer, line.quantity))


def _take_fewer(session: Session, tenant: Tenant, item: Item, empty: Portion, currency: str) -> Portion:
    """As many as one offer still has; none is a portion too, and is not paid for."""
    for _ in range(TRIES):
        counts = stock.available_by_sku(session, [item.sku_id], item.quantity)[item.sku_id]
        count = min(max((item.quantity if n is None else n for n in counts), default=0), item.quantity)
        if count == 0:
            break
        line = price_wholesale(session, tenant=tenant, items=[(item.sku_id, count)], at=clock.now(), currency=currency)[
            0
        ]
        limit = item.max_unit_cost
        choices = [choice for choice in line.offers if limit is None or choice.cost_minor <= limit.minor]
        if found := baskets.reserve(session, choices, count):
            offer, reserved = found
            return Portion(empty.line, offer, reserved, _shares(offer, count))
    return empty


def _shares(offer: OfferChoice, count: int) -> list[Share]:
    return wholesale_shares(offer.rule, cost_minor=offer.cost_minor, count=count)


def _require_funds(available: int, needed: int, currency: str) -> None:
    if available < needed:
        raise InsufficientFunds(
            extra={
                "available": {"amount": available, "currency": currency},
                "required": {"amount": needed, "currency": currency},
            }
        )
