"""A test sale through the store's own checkout, and its page afterwards."""

import hashlib
import uuid
from typing import Any

from flask import Response

from ...identity.idempotency import service as idempotency
from ...kit.clock import rfc3339
from ...kit.db import transaction
from ...kit.i18n import Text
from ...kit.ids import public_id
from ...stores.errors import StoreClosed
from ...stores.models import StoreStatus
from ...trade.models import OrderStatus, UnitStatus
from ...trade.orders import service as orders
from ...trade.trials import service as trials
from ...trade.trials.models import TrialOrder
from ..common.idempotent import replay, reply, request_hash, required_key
from ..common.requests import locale
from ..common.schema import Money
from .blueprint import selling, store
from .order_shapes import BuyerOrderIn, CodeOut, CredentialOut, OrderItemOut, OrderOut, PayOut, PlacedOut, SeenOut

MARK = Text("测试 · {name}", "Test · {name}")
LABEL = Text("测试卡密（不可使用）", "Test key (not for use)")


def place(body: BuyerOrderIn) -> Response:
    """Priced and refused like a real one, paid at once, delivered at once; once for each Idempotency-Key."""
    found = store()
    key = "trial:" + hashlib.sha256(required_key().encode()).hexdigest()
    with transaction(selling()) as session:
        begun = idempotency.begin(session, party_id=found.tenant_id, key=key, request_hash=request_hash())
        if begun.done:
            return replay(begun.row.status or 201, begun.row.body or {})
        if found.status == StoreStatus.MAINTENANCE:
            raise StoreClosed
        orders.parse_contact(email_address=body.contact.email, phone_number=body.contact.phone)
        order, token = trials.place(
            session,
            store=orders.StoreRef(found.tenant_id, found.store_id, found.handle, found.currency),
            items=[item.to_item() for item in body.items],
            coupon=body.coupon,
            expected_total=body.total.to_kit() if body.total else None,
        )
        answer = PlacedOut(order=_order(order, token), payment=PayOut(method=body.payment.method, url=""))
        told = answer.model_dump(mode="json")
        idempotency.finish(session, begun.row, status=201, body=told)
    return reply(201, told)


def see(number: str, token: str) -> SeenOut:
    """As a buyer sees a delivered order; every code says that it is none."""
    with transaction(selling()) as session:
        order = trials.find(session, tenant_id=store().tenant_id, number=number, token=token)
    codes = [
        CodeOut(item=_item_id(line), unit=unit, credentials=[_code(order, unit)])
        for line in order.lines
        for unit in range(1, line["quantity"] + 1)
    ]
    return SeenOut(order=_order(order), codes=codes)


def _order(order: TrialOrder, token: str | None = None) -> OrderOut:
    at = rfc3339(order.created_at)
    return OrderOut(
        number=order.number,
        token=token,
        status=OrderStatus.COMPLETED,
        total=Money.of(order.total_minor, order.currency),
        discount=Money.of(sum(line["discount_minor"] for line in order.lines), order.currency),
        created_at=at,
        paid_at=at,
        items=[_item(line, order.currency) for line in order.lines],
    )


def _item(line: dict[str, Any], currency: str) -> OrderItemOut:
    return OrderItemOut(
        id=_item_id(line),
        sku=public_id("sku", uuid.UUID(line["sku_id"])),
        name=MARK.render(locale(), name=line["name"]),
        kind=line["kind"],
        quantity=line["quantity"],
        unit_price=Money.of(line["unit_price_minor"], currency),
        discount=Money.of(line["discount_minor"], currency),
        total=Money.of(line["total_minor"], currency),
        status=UnitStatus.DELIVERED,
    )


def _item_id(line: dict[str, Any]) -> str:
    return public_id("itm", uuid.UUID(line["id"]))


def _code(order: TrialOrder, unit: int) -> CredentialOut:
    return CredentialOut(type="code", label=LABEL.render(locale()), value=f"TEST-NO-KEY-{order.number[-4:]}-{unit:04}")
