"""Events, and the endpoints they are delivered to (Standard Webhooks 1.0.0)."""

from typing import Annotated, Any, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.events import service as events
from ....kit.events.models import Event, WebhookEndpoint
from ....kit.ids import parse_id, public_id
from ....stores import webhooks
from ...common.idempotent import once
from ...common.lists import ListOf, each, listed
from ...common.principal import caller, requires
from ...common.schema import Paging, Shape
from . import blueprint


class EventOut(Shape):
    object: Literal["event"] = "event"
    id: str
    type: str
    data: dict[str, Any]
    created_at: str


class EventList(ListOf[EventOut]):
    pass


class EndpointIn(Shape):
    """`event_types` empty: all."""

    url: Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=500)]
    event_types: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=50, default_factory=list)]


class EndpointOut(Shape):
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    id: str
    url: str
    event_types: list[str]
    status: str
    created_at: str
    secret: str | None = None


class EndpointList(ListOf[EndpointOut]):
    pass


@blueprint.get("/events")
@blueprint.input(Paging, location="query")
@blueprint.output(EventList)
@requires(Party.DISTRIBUTOR, "events:read")
def list_events(query_data: Paging) -> ResponseReturnValue:
    """What happened, newest first."""
    with transaction(caller().scope()) as session:
        mine = select(Event).where(Event.tenant_id == caller().party_id)
        return listed(session, mine, Event.id, "evt", query_data, each(_event))


@blueprint.post("/webhook-endpoints")
@blueprint.input(EndpointIn)
@blueprint.output(EndpointOut, status_code=201)
@requires(Party.DISTRIBUTOR, "webhooks:write")
def create_endpoint(json_data: EndpointIn) -> ResponseReturnValue:
    """Register an endpoint. The answer holds its signing secret, shown only here."""
    principal = caller()

    def effect(session: Session) -> EndpointOut:
        made = webhooks.create(
            session, tenant_id=principal.party_id, url=json_data.url, event_types=json_data.event_types
        )
        return _endpoint(made.endpoint).model_copy(update={"secret": made.secret})

    return once(principal.scope(), principal.party_id, effect, key_required=False)


@blueprint.get("/webhook-endpoints")
@blueprint.input(Paging, location="query")
@blueprint.output(EndpointList)
@requires(Party.DISTRIBUTOR, "webhooks:read")
def list_endpoints(query_data: Paging) -> ResponseReturnValue:
    """Registered endpoints, newest first."""
    with transaction(caller().scope()) as session:
        mine = select(WebhookEndpoint).where(WebhookEndpoint.tenant_id == caller().party_id)
        return listed(session, mine, WebhookEndpoint.id, "whe", query_data, each(_endpoint))


@blueprint.delete("/webhook-endpoints/<endpoint_id>")
@blueprint.output({}, status_code=204)
@requires(Party.DISTRIBUTOR, "webhooks:write")
def disable_endpoint(endpoint_id: str) -> tuple[str, int]:
    """Stop delivering to an endpoint; its log stays."""
    principal = caller()
    with transaction(principal.scope()) as session:
        webhooks.disable(session, tenant_id=principal.party_id, endpoint_id=parse_id("whe", endpoint_id))
    return "", 204


@blueprint.post("/webhook-endpoints/<endpoint_id>/test")
@blueprint.output(EventOut, status_code=202)
@requires(Party.DISTRIBUTOR, "webhooks:write")
def test_endpoint(endpoint_id: str) -> EventOut:
    """Send a `ping` event to one endpoint."""
    principal = caller()
    with transaction(principal.scope()) as session:
        return _event(events.send_test(session, tenant_id=principal.party_id, endpoint_id=parse_id("whe", endpoint_id)))


def _event(row: Event) -> EventOut:
    return EventOut(id=public_id("evt", row.id), type=row.type, data=row.data, created_at=rfc3339(row.created_at))


def _endpoint(row: WebhookEndpoint) -> EndpointOut:
    return EndpointOut(
        id=public_id("whe", row.id),
        url=row.url,
        event_types=list(row.event_types),
        status=row.status or "enabled",
        created_at=rfc3339(row.created_at),
    )
