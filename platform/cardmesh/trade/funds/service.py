"""Hold and free what supplier and platform get of an order whose buyer pays the distributor itself.

Held when the order is placed, so that none is paid that cannot be delivered; see docs/decisions/0026-who-collects.md.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...identity.models import AuditRecord
from ...kit import clock
from ...kit.events import service as events
from ...money.ledger import service as ledger
from ...money.ledger.service import Leg
from ...money.models import AccountKind
from ..delivery.shares import due
from ..errors import CollectorShortOfFunds
from ..models import Channel, Collector, Order, OrderUnit

REFUSED = "order.refused_short_of_funds"


def concerns(order: Order) -> bool:
    """Whether the distributor collects, in its own store."""
    return order.collected_by == Collector.DISTRIBUTOR and order.channel != Channel.API


def hold(session: Session, order: Order, units: Sequence[OrderUnit], key: str) -> None:
    """Set the money for these units aside, once a `key`. Raises CollectorShortOfFunds, and nothing is held."""
    amount = due(order, units) if concerns(order) else 0
    if not amount:
        return
    if ledger.lock_wallet(session, owner_id=order.tenant_id, currency=order.currency) < amount:
        raise CollectorShortOfFunds
    _move(session, order, amount, "order.held", f"hold:{key}")


def free(session: Session, order: Order, units: Sequence[OrderUnit], key: str) -> None:
    """These units will not be delivered: their money can be spent on others again."""
    amount = due(order, units) if concerns(order) else 0
    if amount:
        _move(session, order, -amount, "order.freed", f"free:{key}")


def tell_short(session: Session, *, tenant_id: uuid.UUID) -> None:
    """An order was refused because the wallet did not cover it: on the distributor's trail, and to its programs."""
    audit.record(session, party_id=tenant_id, action=REFUSED, subject="wallet", reason=CollectorShortOfFunds.code)
    events.record(session, tenant_id=tenant_id, type="wallet.short", data={})


def refusals_since_yesterday(session: Session, *, tenant_id: uuid.UUID) -> int:
    """How many orders the store lost that way in a day."""
    since = clock.now() - timedelta(days=1)
    mine = AuditRecord.party_id == tenant_id, AuditRecord.action == REFUSED, AuditRecord.at >= since
    return session.scalar(select(func.count()).select_from(AuditRecord).where(*mine)) or 0


def _move(session: Session, order: Order, amount_minor: int, kind: str, key: str) -> None:
    ledger.post(
        session,
        key=key,
        kind=kind,
        legs=[
            Leg(order.tenant_id, AccountKind.AVAILABLE, amount_minor, order.currency),
            Leg(order.tenant_id, AccountKind.HELD, -amount_minor, order.currency),
        ],
        reference=f"order {order.number}",
        reference_id=order.id,
    )
