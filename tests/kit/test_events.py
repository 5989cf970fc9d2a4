"""Events reach a distributor's server as Standard Webhooks say, and again until it took them."""

import json
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from standardwebhooks import Webhook, WebhookVerificationError

from cardmesh.identity.tenants.service import create_tenant
from cardmesh.kit import clock, runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import NotFound
from cardmesh.kit.events import rules, service
from cardmesh.kit.events.errors import EndpointDisabled, EndpointUrlRefused, RangeTooLarge
from cardmesh.kit.events.models import Event, WebhookDelivery, WebhookEndpoint
from cardmesh.kit.events.service import NewEndpoint
from cardmesh.kit.ids import public_id
from cardmesh.kit.jobs import run
from cardmesh.kit.jobs.models import OutboxJob
from tests.fixtures.receiver import Receiver
from workers.topics.events import JOBS


@pytest.fixture
def tenant_id(app: Flask) -> uuid.UUID:
    with transaction(tenancy.platform()) as session:
        return create_tenant(session, name="One", handle="one").id


@pytest.fixture
def endpoint(tenant_id: uuid.UUID, receiver: Receiver) -> NewEndpoint:
    with transaction(tenancy.tenant(tenant_id)) as session:
        return service.create_endpoint(session, tenant_id=tenant_id, url=receiver.url)


def record(tenant_id: uuid.UUID, type: str = "order.completed") -> uuid.UUID:
    with transaction(tenancy.tenant(tenant_id)) as session:
        return service.record(session, tenant_id=tenant_id, type=type, data={"number": "7"})


def run_due() -> int:
    with transaction(tenancy.platform()) as session:
        session.execute(update(OutboxJob).values(run_at=func.clock_timestamp() - text("interval '1 second'")))
    return run.drain(JOBS)


def log(tenant_id: uuid.UUID) -> list[WebhookDelivery]:
    with transaction(tenancy.tenant(tenant_id)) as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def status(tenant_id: uuid.UUID) -> str:
    with transaction(tenancy.tenant(tenant_id)) as session:
        return session.scalars(select(WebhookEndpoint.status)).one()


def test_an_event_arrives_signed(tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver) -> None:
    event_id = record(tenant_id)
    assert run_due() == 1
    ((headers, body),) = receiver.requests
    assert headers["webhook-id"] == public_id("evt", event_id)
    payload = Webhook(endpoint.secret).verify(body, headers)
    assert (payload["type"], payload["data"]) == ("order.completed", {"number": "7"})
    assert [(one.attempt, one.status_code) for one in log(tenant_id)] == [(1, 200)]
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(body.replace(b"7", b"8"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(body, headers)


def test_only_wanted_types_are_delivered(tenant_id: uuid.UUID, receiver: Receiver) -> None:
    with transaction(tenancy.tenant(tenant_id)) as session:
        service.create_endpoint(session, tenant_id=tenant_id, url=receiver.url, event_types=["order.paid"])
    record(tenant_id, "order.completed")
    record(tenant_id, "order.paid")
    run_due()
    assert [json.loads(body)["type"] for _, body in receiver.requests] == ["order.paid"]


def test_a_neighbour_s_event_goes_nowhere_else(tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver) -> None:
    with transaction(tenancy.platform()) as session:
        other = create_tenant(session, name="Two", handle="two").id
    record(other)
    assert run_due() == 0
    assert receiver.requests == []


def test_ten_tries_and_the_same_id_each_time(tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver) -> None:
    receiver.answers = [500] * 20
    record(tenant_id)
    for _ in range(12):
        run_due()
    assert len(receiver.requests) == rules.TRIES == 10
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert [one.attempt for one in log(tenant_id)] == list(range(1, 11))


def test_the_tries_spread_over_about_75_hours() -> None:
    hours = sum(rules.DELAYS) / 3600
    assert 74 <= hours <= 77
    assert all(0.9 * delay <= (rules.delay_after(n) or 0) <= 1.1 * delay for n, delay in enumerate(rules.DELAYS, 1))
    assert rules.delay_after(rules.TRIES) is None


def test_it_waits_between_tries(tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver) -> None:
    receiver.answers = [503]
    record(tenant_id)
    run_due()
    assert run.drain(JOBS) == 0
    run_due()
    assert [one.status_code for one in log(tenant_id)] == [503, 200]


def test_gone_disables(tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver) -> None:
    receiver.answers = [410]
    record(tenant_id)
    record(tenant_id)
    run_due()
    assert len(receiver.requests) == 1
    assert status(tenant_id) == "disabled"
    record(tenant_id)
    assert run_due() == 0


def test_a_redirect_is_not_followed(tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [302], {"Location": receiver.url + "/elsewhere"}
    record(tenant_id)
    run_due()
    assert len(receiver.requests) == 1
    assert [one.status_code for one in log(tenant_id)] == [302]


def test_nobody_there_is_written_down(tenant_id: uuid.UUID, receiver: Receiver) -> None:
    with transaction(tenancy.tenant(tenant_id)) as session:
        service.create_endpoint(session, tenant_id=tenant_id, url="http://127.0.0.1:9/")
    record(tenant_id)
    run_due()
    assert [(one.status_code, one.error) for one in log(tenant_id)] == [(None, "connection_failed")]


@pytest.fixture
def production(app: Flask) -> None:
    before = runtime.current()
    runtime.install(replace(before, settings=replace(before.settings, env="production")))


def test_in_production_loopback_is_refused(
    tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver, production: None
) -> None:
    record(tenant_id)
    run_due()
    assert receiver.requests == []
    assert [one.error for one in log(tenant_id)] == ["url_refused"]


def test_in_production_a_name_that_leads_home_is_refused(tenant_id: uuid.UUID, production: None) -> None:
    with transaction(tenancy.tenant(tenant_id)) as session:
        service.create_endpoint(session, tenant_id=tenant_id, url="https://localhost/")
    record(tenant_id)
    run_due()
    assert [one.error for one in log(tenant_id)] == ["address_refused"]


def test_in_production_plain_http_is_refused(tenant_id: uuid.UUID, production: None) -> None:
    with pytest.raises(EndpointUrlRefused), transaction(tenancy.tenant(tenant_id)) as session:
        service.create_endpoint(session, tenant_id=tenant_id, url="http://example.com/")


def test_after_a_rotation_both_secrets_verify_for_a_day(
    tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(tenancy.tenant(tenant_id)) as session:
        fresh = service.rotate_secret(session, tenant_id=tenant_id, endpoint_id=endpoint.endpoint.id)
    assert fresh != endpoint.secret
    record(tenant_id)
    run_due()
    headers, body = receiver.requests[-1]
    for secret in (fresh, endpoint.secret):
        Webhook(secret).verify(body, headers)
    now = clock.now()
    monkeypatch.setattr("cardmesh.kit.events.secrets.clock.now", lambda: now + timedelta(hours=25))
    record(tenant_id)
    run_due()
    headers, _ = receiver.requests[-1]
    assert len(headers["webhook-signature"].split()) == 1


def test_the_secret_is_sealed(tenant_id: uuid.UUID, endpoint: NewEndpoint) -> None:
    with transaction(tenancy.tenant(tenant_id)) as session:
        sealed = session.scalars(select(WebhookEndpoint.secret_sealed)).one()
    assert endpoint.secret.removeprefix("whsec_").encode() not in sealed


def test_a_test_event_goes_to_one_endpoint(tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver) -> None:
    with transaction(tenancy.tenant(tenant_id)) as session:
        service.create_endpoint(session, tenant_id=tenant_id, url=receiver.url + "/other")
        service.send_test(session, tenant_id=tenant_id, endpoint_id=endpoint.endpoint.id)
    run_due()
    assert [json.loads(body)["type"] for _, body in receiver.requests] == ["ping"]


def test_a_range_is_replayed_with_fresh_tries(tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver) -> None:
    receiver.answers = [500] * 10
    first = record(tenant_id)
    for _ in range(10):
        run_due()
    receiver.requests.clear()
    receiver.answers = [500]
    with transaction(tenancy.tenant(tenant_id)) as session:
        created = session.scalars(select(Event.created_at)).one()
        until = created + timedelta(seconds=1)
        ids = {"tenant_id": tenant_id, "endpoint_id": endpoint.endpoint.id}
        assert service.replay(session, **ids, since=created, until=until) == 1
        assert service.replay(session, **ids, since=until, until=until + timedelta(days=1)) == 0
    run_due()
    run_due()
    assert {headers["webhook-id"] for headers, _ in receiver.requests} == {public_id("evt", first)}
    assert [(one.attempt, one.status_code) for one in log(tenant_id)[10:]] == [(1, 500), (2, 200)]


def test_a_replay_that_is_too_large_sends_nothing(
    tenant_id: uuid.UUID, endpoint: NewEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "REPLAY_LIMIT", 2)
    for _ in range(3):
        record(tenant_id)
    run.drain(JOBS)
    with pytest.raises(RangeTooLarge), transaction(tenancy.tenant(tenant_id)) as session:
        now = clock.now()
        service.replay(
            session,
            tenant_id=tenant_id,
            endpoint_id=endpoint.endpoint.id,
            since=now - timedelta(days=1),
            until=now + timedelta(days=1),
        )
    assert run_due() == 0


def test_a_disabled_endpoint_takes_nothing(tenant_id: uuid.UUID, endpoint: NewEndpoint, receiver: Receiver) -> None:
    record(tenant_id)
    with transaction(tenancy.tenant(tenant_id)) as session:
        service.disable_endpoint(session, tenant_id=tenant_id, endpoint_id=endpoint.endpoint.id)
    run_due()
    assert receiver.requests == []
    with pytest.raises(EndpointDisabled), transaction(tenancy.tenant(tenant_id)) as session:
        service.send_test(session, tenant_id=tenant_id, endpoint_id=endpoint.endpoint.id)


def test_a_neighbour_s_endpoint_is_not_there(tenant_id: uuid.UUID, endpoint: NewEndpoint) -> None:
    with transaction(tenancy.platform()) as session:
        other = create_tenant(session, name="Two", handle="two").id
    for verb in (service.rotate_secret, service.disable_endpoint, service.send_test):
        with pytest.raises(NotFound), transaction(tenancy.tenant(other)) as session:
            verb(session, tenant_id=other, endpoint_id=endpoint.endpoint.id)
    assert status(tenant_id) == "enabled"
