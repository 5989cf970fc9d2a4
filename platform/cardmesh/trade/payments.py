"""What money's payments set off in trade, to be passed to `money.payments` by the web, the worker and the tests."""

import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from ..money.models import Payment
from ..money.payments import channels, inbox
from ..money.payments import service as collecting
from ..money.payments.effects import Effects
from ..money.payments.models import Dispute
from ..money.payments.sweep import Swept
from ..money.payments.sweep import sweep_missed as _sweep
from .disputes import service as disputes
from .orders import express_paid
from .orders.paid import mark_paid

__all__ = ["EFFECTS", "close", "receipt", "receive", "sweep_missed"]


def _order_paid(session: Session, payment: Payment) -> None:
    mark_paid(session, payment=payment)


def _disputed(session: Session, payment: Payment, dispute: Dispute, changed: bool) -> None:
    disputes.follow(session, payment=payment, dispute=dispute, changed=changed)


EFFECTS = Effects(order_paid=_order_paid, disputed=_disputed)


def receive(gateway: str, headers: Mapping[str, str], body: bytes) -> str:
    """Verify, store and apply one webhook; the event's outcome. Opens its own transactions.

    Whatever is returned is answered with 2xx. Raises SignatureRefused (400), NotFound for an unknown gateway (404).
    """
    event = inbox.verify(gateway, headers, body)
    if (outcome := express_paid.receive(gateway, event)) is not None:
        return outcome
    inbox.keep(gateway, event)
    return inbox.apply(gateway, event.ref, EFFECTS).outcome


def receipt(gateway: str) -> str:
    """What a gateway wants to read when its message was taken; empty: the status says it."""
    return channels.gateway(gateway).receipt


def close(*, tenant_id: uuid.UUID, payment_id: uuid.UUID) -> None:
    """Let nobody pay a released order any more; a payment in the last moment is booked."""
    collecting.close(tenant_id=tenant_id, payment_id=payment_id, effects=EFFECTS)


def sweep_missed() -> Swept:
    """Catch up with webhooks that never arrived."""
    return _sweep(EFFECTS)
