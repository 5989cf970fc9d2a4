"""The wallet order in two round trips: read the basket, write the order. For what can be delivered whole and at once.

It decides with the same rules as the plain version (`wallet.py`) and writes the same rows, which a test compares. What
it cannot do, or what has changed between the two statements, it leaves to the plain version, which knows how to refuse:
`place` then returns None and nothing was written. Why: docs/decisions/0009-order-path.md.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ...goods.models import GoodsKind
from ...goods.pricing.service import PricedLine, TenantKey, price_rows_wholesale
from ...kit.db import call
from ...kit.failpoints import reach
from ...kit.ids import new_id
from ...money.commission.service import current_rules
from ...money.ledger import service as ledger
from ...money.ledger.rules import account_id
from ...money.models import AccountKind
from ..delivery import service as delivery
from ..delivery import shares
from ..delivery.kinds.base import Reserved
from ..models import Order, OrderLine, OrderStatus, OrderUnit
from ..rules import Item, Share, wholesale_shares
from . import baskets, wallet
from .baskets import Portion
from .plans import row, written
from .views import LineView, OrderView

BASKET = "select * from wallet_basket(%s, %s, %s)"
PLACE = "select place_wallet_order(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is to have its effect once: the caller's `Idempotency-Key` and a digest of what it asks for."""

    key: str
    content: bytes


Answer = Callable[[OrderView], dict[str, Any]]
"""What the caller will be told; kept with the order, for repeats."""


def place(
    *, tenant_id: uuid.UUID, request: Call, external_ref: str, items: Sequence[Item], on_shortage: str, answer: Answer
) -> dict[str, Any] | None:
    """Place, pay and deliver the order and return the stored answer; None when the plain version has to see to it.

    Opens its own two transactions. Raises ValidationFailed, BackorderUnavailable, and psycopg.OperationalError when
    the connection is lost: the same request with the same key tells then whether the order was placed.
    """
    wallet.check(external_ref, items, on_shortage)
    rows = call(BASKET, (tenant_id, [item.sku_id for item in items], baskets.most_units(items)))
    if not rows or rows[0].tenant_status != "active":
        return None
    head = rows[0]
    lines = price_rows_wholesale(
        rows, items=items, tenant=TenantKey(tenant_id, head.tier), book=current_rules(), currency=head.own_currency
    )
    found = [_portion(item, line) for item, line in zip(items, lines, strict=True)]
    portions = [portion for portion in found if portion is not None]
    if len(portions) < len(items):
        return None
    content = wallet.content_of(items, on_shortage, head.own_currency)
    total = sum(portion.total_minor for portion in portions)
    columns = wallet.columns(tenant_id, head.own_store, external_ref, content, total, head.own_currency)
    order = row(Order, **columns, status=OrderStatus.COMPLETED)
    return _write(order, portions, head.endpoints, request, answer)


def _portion(item: Item, line: PricedLine) -> Portion | None:
    """A line served by its cheapest offer, when that has enough and is not too dear."""
    if line.problem or line.kind != GoodsKind.CARD_KEY:
        return None
    offer, limit = line.offers[0], item.max_unit_cost
    if limit is not None and (offer.currency != limit.currency or offer.cost_minor > limit.minor):
        return None
    dealt: list[Share] = wholesale_shares(offer.rule, cost_minor=offer.cost_minor, count=item.quantity)
    return Portion(line, offer, [Reserved()] * item.quantity, dealt)


def _write(
    order: Order, portions: Sequence[Portion], endpoints: Sequence[uuid.UUID], request: Call, answer: Answer
) -> dict[str, Any] | None:
    lines, units = baskets.rows(order, portions, delivered_at=order.paid_at)
    sold = [row(OrderUnit, **unit) for unit in units]
    views = [
        LineView(row(OrderLine, **line), [unit for unit in sold if unit.line_id == line["id"]]) for line in lines
    ]
    body = answer(OrderView(order, views))
    entry, postings = ledger.rows_of(shares.sale(order, sold))
    offers = [portion.offer for portion in portions if portion.offer]
    plan = {
        "call_key": request.key,
        "call_hash": request.content.hex(),
        "wallet": account_id(order.tenant_id, AccountKind.AVAILABLE, order.currency),
        "endpoints": endpoints,
        "lines": [line | {"offer_id": offer.id} for line, offer in zip(lines, offers, strict=True)],
        "units": [unit | {"place": place} for place, unit in enumerate(units, start=1)],
        "entry_id": entry["id"],
        "entry_key": entry["key"],
        "entry_hash": entry["hash"],
        "reference": entry["reference"],
        "postings": postings,
        "event_id": new_id(),
        "event": delivery.told(order),
        **_order_row(order),
    }
    reach("order.express.decided")
    if not written(PLACE, order.tenant_id, plan, orjson.dumps(body).decode()):
        return None
    reach("call.committed")
    return body


def _order_row(order: Order) -> dict[str, Any]:
    names = ("store_id", "number", "external_ref", "currency", "total_minor")
    columns = {name: getattr(order, name) for name in names}
    return columns | {"order_id": order.id, "request_hash": (order.request_hash or b"").hex(), "at": order.paid_at}
