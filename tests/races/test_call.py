"""One call of a distributor's program that comes twice, or whose key is taken away meanwhile."""

from collections.abc import Callable

import pytest
from apiflask import APIFlask
from flask import Flask
from sqlalchemy import func, select

from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import ApiKey, Party, Tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.events.models import WebhookEndpoint
from tests.fixtures.web import Keys

from .interleave import UNCOMMITTED, Race, between

Answer = tuple[int, str]
EFFECT = "uncommitted 2"
"""Of a call: the first transaction looks up its key, the second is its effect."""


@pytest.fixture
def app(web: APIFlask) -> Flask:
    return web


def caller(web: APIFlask, keys: Keys, key: str = "one", url: str = "https://example.com/hook") -> Callable[[], Answer]:
    """Registers an address for events: the status, and the id, or the code of the refusal."""

    def call() -> Answer:
        headers = {
            "Authorization": f"Bearer {keys.distributors[0]}",
            "Host": "localhost",
            "Idempotency-Key": key,
        }
        answer = web.test_client().post("/v1/webhook-endpoints", json={"url": url}, headers=headers)
        body = answer.get_json()
        return answer.status_code, body.get("id", body.get("code"))

    return call


def endpoints() -> int:
    with transaction(tenancy.platform()) as session:
        return session.scalar(select(func.count()).select_from(WebhookEndpoint)) or 0


@between(
    ("call", EFFECT, "again"),
    ("call", "call.committed", "again"),
    ("call", "call.committed", "other"),
)
def test_one_call_twice(race: Race, web: APIFlask, keys: Keys) -> None:
    """While the first is at work the second is told to wait; then it is given the first answer."""
    other = caller(web, keys, url="https://example.com/other")
    ends = race.run(call=caller(web, keys), again=caller(web, keys), other=other)
    status, made = ends["call"]  # pyright: ignore[reportGeneralTypeIssues] - an Answer
    assert status == 201 and not race.waited
    if race.second == "other":
        assert ends["other"] == (422, "idempotency_mismatch")
    elif race.point == "call.committed":
        assert ends["again"] == (201, made)
    else:
        assert ends["again"] == (409, "idempotency_in_progress")
    assert caller(web, keys)() == (201, made) and endpoints() == 1


@between(
    ("revoke", UNCOMMITTED, "call"),
    ("call", UNCOMMITTED, "revoke"),
    ("call", EFFECT, "revoke"),
    ("call", "call.committed", "revoke"),
)
def test_a_key_is_revoked_during_a_call(race: Race, web: APIFlask, keys: Keys) -> None:
    """A call that was let in ends as it began; the next one is refused."""

    def revoke() -> None:
        with transaction(tenancy.platform()) as session:
            tenant_id = session.scalars(select(Tenant.id).where(Tenant.handle == "shop-1")).one()
            prefix = ApiKey.prefix == keys.distributors[0][:20]
            for row in session.scalars(select(ApiKey).where(ApiKey.party_id == tenant_id, prefix)).all():
                api_keys.revoke(session, party=Party.DISTRIBUTOR, party_id=tenant_id, key_id=row.id)

    ends = race.run(revoke=revoke, call=caller(web, keys))
    assert endpoints() == 1 and ends["call"][0] == 201  # pyright: ignore[reportIndexIssue] - an Answer
    assert caller(web, keys, key="two")() == (401, "unauthenticated") and endpoints() == 1
