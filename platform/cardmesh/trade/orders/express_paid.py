"""A paid store order in two round trips: read what a gateway's message is about, write all that follows from it.

For the usual case: an open payment of an order whose goods are set aside and can be handed over at once. It decides
with the same rules as the plain version (`money.payments.inbox`, `paid.py`, `delivery.service`) and writes the same
rows, which a test compares. Whatever else a message says, or what has changed between the two statements, it leaves to
the plain version: `receive` then returns None and nothing was written. Why: docs/decisions/0009-order-path.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ...identity.settings import service as settings
from ...kit import clock
from ...kit.db import call
from ...kit.failpoints import reach
from ...kit.ids import new_id
from ...money.ledger import service as ledger
from ...money.models import EventOutcome, Payment, PaymentPurpose, PaymentStatus
from ...money.payments import rules
from ...money.payments.channels import gateway
from ...money.payments.collect import receipt
from ...money.payments.gateways.base import UNREADABLE, RawEvent, SessionFacts, SessionStatus
from ..delivery import service as delivery
from ..delivery import shares
from ..delivery.kinds.registry import kind
from ..models import Collector, Order, OrderStatus, OrderUnit, UnitStatus
from ..rules import hold_until
from .plans import row, written

READ = "select * from paid_order(%s, %s, %s)"
SETTLE = "select settle_paid_order(%s, %s)"
DELIVERED = "mail.order_delivered"

Row = Any
"""A row of `paid_order`: the payment, its order, and one of its units with the line's terms."""


def receive(gateway_name: str, event: RawEvent) -> str | None:
    """Book the payment, hand the goods over, split the money; the event's outcome, or None for the plain version.

    A repeat of a message that was applied is answered with what became of it. `event` was verified. Opens its own two
    transactions. Raises psycopg.OperationalError when the connection is lost: the gateway tells us again.
    """
    facts = _paid_facts(gateway_name, event.payload)
    if facts is None:
        return None
    rows = call(READ, (gateway_name, event.ref, facts.payment_id))
    if not rows:
        return None
    head = rows[0]
    if head.outcome is not None:
        return None if head.outcome == EventOutcome.STORED else head.outcome
    if rules.payment_mismatch(cast(Payment, head), gateway_name, facts) or not _is_usual(rows):
        return None
    plan = plan_of(gateway_name, event, facts, rows)
    reach("payment.express.decided")
    if not written(SETTLE, head.tenant_id, plan):
        return None
    reach("payment.event.committed")
    return EventOutcome.APPLIED


def _paid_facts(gateway_name: str, payload: Mapping[str, Any]) -> SessionFacts | None:
    """What the event tells, when it tells of a payment of ours that was made."""
    try:
        facts = gateway(gateway_name).interpret(payload)
    except UNREADABLE:  # the plain version stores it before it refuses it
        return None
    if isinstance(facts, SessionFacts) and facts.status is SessionStatus.PAID and facts.payment_id:
        return facts
    return None


def _is_usual(rows: Sequence[Row]) -> bool:
    """An open payment to the platform, of a waiting order, every unit of it set aside to be handed over at once."""
    head = rows[0]
    return (
        head.purpose == PaymentPurpose.ORDER
        and head.collected_by == Collector.PLATFORM
        and head.status == PaymentStatus.OPEN
        and head.order_status == OrderStatus.PENDING_PAYMENT
        and head.units == len(rows)
        and all(one.unit_status == UnitStatus.RESERVED and kind(one.kind).at_once for one in rows)
    )


def plan_of(gateway_name: str, event: RawEvent, facts: SessionFacts, rows: Sequence[Row]) -> dict[str, Any]:
    """All that `settle_paid_order` writes for these rows of `paid_order`. Pure but for clock, new ids, hold."""
    head, now, days = rows[0], clock.now(), settings.current().hold_days
    payment = _payment(head, facts)
    order = _order(head)
    units = [_unit(one) for one in rows]
    entries = [ledger.rows_of(receipt(payment)), ledger.rows_of(shares.sale(order, units))]
    return {
        "gateway": gateway_name,
        "event_ref": event.ref,
        "type": event.type,
        "payload": event.payload,
        "at": now,
        "payment_id": payment.id,
        "session_ref": payment.session_ref,
        "intent_ref": payment.intent_ref,
        "order_id": order.id,
        "units": [{"id": one.unit_id, "hold_until": hold_until(now, one.warranty_hours, days)} for one in rows],
        "entries": [entry for entry, _ in entries],
        "postings": [posting for _, postings in entries for posting in postings],
        **_news(order),
    }


def _payment(head: Row, facts: SessionFacts) -> Payment:
    """As it is once it is paid: an event may overtake the answer that names the session."""
    return row(
        Payment,
        tenant_id=head.tenant_id,
        id=head.id,
        purpose=head.purpose,
        order_id=head.order_id,
        currency=head.currency,
        amount_minor=head.amount_minor,
        session_ref=head.session_ref or facts.session_ref,
        intent_ref=head.intent_ref or facts.intent_ref,
    )


def _order(head: Row) -> Order:
    names = ("tenant_id", "number", "collected_by", "contact_kind", "external_ref")
    columns = {name: getattr(head, name) for name in names}
    return row(Order, id=head.order_id, currency=head.order_currency, status=OrderStatus.COMPLETED, **columns)


def _unit(one: Row) -> OrderUnit:
    names = ("supplier_id", "retail_minor", "supplier_minor", "platform_minor", "distributor_minor")
    return row(OrderUnit, id=one.unit_id, **{name: getattr(one, name) for name in names})


def _news(order: Order) -> dict[str, Any]:
    """What distributor and buyer are told: paid, then completed."""
    steps = (("order.paid", OrderStatus.PAID), ("order.completed", OrderStatus.COMPLETED))
    key = delivery.letter_key(order, DELIVERED)
    letter = {"name": DELIVERED, "args": {"order_id": order.id}, "dedupe_key": key}
    return {
        "events": [{"id": new_id(), "type": type, "data": delivery.told(order) | {"status": at}} for type, at in steps],
        "letters": [letter] if key else [],
    }
