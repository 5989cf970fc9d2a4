"""Show a buyer what was bought. The one way from a unit to its plaintext."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from ...goods.inventory.credentials import Credential
from ...identity.audit import service as audit
from ...kit import clock
from ...kit.failpoints import reach
from .. import queries
from ..models import Order, OrderUnit, UnitStatus
from .kinds.registry import kind


class Codes(NamedTuple):
    """What one unit consists of. `unit` counts from 1 within its line."""

    line_id: uuid.UUID
    unit_id: uuid.UUID
    unit: int
    credentials: list[Credential]


def reveal(session: Session, *, order: Order, locale: str | None = None) -> list[Codes]:
    """The credentials of every delivered unit, with an audit row each, written before anything is decrypted.

    The caller has proved that the reader may see them: by the order's token, or a key with `codes:read`. Scope: TRADE
    (keys are their supplier's rows). A refunded unit shows nothing any more: the units are held, so that a showing
    comes before a refund, and is on its trail, or sees what the refund has left.
    """
    units = queries.lock_units(session, tenant_id=order.tenant_id, order_id=order.id)
    delivered = [unit for unit in units if unit.status in (UnitStatus.DELIVERED, UnitStatus.REPLACED)]
    if not delivered:
        return []
    _record(session, order, delivered)
    reach("delivery.revealed")
    lines = {line.id: line for line in queries.lines(session, tenant_id=order.tenant_id, order_ids=[order.id])}
    credentials: dict[uuid.UUID, list[Credential]] = {}
    for name in {line.kind for line in lines.values()}:
        chosen = [unit for unit in delivered if lines[unit.line_id].kind == name]
        credentials |= kind(name).reveal(session, chosen, locale or order.locale) if chosen else {}
    place = {line_id: number for number, line_id in enumerate(lines)}
    delivered.sort(key=lambda unit: (place[unit.line_id], unit.ordinal))
    return [Codes(unit.line_id, unit.id, unit.ordinal, credentials[unit.id]) for unit in delivered]


def _record(session: Session, order: Order, units: Sequence[OrderUnit]) -> None:
    audit.record_each(
        session,
        [(unit.id, {"order": order.number, "first": unit.revealed_at is None}) for unit in units],
        party_id=order.tenant_id,
        action="unit.revealed",
        subject="order_unit",
    )
    now = clock.now()
    for unit in units:
        unit.revealed_at = unit.revealed_at or now
    session.flush()
