"""The wallet order in two round trips: read the basket, write the order. For what can be delivered whole and at once.

It decides with the same rules as the plain version (`wallet.py`) and writes the same rows, which a test compares. What
it cannot do, or what has changed between the two statements, it leaves to the plain version, which knows how to refuse:
`place` then returns None and nothing was written. Why: docs/decisions/0009-order-path.md.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import psycopg
from psycopg import errors

from ...goods.models import GoodsKind
from ...goods.pricing.service import PricedLine, TenantKey, price_rows_wholesale
from ...kit import clock
from ...kit.db import call
from ...kit.failpoints import reach
from ...kit.ids import new_id, public_id
from ...money.commission.service import current_rules
from ...money.ledger import service as ledger
from ...money.ledger.rules import account_id
from ...money.models import AccountKind
from .. import numbers
from ..delivery import shares
from ..delivery.kinds.base import Reserved
from ..models import Channel, Collector, Order, OrderLine, OrderStatus, OrderUnit
from ..rules import Item, Share, wholesale_shares
from . import baskets, wallet
from .baskets import Portion
from .views import LineView, OrderView

BASKET = "select * from wallet_basket(%s, %s, %s)"
PLACE = "select place_wallet_order(%s, %s, %s)"
CHANGED = "CM001"
"""What `place_wallet_order` raises when the plan no longer holds."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is to have its effect once: the caller's `Idempotency-Key` and a digest of what it asks for."""

    key: str
    content: bytes


Model = TypeVar("Model", Order, OrderLine, OrderUnit)
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
    order = _order(tenant_id, head.own_store, external_ref, content, portions, head.own_currency)
    return _write(order, portions, request, answer)


def _portion(item: Item, line: PricedLine) -> Portion | None:
    """A line served by its cheapest offer, when that has enough and is not too dear."""
    if line.problem or line.kind != GoodsKind.CARD_KEY:
        return None
    offer, limit = line.offers[0], item.max_unit_cost
    if limit is not None and (offer.currency != limit.currency or offer.cost_minor > limit.minor):
        return None
    dealt: list[Share] = wholesale_shares(offer.rule, cost_minor=offer.cost_minor, count=item.quantity)
    return Portion(line, offer, [Reserved()] * item.quantity, dealt)


def _order(
    tenant_id: uuid.UUID, store_id: uuid.UUID, ref: str, content: bytes, portions: Sequence[Portion], currency: str
) -> Order:
    now = clock.now()
    return _plainly(
        Order,
        tenant_id=tenant_id,
        id=new_id(),
        store_id=store_id,
        number=numbers.new_number(now),
        channel=Channel.API,
        external_ref=ref,
        request_hash=content,
        collected_by=Collector.DISTRIBUTOR,
        status=OrderStatus.COMPLETED,
        currency=currency,
        total_minor=sum(portion.total_minor for portion in portions),
        paid_at=now,
        completed_at=now,
        created_at=now,
    )


def _write(order: Order, portions: Sequence[Portion], request: Call, answer: Answer) -> dict[str, Any] | None:
    lines, units = baskets.rows(order, portions, delivered_at=order.paid_at)
    sold = [_plainly(OrderUnit, **unit) for unit in units]
    views = [
        LineView(_plainly(OrderLine, **line), [unit for unit in sold if unit.line_id == line["id"]]) for line in lines
    ]
    body = answer(OrderView(order, views))
    entry, postings = ledger.rows_of(shares.sale(order, sold))
    plan = {
        "call_id": new_id(),
        "call_key": request.key,
        "call_hash": request.content.hex(),
        "wallet": account_id(order.tenant_id, AccountKind.AVAILABLE, order.currency),
        "lines": [_line(line, portion, units) for line, portion in zip(lines, portions, strict=True)],
        "entry_id": entry["id"],
        "entry_key": entry["key"],
        "entry_hash": entry["hash"],
        "reference": entry["reference"],
        "postings": postings,
        "event_id": new_id(),
        "event": _event(order),
        **_order_row(order),
    }
    written = _placed(order.tenant_id, json.dumps(plan, default=_plain), json.dumps(body, ensure_ascii=False))
    return body if written else None


def _placed(tenant_id: uuid.UUID, plan: str, answer: str) -> bool:
    reach("order.express.decided")
    try:
        call(PLACE, (tenant_id, plan, answer))
    except psycopg.Error as error:
        if error.sqlstate == CHANGED or isinstance(error, psycopg.IntegrityError | errors.DeadlockDetected):
            return False
        raise
    reach("call.committed")
    return True


def _order_row(order: Order) -> dict[str, Any]:
    names = ("store_id", "number", "external_ref", "currency", "total_minor")
    row = {name: getattr(order, name) for name in names}
    return row | {"order_id": order.id, "request_hash": (order.request_hash or b"").hex(), "at": order.paid_at}


def _line(line: dict[str, Any], portion: Portion, units: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A row of order_lines with what its units have in common, and the units."""
    mine = [unit for unit in units if unit["line_id"] == line["id"]]
    common = {name: mine[0][name] for name in ("offer_id", "supplier_id", "cost_minor", "hold_until")}
    own = ("id", "ordinal", "retail_minor", "supplier_minor", "platform_minor", "distributor_minor")
    return line | common | {"units": [{name: unit[name] for name in own} for unit in mine]}


def _event(order: Order) -> dict[str, Any]:
    return {
        "order": public_id("ord", order.id),
        "number": order.number,
        "status": str(order.status),
        "external_ref": order.external_ref,
    }


def _plainly(_kind: type[Model], **columns: object) -> Model:
    """What reads like a row of this model. No session ever sees it, and a mapped object is dear."""
    return cast(Model, SimpleNamespace(**columns))


def _plain(value: object) -> str:
    """UUIDs and moments as PostgreSQL reads them."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
