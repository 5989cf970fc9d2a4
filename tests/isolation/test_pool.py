"""One pool of connections for everybody: what one request set, or left behind when it broke, is nobody else's."""

import random
import threading
import uuid
from collections import Counter
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

import pytest
from apiflask import APIFlask
from flask import Flask
from sqlalchemy import text

from cardmesh.goods.catalog.service import ensure_categories
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.events import service as events
from cardmesh.kit.events.models import WebhookEndpoint
from cardmesh.kit.ids import new_id
from cardmesh.stores.models import Store
from cardmesh.stores.opening import open_tenant

TENANTS, THREADS = 50, 8
PATHS = ("/v1/store", "/v1/webhook-endpoints", "/v1/me", "/v1/wallet", "/v1/events")


class Broken(Exception):
    """Raised in the middle of a transaction, on purpose."""


@dataclass
class Crowd:
    """Fifty tenants, each with one store and one endpoint; what their requests met."""

    app: APIFlask
    keys: dict[uuid.UUID, str]
    done: Counter[str] = field(default_factory=Counter)
    foreign: list[str] = field(default_factory=list)

    def one(self, dice: random.Random) -> None:
        """A request of any tenant: through HTTP, straight SQL without a `where`, or one that breaks half-way."""
        tenant_id = dice.choice(list(self.keys))
        kind = dice.choices(("http", "sql", "broken"), (40, 40, 20))[0]
        if kind == "http":
            self._http(tenant_id, dice.choice(PATHS))
        elif kind == "sql":
            self._sql(tenant_id)
        else:
            with pytest.raises(Broken):
                self._sql(tenant_id, breaks=True)
        self.done[kind] += 1

    def _http(self, tenant_id: uuid.UUID, path: str) -> None:
        headers = {"Host": "localhost", "Authorization": f"Bearer {self.keys[tenant_id]}"}
        answer = Context().run(self.app.test_client().get, path, headers=headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        told = answer.get_data(as_text=True)
        others = [other for other in self.keys if other != tenant_id]
        self.foreign += [f"{path}: {other.hex}" for other in others if f"mark-{other.hex}" in told]

    def _sql(self, tenant_id: uuid.UUID, *, breaks: bool = False) -> None:
        """Row-level security alone: no criterion of ours stands in these statements."""
        with self.app.app_context(), transaction(tenancy.tenant(tenant_id)) as session:
            for table in ("stores", "webhook_endpoints", "store_hosts", "memberships", "api_keys"):
                owner = "party_id" if table in ("memberships", "api_keys") else "tenant_id"
                seen = set(session.scalars(text(f"select {owner} from {table}")))  # noqa: S608 - names above
                self.foreign += [f"{table}: {one}" for one in seen - {tenant_id}]
                assert seen, table
                if breaks and table == "webhook_endpoints":
                    session.add(Store(tenant_id=tenant_id, id=new_id(), handle=new_id().hex, name="never"))
                    session.flush()
                    raise Broken


@pytest.fixture
def crowd(web: APIFlask) -> Crowd:
    keys = {}
    with transaction(tenancy.platform()) as session:
        ensure_categories(session)
        for number in range(TENANTS):
            opened = open_tenant(
                session, name=f"Shop {number}", handle=f"crowd-{number}", owner_email=f"c{number}@example.com"
            )
            keys[opened.tenant.id] = opened.api_key
    for tenant_id in keys:
        with transaction(tenancy.tenant(tenant_id)) as session:
            url = f"http://127.0.0.1:9/mark-{tenant_id.hex}"
            events.create_endpoint(session, tenant_id=tenant_id, url=url)
            session.query(Store).one().name = f"mark-{tenant_id.hex}"
    return Crowd(web, keys)


def rush(crowd: Crowd, requests: int, seed: int) -> None:
    """`requests` of them, over eight threads that share the pool; a seed makes the same mix again."""
    failed: list[BaseException] = []

    def body(number: int) -> None:
        dice = random.Random(f"{seed}:{number}")
        try:
            for _ in range(requests // THREADS):
                crowd.one(dice)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=body, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"seed {seed}: {dict(crowd.done)}, {len(crowd.foreign)} foreign rows")
    assert failed == [], failed[0]


def test_a_thousand_mixed_requests_meet_no_foreign_row(crowd: Crowd) -> None:
    rush(crowd, 1_000, seed=random.randrange(10**6))
    assert crowd.foreign == []
    assert crowd.done.total() == 1_000 and 120 < crowd.done["broken"] < 280
    with transaction(tenancy.platform()) as session:
        assert session.query(Store).count() == TENANTS, "what broke left nothing behind"
    assert db.engine.pool.checkedout() == 0, "every connection came back"  # pyright: ignore[reportAttributeAccessIssue]


def test_a_scope_that_ended_reads_as_nothing(app: Flask) -> None:
    """After `SET LOCAL` a setting reads `''`, not null: the policies take both for nobody."""
    tenant_id = a_tenant()
    with transaction(tenancy.tenant(tenant_id)) as session:
        assert session.scalar(text("select count(*) from stores")) == 1
        connection = session.connection()
        raw: Any = connection.connection.dbapi_connection
    with raw.cursor() as cursor:
        assert cursor.execute("select current_setting('app.tenant', true)").fetchone() == ("",)
        assert cursor.execute("select app_tenant(), app_realm()").fetchone() == (None, "")
        for table in ("stores", "orders", "card_keys", "postings", "api_keys", "webhook_endpoints"):
            assert cursor.execute(f"select count(*) from {table}".encode()).fetchone() == (0,)  # noqa: S608 - names above
    raw.rollback()


def test_a_plain_set_that_survived_a_commit_opens_nothing_to_the_next(app: Flask) -> None:
    """Somebody's mistake: `SET` without `LOCAL` stays on the pooled connection. The next transaction says its own."""
    first, second = a_tenant("one"), a_tenant("two")
    with transaction(tenancy.tenant(first)) as session:
        for setting, value in (("app.realm", "platform"), ("app.tenant", str(second)), ("app.supplier", str(second))):
            session.execute(text("select set_config(:setting, :value, false)"), {"setting": setting, "value": value})
        before = session.connection().connection.dbapi_connection
    for scope, seen in ((tenancy.tenant(first), {first}), (tenancy.supplier(new_id()), set())):
        with transaction(scope) as session:
            assert session.connection().connection.dbapi_connection is before, "the very same connection"
            assert set(session.scalars(text("select tenant_id from stores"))) == seen
            assert set(session.scalars(text("select tenant_id from webhook_endpoints"))) == seen


def a_tenant(handle: str = "one") -> uuid.UUID:
    with transaction(tenancy.platform()) as session:
        tenant_id = open_tenant(session, name=handle, handle=handle, owner_email=f"{handle}@example.com").tenant.id
    with transaction(tenancy.tenant(tenant_id)) as session:
        events.create_endpoint(session, tenant_id=tenant_id, url="http://127.0.0.1:9/hook")
        assert session.query(WebhookEndpoint).count() == 1
    return tenant_id
