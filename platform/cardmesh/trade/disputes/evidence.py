"""What speaks for us when a buyer's bank asks: the order's own records, put together and handed in."""

import uuid
from collections.abc import Sequence
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit.db import transaction
from ...kit.errors import NotFound, invalid
from ...kit.tenancy import Scope
from ...money.models import PLATFORM_OWNER
from ...money.payments import disputes
from ...money.payments.channels import gateway
from ...money.payments.effects import Effects
from ...money.payments.gateways.base import AnswersDisputes, Evidence
from ...money.payments.models import Dispute
from .. import queries
from ..models import Order, OrderLine, OrderUnit

LONGEST = 5_000


def get(session: Session, dispute_id: uuid.UUID) -> Dispute:
    """Raises NotFound. Scope: PLATFORM."""
    row = session.scalar(select(Dispute).where(Dispute.id == dispute_id))
    if row is None:
        raise NotFound
    return row


def draft(session: Session, dispute: Dispute, *, log: Sequence[str] = (), statement: str = "") -> Evidence:
    """What the order's records say, in English: banks read it. `log`: what the public log holds. Scope: PLATFORM."""
    order = session.scalar(select(Order).where(Order.id == dispute.order_id)) if dispute.order_id else None
    if order is None:
        return Evidence(product="", email="", ip="", service_date=None, access_log="", statement=statement)
    lines = {line.id: line for line in queries.lines(session, tenant_id=order.tenant_id, order_ids=[order.id])}
    asked = select(OrderUnit).where(OrderUnit.tenant_id == order.tenant_id, OrderUnit.order_id == order.id)
    units = session.scalars(asked.order_by(OrderUnit.id)).all()
    handed = [unit.delivered_at for unit in units if unit.delivered_at]
    return Evidence(
        product="; ".join(_name(line) for line in lines.values()),
        email=(order.contact or "") if order.contact_kind == "email" else "",
        ip=order.ip or "",
        service_date=min(handed).date() if handed else None,
        access_log="\n".join([_placed(order), *(_unit(unit, lines[unit.line_id]) for unit in units), *log]),
        statement=statement,
    )


def submit(scope: Scope, *, dispute_id: uuid.UUID, evidence: Evidence, effects: Effects) -> None:
    """Hand it in at the gateway, once, and apply what it answers. Audited with the person's words.

    Opens its own transactions; the gateway is asked outside any. Raises NotFound, ValidationFailed,
    DisputeNotAnswerable, GatewayRefused, GatewayUnavailable.
    """
    if not evidence.statement.strip() or len(evidence.statement) > LONGEST:
        raise invalid("/statement", "length", f"请填写 1–{LONGEST} 字", f"Write 1 to {LONGEST:,} characters")
    with transaction(scope) as session:
        row = get(session, dispute_id)
        disputes.require_answerable(row)
    facts = cast(AnswersDisputes, gateway(row.gateway)).submit_evidence(row.gateway_ref, evidence)
    with transaction(scope) as session:
        disputes.tell(session, gateway=row.gateway, facts=facts, effects=effects, received_at=row.created_at)
        audit.record(
            session,
            party_id=PLATFORM_OWNER,
            action="dispute.answered",
            subject="dispute",
            subject_id=row.id,
            reason=evidence.statement,
        )


def _name(line: OrderLine) -> str:
    return f"{line.quantity} × {line.snapshot['product_name']} {line.snapshot['sku_name']} (digital goods)"


def _placed(order: Order) -> str:
    paid = f", paid {order.paid_at:%Y-%m-%d %H:%M:%S %Z}" if order.paid_at else ""
    who = f" by {order.contact}" if order.contact else ""
    return f"Order {order.number} placed {order.created_at:%Y-%m-%d %H:%M:%S %Z}{who}{paid}"


def _unit(unit: OrderUnit, line: OrderLine) -> str:
    """One line of what befell a unit."""
    said = [f"Unit {unit.ordinal} of {_name(line)}"]
    said += [f"handed over {unit.delivered_at:%Y-%m-%d %H:%M:%S %Z}"] if unit.delivered_at else ["not handed over"]
    said += [f"looked at by the buyer {unit.revealed_at:%Y-%m-%d %H:%M:%S %Z}"] if unit.revealed_at else []
    said += [f"downloaded {unit.downloads} times"] if unit.downloads else []
    return ", ".join(said)
