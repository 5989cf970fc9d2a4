"""What the public log tells of an order's keys, in words that a bank can check."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..money.payments.models import Dispute
from ..trade.models import Order
from . import proofs
from .errors import NoHeadYet
from .leaves import Event

MOST_KEYS = 100


def lines(session: Session, dispute: Dispute, *, log_url: str) -> list[str]:
    """None of an order without delivered keys, or before the log's first head. Scope: PLATFORM or TRADE."""
    order = session.scalar(select(Order).where(Order.id == dispute.order_id)) if dispute.order_id else None
    if order is None:
        return []
    try:
        head = proofs.latest_head(session)
    except NoHeadYet:
        return []
    told = proofs.of_order(session, order=order, size=head.size, limit=MOST_KEYS)[:MOST_KEYS]
    return [line for one in told if (line := _line(one, head.size, log_url))]


def _line(proof: proofs.UnitProof, size: int, log_url: str) -> str:
    """The entries stand in the log under their numbers; sold and revealed is what matters here."""
    entries = [
        f"{step.leaf.event} at entry {step.index}"
        for step in proof.steps
        if step.leaf.event in (Event.SOLD, Event.REVEALED)
    ]
    if not entries:
        return ""
    name = proof.token.hex()
    return f"Key {name}: {', '.join(entries)} of {size} in the signed public log, {log_url}"
