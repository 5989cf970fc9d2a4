"""The inbox of gateways: an event is verified, stored as it came, then applied once."""

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import clock, tenancy
from ...kit.db import transaction
from ...kit.errors import NotFound
from ...kit.failpoints import reach
from ...kit.tenancy import Actor, Scope
from ..models import PLATFORM_OWNER, EventOutcome, GatewayEvent
from . import disputes, queries, refunds
from .channels import gateway
from .collect import Verdict, collect, refuse
from .effects import Effects
from .gateways.base import UNREADABLE, Alert, DisputeFacts, RawEvent, RefundFacts, SessionFacts, Told


def scope(gateway_name: str) -> Scope:
    """Events are the platform's to read: they say for which tenant they are only once they are matched."""
    return tenancy.platform(Actor("gateway", name=gateway_name))


def verify(gateway_name: str, headers: Mapping[str, str], body: bytes) -> RawEvent:
    """The event of one webhook. Raises SignatureRefused, NotFound for an unknown gateway."""
    return gateway(gateway_name).parse_webhook(headers, body)


def keep(gateway_name: str, event: RawEvent) -> None:
    """Store one verified event in a transaction of its own, new or not.

    The caller acknowledges a stored event whatever `apply` makes of it: what crashes is applied by the sweep.
    """
    with transaction(scope(gateway_name)) as session:
        store(session, gateway_name, event)
    reach("payment.event.stored")


def store(session: Session, gateway_name: str, event: RawEvent) -> bool:
    """Keep an event once; whether it was new."""
    row = {
        "gateway": gateway_name,
        "event_ref": event.ref,
        "type": event.type,
        "payload": event.payload,
        "outcome": EventOutcome.STORED,
    }
    statement = insert(GatewayEvent).values(row).on_conflict_do_nothing().returning(GatewayEvent.event_ref)
    return session.scalar(statement) is not None


def apply(gateway_name: str, event_ref: str, effects: Effects) -> GatewayEvent:
    """Apply a stored event in one transaction; an event that was applied before changes nothing.

    One that makes no sense is refused: it would stand in the sweep's way for ever.
    """
    interpret = gateway(gateway_name).interpret
    with transaction(scope(gateway_name)) as session:
        event = queries.lock_event(session, gateway=gateway_name, event_ref=event_ref)
        if event is None:
            raise NotFound
        reach("payment.event.locked")
        if event.outcome == EventOutcome.STORED:
            try:
                meaning = interpret(event.payload)
            except UNREADABLE:
                verdict = refuse(session, "unreadable", event.event_ref)
            else:
                verdict = _apply(session, event, meaning, effects)
            event.outcome, event.reason, event.applied_at = verdict.outcome, verdict.reason, clock.now()
            reach("payment.event.applied")
    reach("payment.event.committed")
    return event


def _apply(session: Session, event: GatewayEvent, meaning: Told, effects: Effects) -> Verdict:
    match meaning:
        case SessionFacts():
            return collect(session, gateway=event.gateway, facts=meaning, effects=effects)
        case RefundFacts():
            return refunds.settle(session, gateway=event.gateway, facts=meaning)
        case DisputeFacts():
            return _dispute(session, event, meaning, effects)
        case Alert(reason):
            audit.record(
                session,
                party_id=PLATFORM_OWNER,
                action="payment.alert",
                subject="gateway_event",
                details={"gateway": event.gateway, "event": event.event_ref},
                reason=reason,
            )
            return Verdict(EventOutcome.IGNORED, reason)
        case _:
            return Verdict(EventOutcome.IGNORED, "type")


def _dispute(session: Session, event: GatewayEvent, facts: DisputeFacts, effects: Effects) -> Verdict:
    return disputes.tell(
        session, gateway=event.gateway, facts=facts, effects=effects, received_at=event.received_at
    )
