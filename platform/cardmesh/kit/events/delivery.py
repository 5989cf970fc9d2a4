"""Hand one event to one endpoint: read, call outside any transaction, write down what came of it."""

import uuid
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import clock, runtime, tenancy
from ..db import transaction
from ..failpoints import reach
from ..ids import new_id, public_id
from ..jobs.errors import RetryLater
from ..locks import only_one
from . import client, rules, secrets
from .client import Answer
from .models import Event, WebhookDelivery, WebhookEndpoint

TURN_SECONDS = 30.0


class _Letter(NamedTuple):
    url: str
    body: str
    secrets: list[str]
    attempt: int


def deliver(
    *, tenant_id: uuid.UUID, endpoint_id: uuid.UUID, event_id: uuid.UUID, since: uuid.UUID | None = None
) -> None:
    """One try. Raises RetryLater until the tenth; after that the log is what is left of it.

    The receiver knows a repeated event by its `webhook-id`. Tries before `since` (a replay's start) do not count.
    """
    with only_one(f"cardmesh webhook {endpoint_id} {event_id}") as ours:
        if not ours:
            raise RetryLater(TURN_SECONDS, "the same event is being delivered")
        _deliver(tenant_id, endpoint_id, event_id, since)


def _deliver(tenant_id: uuid.UUID, endpoint_id: uuid.UUID, event_id: uuid.UUID, since: uuid.UUID | None) -> None:
    with transaction(tenancy.tenant(tenant_id)) as session:
        letter = _read(session, tenant_id, endpoint_id, event_id, since)
    if letter is None:
        return
    message_id = public_id("evt", event_id)
    headers = secrets.signed_headers(letter.secrets, message_id=message_id, at=clock.now(), body=letter.body)
    development = runtime.current().settings.env == "development"
    answer = client.post(letter.url, letter.body.encode(), headers, development=development)
    reach("webhook.posted")
    with transaction(tenancy.tenant(tenant_id)) as session:
        _log(session, tenant_id, endpoint_id, event_id, letter.attempt, answer)
    if rules.is_delivered(answer.status) or answer.status == rules.GONE:
        return
    if (delay := rules.delay_after(letter.attempt)) is not None:
        raise RetryLater(delay, answer.error or str(answer.status))


def _read(
    session: Session, tenant_id: uuid.UUID, endpoint_id: uuid.UUID, event_id: uuid.UUID, since: uuid.UUID | None
) -> _Letter | None:
    endpoint = session.get(WebhookEndpoint, (tenant_id, endpoint_id))
    event = session.get(Event, (tenant_id, event_id))
    if endpoint is None or event is None or endpoint.status != "enabled":
        return None
    tries = select(WebhookDelivery.status_code).where(
        WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.event_id == event_id
    )
    if since is not None:
        tries = tries.where(WebhookDelivery.id > since)
    answers = session.scalars(tries).all()
    if any(rules.is_delivered(status) for status in answers) or len(answers) >= rules.TRIES:
        return None
    body = rules.body(type=event.type, at=event.created_at, data=event.data)
    return _Letter(endpoint.url, body, secrets.open_all(session, endpoint), len(answers) + 1)


def _log(
    session: Session,
    tenant_id: uuid.UUID,
    endpoint_id: uuid.UUID,
    event_id: uuid.UUID,
    attempt: int,
    answer: Answer,
) -> None:
    session.add(
        WebhookDelivery(
            tenant_id=tenant_id,
            id=new_id(),
            endpoint_id=endpoint_id,
            event_id=event_id,
            attempt=attempt,
            status_code=answer.status,
            error=answer.error,
        )
    )
    if answer.status == rules.GONE:
        session.get_one(WebhookEndpoint, (tenant_id, endpoint_id)).status = "disabled"
