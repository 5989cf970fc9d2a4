"""Hand goods over, and show them."""

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from ...identity.settings import service as settings
from ...kit import clock
from ...kit.events import service as events
from ...kit.failpoints import reach
from ...kit.ids import public_id
from ...kit.jobs import outbox
from ...money.ledger import service as ledger
from .. import queries
from ..errors import OrderNotFound, OrderStateConflict
from ..models import Order, OrderLine, OrderStatus, OrderUnit, UnitStatus
from ..rules import hold_until, order_status
from . import shares
from .downloads import Download, give_back, open_download
from .kinds.registry import kind
from .reveal import Codes, reveal

__all__ = ["Codes", "Download", "deliver", "give_back", "letter_key", "open_download", "reveal", "tell", "told"]

PREFIXES = {"item": "itm", "unit": "unt", "claim": "clm"}
_OPEN = (OrderStatus.PAID, OrderStatus.PROCESSING)


def deliver(session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID) -> Order:
    """Hand over what is set aside for a paid order, split its money, start the hold, tell buyer and distributor.

    Repeating changes nothing. Raises OrderNotFound, OrderStateConflict for an order that was not paid.
    """
    order = queries.lock_order(session, tenant_id=tenant_id, order_id=order_id)
    if order is None:
        raise OrderNotFound
    units = queries.lock_units(session, tenant_id=tenant_id, order_id=order_id)
    if order.status not in _OPEN:
        if order.paid_at is None:
            raise OrderStateConflict(state=order.status, extra={"state": order.status, "allowed": list(_OPEN)})
        return order
    lines = queries.lines(session, tenant_id=tenant_id, order_ids=[order_id])
    if handed := _hand_over(units, {line.id: line for line in lines}):
        session.flush()
        reach("delivery.handed")
        ledger.post_many(session, [shares.sale(order, handed)])
        reach("delivery.split")
    conclude(session, order, units, lines)
    reach("delivery.concluded")
    return order


def _hand_over(units: Sequence[OrderUnit], lines: dict[uuid.UUID, OrderLine]) -> list[OrderUnit]:
    """Units of kinds that need nobody's answer change hands now."""
    now, handed, days = clock.now(), [], settings.current().hold_days
    for unit in units:
        line = lines[unit.line_id]
        if unit.status == UnitStatus.RESERVED and kind(line.kind).at_once:
            unit.status, unit.delivered_at = UnitStatus.DELIVERED, now
            unit.hold_until = hold_until(now, int(line.snapshot.get("warranty_hours", 0)), days)
            handed.append(unit)
    return handed


def conclude(session: Session, order: Order, units: Sequence[OrderUnit], lines: Sequence[OrderLine]) -> None:
    """Let the order follow its units; an order that is complete is told of."""
    missing = sum(line.quantity for line in lines) - len(units)
    order.status = order_status([*(unit.status for unit in units), *[UnitStatus.FAILED] * missing])
    if order.status in (OrderStatus.COMPLETED, OrderStatus.PARTIALLY_COMPLETED) and order.completed_at is None:
        order.completed_at = clock.now()
        write(session, order, "mail.order_delivered")
        tell(session, order, "order.completed")
    session.flush()


def tell(session: Session, order: Order, event: str, **ids: uuid.UUID) -> None:
    """A thin event for the distributor's programs: public ids and state. `ids` are named like `PREFIXES`."""
    data = told(order) | {name: public_id(PREFIXES[name], value) for name, value in ids.items()}
    events.record(session, tenant_id=order.tenant_id, type=event, data=data)


def told(order: Order) -> dict[str, object]:
    """What every event says of its order."""
    data: dict[str, object] = {"order": public_id("ord", order.id), "number": order.number, "status": str(order.status)}
    return data | ({"external_ref": order.external_ref} if order.external_ref else {})


def write(session: Session, order: Order, letter: str) -> None:
    """A letter to the buyer, when there is an address to send it to; one that waits to be sent says all."""
    if key := letter_key(order, letter):
        outbox.send(session, letter, tenant_id=order.tenant_id, order_id=order.id, dedupe_key=key)


def letter_key(order: Order, letter: str) -> str | None:
    """What makes a letter one with those that wait already; None when there is no address to send it to."""
    return f"{letter}:{order.id}" if order.contact_kind == "email" else None
