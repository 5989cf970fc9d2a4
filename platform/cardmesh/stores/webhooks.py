"""A distributor's webhook endpoints as its people and programs manage them: each change is on the audit trail."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ..identity.audit import service as audit
from ..kit.events import service as events
from ..kit.events.models import WebhookEndpoint
from ..kit.events.service import NewEndpoint

EVENT_TYPES = (
    "order.placed",
    "order.paid",
    "order.completed",
    "order.canceled",
    "order.refunded",
    "dispute.inquiry",
    "dispute.open",
    "dispute.won",
    "dispute.lost",
    "wallet.short",
    "claim.opened",
    "claim.accepted",
    "claim.rejected",
)


def create(session: Session, *, tenant_id: uuid.UUID, url: str, event_types: Sequence[str] = ()) -> NewEndpoint:
    """An endpoint and its secret, shown once. Raises EndpointUrlRefused."""
    made = events.create_endpoint(session, tenant_id=tenant_id, url=url, event_types=event_types)
    _record(session, made.endpoint, "created", {"url": url, "event_types": list(event_types)})
    return made


def rotate_secret(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> str:
    """A new secret; the old one signs beside it for a day. Raises NotFound."""
    secret = events.rotate_secret(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
    _record(session, session.get_one(WebhookEndpoint, (tenant_id, endpoint_id)), "secret_rotated")
    return secret


def disable(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> None:
    """Raises NotFound."""
    _record(session, events.disable_endpoint(session, tenant_id=tenant_id, endpoint_id=endpoint_id), "disabled")


def enable(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> None:
    """Raises NotFound."""
    _record(session, events.enable_endpoint(session, tenant_id=tenant_id, endpoint_id=endpoint_id), "enabled")


def replay(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID, since: datetime, until: datetime) -> int:
    """Send a range of events again; returns how many. Raises NotFound, EndpointDisabled, RangeTooLarge."""
    count = events.replay(session, tenant_id=tenant_id, endpoint_id=endpoint_id, since=since, until=until)
    endpoint = session.get_one(WebhookEndpoint, (tenant_id, endpoint_id))
    _record(session, endpoint, "replayed", {"since": since.isoformat(), "until": until.isoformat(), "events": count})
    return count


def _record(
    session: Session, endpoint: WebhookEndpoint, verb: str, details: Mapping[str, object] | None = None
) -> None:
    audit.record(
        session,
        party_id=endpoint.tenant_id,
        action=f"webhook.{verb}",
        subject="webhook_endpoint",
        subject_id=endpoint.id,
        details=details,
    )
