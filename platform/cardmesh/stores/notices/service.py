"""Write and send letters about orders. Each reads in a transaction, then sends outside it."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from ...kit import money, runtime, tenancy
from ...kit.db import transaction
from ...kit.mail import door
from ...kit.mail.letter import Letter
from ...trade.delivery.reveal import Codes, reveal
from ...trade.models import Order, UnitStatus
from ...trade.orders import views
from ...trade.orders.checkout import title
from ...trade.orders.views import LineView
from .. import queries
from ..facts import host_of
from . import render
from .words import LABELS, ORDER

DELIVERED = "order_delivered"
FILE = "file"


def send_order_letter(kind: str, *, tenant_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """A letter about an order to its buyer's e-mail address; nothing without one. Raises MailUnavailable, MailRefused.

    The letter of a delivery carries the keys: they are revealed, with their audit records, in the transaction that
    reads them, and are nowhere but in the letter.
    """
    with transaction(tenancy.trade(tenant_id)) as session:
        letter = _order_letter(session, kind, tenant_id, order_id)
    if letter is not None:
        door.send(letter, runtime.current().settings)


def _order_letter(session: Session, kind: str, tenant_id: uuid.UUID, order_id: uuid.UUID) -> Letter | None:
    order = views.find(session, tenant_id=tenant_id, order_id=order_id)
    if order is None or not order.contact or order.contact_kind != "email":
        return None
    store = queries.get_store(session, store_id=order.store_id)
    lines = views.view(session, order).lines
    url = f"{runtime.current().settings.store_url(host_of(store))}/order/?number={order.number}"
    codes = reveal(session, order=order) if kind == DELIVERED else []
    facts = {
        "sender": store.name,
        "url": url,
        "number": order.number,
        "total": money.display(order.total_minor, order.currency, order.locale),
        "rows": [_row(order, line) for line in lines],
        "codes": [_code(order, code, lines) for code in codes],
    }
    params: dict[str, object] = {"number": order.number, "store": store.name}
    key = f"order:{order.id}:{kind}"
    return render.letter(ORDER[kind], to=order.contact, key=key, locale=order.locale, params=params, facts=facts)


def _row(order: Order, view: LineView) -> dict[str, Any]:
    refunded = sum(unit.status == UnitStatus.REFUNDED for unit in view.units)
    return {
        "name": title(view.line),
        "quantity": view.line.quantity,
        "total": money.display(view.line.total_minor, view.line.currency, order.locale),
        "note": f"{LABELS['refunded'].render(order.locale)} × {refunded}" if refunded else "",
    }


def _code(order: Order, code: Codes, lines: Sequence[LineView]) -> dict[str, Any]:
    """A file is named, not linked: its link is good for minutes, a letter lies for days."""
    name = next(title(view.line) for view in lines if view.line.id == code.line_id)
    shown = [
        {"label": one.label, "value": LABELS["file"].render(order.locale) if one.type == FILE else one.value}
        for one in code.credentials
    ]
    return {"name": f"{name} #{code.unit}", "credentials": shown}
