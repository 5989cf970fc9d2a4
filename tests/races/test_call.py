"""One call of a distributor's program that comes twice, or whose key is taken away meanwhile."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from apiflask import APIFlask
from flask import Flask
from sqlalchemy import func, select, text

from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import ApiKey, Party, Tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.events.models import WebhookEndpoint
from cardmesh.kit.ids import public_id
from cardmesh.settings import Settings
from tests.fixtures.market import open_market
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


def test_the_plain_way_waits_behind_the_express_one(web: APIFlask, settings: Settings) -> None:
    """Both hold the wallet before they claim the call's key; in two orders each would wait for the other."""
    with transaction(tenancy.platform()) as session:
        market = open_market(session)
        key = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=market.tenant_id).secret
    market.fund(100_000)
    sku = public_id("sku", market.sell(3))

    def order(quantity: int, idempotency_key: str) -> Answer:
        headers = {"Authorization": f"Bearer {key}", "Host": "localhost", "Idempotency-Key": idempotency_key}
        items = [{"sku": sku, "quantity": quantity}]
        body = {"external_ref": idempotency_key, "items": items, "on_shortage": "partial"}
        answer = web.test_client().post("/v1/orders", json=body, headers=headers)
        return answer.status_code, answer.get_json().get("code", "")

    assert order(1, "opens the accounts") == (201, "")
    with ThreadPoolExecutor(2) as pool, psycopg.connect(settings.database_url) as connection:
        connection.execute("lock table stock in exclusive mode")
        express = pool.submit(order, 1, "one")  # stops at the stock, with the wallet in its hands
        _until_waiting(1)
        plain = pool.submit(order, 9, "one")  # more than there is
        _until_waiting(2)
        connection.rollback()
        assert express.result() == (201, "")
        assert plain.result() == (422, "idempotency_mismatch")


def _until_waiting(sessions: int) -> None:
    waiting = text(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0"
    )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
        while watcher.scalar(waiting) != sessions:
            time.sleep(0.01)
