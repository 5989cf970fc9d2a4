"""Selects and row locks over payments, refunds and events.

Lock order of a payment's transaction: event, payment, then (in trade) order, units, wallets. Verbs that start from
the order never lock its payment; they leave it to a job.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Label, Select, SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from ..models import EventOutcome, GatewayEvent, Payment, PaymentStatus, Refund
from .models import Dispute, Merchant, MerchantStatus


def payment(session: Session, *, tenant_id: uuid.UUID, payment_id: uuid.UUID) -> Payment | None:
    return session.scalar(select(Payment).where(Payment.tenant_id == tenant_id, Payment.id == payment_id))


def payment_of_order(session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID) -> Payment | None:
    query = select(Payment).where(Payment.tenant_id == tenant_id, Payment.order_id == order_id)
    return session.scalar(query)


def lock_payment(session: Session, payment_id: uuid.UUID) -> Payment | None:
    """The payment with this id, whoever's, locked and read afresh."""
    query = select(Payment).where(Payment.id == payment_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def lock_payment_by_intent(session: Session, *, gateway: str, intent_ref: str) -> Payment | None:
    """The payment behind a gateway's own number for it, locked and read afresh."""
    query = select(Payment).where(Payment.gateway == gateway, Payment.intent_ref == intent_ref)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def find_dispute(session: Session, *, payment: Payment, gateway_ref: str) -> Dispute | None:
    """Its payment is locked, and so is it."""
    return session.scalar(
        select(Dispute).where(
            Dispute.tenant_id == payment.tenant_id,
            Dispute.gateway == payment.gateway,
            Dispute.gateway_ref == gateway_ref,
        )
    )


def disputes_of(session: Session, *, tenant_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[Dispute]:
    query = select(Dispute).where(Dispute.tenant_id == tenant_id, Dispute.order_id == order_id)
    return session.scalars(query.order_by(Dispute.id)).all()


def stripe_merchants(session: Session) -> Sequence[uuid.UUID]:
    """Accounts in use whose gateway keeps a list of what it told."""
    query = select(Merchant.id).where(Merchant.gateway == "stripe", Merchant.status == MerchantStatus.ACTIVE)
    return session.scalars(query.order_by(Merchant.id)).all()


def lock_refund(session: Session, refund_id: uuid.UUID) -> Refund | None:
    query = select(Refund).where(Refund.id == refund_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def failed_refunds(session: Session, *, limit: int = 10_000) -> Sequence[Refund]:
    """What gateways refused, oldest first."""
    query = select(Refund).where(Refund.status == "failed").order_by(Refund.created_at).limit(limit)
    return session.scalars(query).all()


def refund_by_ref(session: Session, gateway_ref: str) -> Refund | None:
    query = select(Refund).where(Refund.gateway_ref == gateway_ref)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def lock_event(session: Session, *, gateway: str, event_ref: str) -> GatewayEvent | None:
    query = select(GatewayEvent).where(GatewayEvent.gateway == gateway, GatewayEvent.event_ref == event_ref)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def stored_events(session: Session, *, limit: int) -> Sequence[tuple[str, str]]:
    """(gateway, event_ref) of events that were stored but, after a crash, never applied: up to `limit` of each channel,
    oldest first."""
    place = _place(GatewayEvent.gateway, by=GatewayEvent.received_at)
    waiting = select(GatewayEvent.gateway, GatewayEvent.event_ref.label("ref"), place)
    return _first(session, waiting.where(GatewayEvent.outcome == EventOutcome.STORED), limit)


def open_sessions(session: Session, *, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
    """(channel, session) of payments that are still open, made before `before`: up to `limit` of each channel.

    Drawn by lot: those that are never answered, of an account whose keys are gone, stand in nobody's way for ever.
    """
    lot = _place(Payment.gateway, by=func.random())
    waiting = select(Payment.gateway, Payment.session_ref.label("ref"), lot).where(
        Payment.status == PaymentStatus.OPEN, Payment.session_ref.is_not(None), Payment.created_at < before
    )
    return _first(session, waiting, limit)


def waiting_refunds(session: Session, *, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
    """(channel, refund) of those that the gateway has taken on but not finished, drawn likewise."""
    lot = _place(Payment.gateway, by=func.random())
    waiting = (
        select(Payment.gateway, Refund.gateway_ref.label("ref"), lot)
        .join(Payment, (Payment.tenant_id == Refund.tenant_id) & (Payment.id == Refund.payment_id))
        .where(Refund.status == "requested", Refund.gateway_ref.is_not(None), Refund.created_at < before)
    )
    return _first(session, waiting, limit)


def _place(channel: SQLColumnExpression[str], *, by: SQLColumnExpression[Any]) -> Label[int]:
    return func.row_number().over(partition_by=channel, order_by=by).label("place")


def _first(session: Session, waiting: Select[Any, Any, Any], limit: int) -> Sequence[tuple[str, str]]:
    """(gateway, ref) of the first of each channel: what one of them has plenty of keeps no other waiting."""
    found = waiting.subquery()
    query = select(found.c.gateway, found.c.ref).where(found.c.place <= limit)
    return [(row.gateway, row.ref) for row in session.execute(query.order_by(found.c.place))]


def newest_event_at(session: Session, gateway: str) -> datetime | None:
    """When the last event of a gateway arrived."""
    query = (
        select(GatewayEvent.received_at)
        .where(GatewayEvent.gateway == gateway)
        .order_by(GatewayEvent.received_at.desc())
        .limit(1)
    )
    return session.scalar(query)
