"""Record facts for a tenant's programs, and manage the endpoints that they are delivered to."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from .. import runtime
from ..errors import NotFound
from ..ids import new_id
from ..jobs import outbox
from . import client, secrets
from .errors import EndpointDisabled, RangeTooLarge
from .models import Event, WebhookEndpoint

REPLAY_LIMIT = 1000
PING = "ping"


class NewEndpoint(NamedTuple):
    """`secret` is shown once."""

    endpoint: WebhookEndpoint
    secret: str


def record(session: Session, *, tenant_id: uuid.UUID, type: str, data: Mapping[str, object]) -> uuid.UUID:
    """Append an event to the tenant's feed and promise its delivery. `data` holds ids and states, never a secret."""
    event_id = new_id()
    session.execute(insert(Event).values(tenant_id=tenant_id, id=event_id, type=type, data=dict(data)))
    wanted = select(WebhookEndpoint.id, WebhookEndpoint.event_types).where(
        WebhookEndpoint.tenant_id == tenant_id, WebhookEndpoint.status == "enabled"
    )
    for endpoint in session.execute(wanted):
        if not endpoint.event_types or type in endpoint.event_types:
            _promise(session, tenant_id, endpoint.id, event_id)
    return event_id


def create_endpoint(
    session: Session, *, tenant_id: uuid.UUID, url: str, event_types: Sequence[str] = ()
) -> NewEndpoint:
    """An endpoint for these types of events, for all when none is named. Raises EndpointUrlRefused."""
    client.check_url(url, development=runtime.current().settings.env == "development")
    endpoint_id, secret = new_id(), secrets.new_secret()
    sealed, version = secrets.seal(session, tenant_id=tenant_id, endpoint_id=endpoint_id, secrets=[secret])
    endpoint = WebhookEndpoint(
        tenant_id=tenant_id,
        id=endpoint_id,
        url=url,
        event_types=list(event_types),
        status="enabled",
        secret_sealed=sealed,
        key_version=version,
    )
    session.add(endpoint)
    session.flush()
    session.refresh(endpoint)
    return NewEndpoint(endpoint, secret)


def rotate_secret(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> str:
    """A new signing secret; the old one keeps signing beside it for a day. Raises NotFound."""
    endpoint = _locked(session, tenant_id, endpoint_id)
    secret = secrets.new_secret()
    both = [secret, *secrets.open_all(session, endpoint)[:1]]
    endpoint.secret_sealed, endpoint.key_version = secrets.seal(
        session, tenant_id=tenant_id, endpoint_id=endpoint_id, secrets=both
    )
    session.flush()
    return secret


def disable_endpoint(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """Deliver nothing more to it; its log stays. Raises NotFound."""
    return _set_status(session, tenant_id, endpoint_id, "disabled")


def enable_endpoint(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """Deliver what happens from now on; `replay` sends what was missed. Raises NotFound."""
    return _set_status(session, tenant_id, endpoint_id, "enabled")


def send_test(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> Event:
    """A `ping` event for this endpoint alone. Raises NotFound, EndpointDisabled."""
    _require_enabled(_locked(session, tenant_id, endpoint_id))
    event = Event(tenant_id=tenant_id, id=new_id(), type=PING, data={"message": "ping"})
    session.add(event)
    session.flush()
    session.refresh(event)
    _promise(session, tenant_id, endpoint_id, event.id)
    return event


def replay(session: Session, *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID, since: datetime, until: datetime) -> int:
    """Send the events of a range again, each with ten fresh tries; returns how many. The types must match.

    Raises NotFound, EndpointDisabled, RangeTooLarge with nothing sent.
    """
    endpoint = _locked(session, tenant_id, endpoint_id)
    _require_enabled(endpoint)
    events = select(Event.id).where(
        Event.tenant_id == tenant_id, Event.created_at >= since, Event.created_at < until, Event.type != PING
    )
    if endpoint.event_types:
        events = events.where(Event.type.in_(endpoint.event_types))
    found = session.scalars(events.order_by(Event.id).limit(REPLAY_LIMIT + 1)).all()
    if len(found) > REPLAY_LIMIT:
        raise RangeTooLarge(limit=REPLAY_LIMIT)
    start = new_id()
    for event_id in found:
        _promise(session, tenant_id, endpoint_id, event_id, since=start)
    return len(found)


def _promise(
    session: Session,
    tenant_id: uuid.UUID,
    endpoint_id: uuid.UUID,
    event_id: uuid.UUID,
    *,
    since: uuid.UUID | None = None,
) -> None:
    ids = {"endpoint_id": str(endpoint_id), "event_id": str(event_id)} | ({"since": str(since)} if since else {})
    outbox.send(session, "webhooks.deliver", tenant_id=tenant_id, **ids)  # pyright: ignore[reportArgumentType] - ids


def _locked(session: Session, tenant_id: uuid.UUID, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    endpoint = session.get(WebhookEndpoint, (tenant_id, endpoint_id), with_for_update=True)
    if endpoint is None:
        raise NotFound
    return endpoint


def _require_enabled(endpoint: WebhookEndpoint) -> None:
    if endpoint.status != "enabled":
        raise EndpointDisabled


def _set_status(session: Session, tenant_id: uuid.UUID, endpoint_id: uuid.UUID, status: str) -> WebhookEndpoint:
    endpoint = _locked(session, tenant_id, endpoint_id)
    endpoint.status = status
    session.flush()
    return endpoint
