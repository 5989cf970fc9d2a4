"""Two distributors with a store each, and a DNS in which anybody may write."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from cardmesh.app import create_web
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.jobs import run
from cardmesh.settings import Settings
from cardmesh.sims.dns import DnsSim, running_dns
from cardmesh.stores import directory
from cardmesh.stores.domains import checking, rules, service
from cardmesh.stores.domains.models import Domain
from cardmesh.stores.models import Store
from cardmesh.stores.opening import open_tenant
from workers.registry import JOBS

SECRET = "known-to-the-proxy-alone"
OURS = ("203.0.113.7", "2001:db8::7")
HOST = "cards.example.com"


@pytest.fixture
def dns() -> Iterator[DnsSim]:
    with running_dns() as sim:
        yield sim


@pytest.fixture
def web(settings: Settings, dns: DnsSim) -> Iterator[APIFlask]:
    """Every face of an installation that stands at OURS and asks the simulated DNS; its context is pushed."""
    chosen = replace(settings, dns_resolvers=(dns.address,), public_addresses=OURS, tls_ask_secret=SECRET)
    made = create_web(chosen)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@dataclass
class Owner:
    """A distributor with one store."""

    store: Store
    key: str
    dns: DnsSim

    @property
    def tenant_id(self) -> uuid.UUID:
        return self.store.tenant_id

    @property
    def target(self) -> str:
        return f"{self.store.handle}.localhost"

    def add(self, host: str = HOST) -> Domain:
        with transaction(tenancy.tenant(self.tenant_id)) as session:
            return service.add(session, store=self.store, host=host)

    def check(self, domain: Domain) -> Domain:
        """One look; the domain as it stands then."""
        checking.check(tenant_id=self.tenant_id, domain_id=domain.id)
        return self.read(domain)

    def prove(self, host: str = HOST) -> Domain:
        """Added, its records set as shown, looked at."""
        domain = self.add(host)
        self.write(domain)
        return self.check(domain)

    def write(self, domain: Domain) -> None:
        """Into the DNS, as the console says."""
        for line in self.lines(domain):
            self.dns.set(line.name, line.type, line.value)

    def lines(self, domain: Domain) -> list[rules.Line]:
        return service.lines_of(self.store, domain)

    def choose(self, domain: Domain, *, wanted: bool = True) -> None:
        with transaction(tenancy.tenant(self.tenant_id)) as session:
            service.choose(session, tenant_id=self.tenant_id, domain_id=domain.id, wanted=wanted)

    def release(self, domain: Domain) -> None:
        with transaction(tenancy.tenant(self.tenant_id)) as session:
            service.release(session, tenant_id=self.tenant_id, domain_id=domain.id)

    def read(self, domain: Domain) -> Domain:
        with transaction(tenancy.tenant(self.tenant_id)) as session:
            return session.scalars(select(Domain).where(Domain.id == domain.id)).one()

    def stored(self) -> Store:
        with transaction(tenancy.tenant(self.tenant_id)) as session:
            return session.scalars(select(Store)).one()

    def backdate(self, domain: Domain, name: str, by: timedelta) -> None:
        """As if that had happened so much earlier."""
        column = getattr(Domain, name)
        with transaction(tenancy.platform()) as session:
            session.execute(update(Domain).where(Domain.id == domain.id).values({name: column - by}))


@pytest.fixture
def owners(web: APIFlask, dns: DnsSim) -> tuple[Owner, Owner]:
    with transaction(tenancy.platform()) as session:
        made = [
            open_tenant(session, name=name, handle=name, owner_email=f"{name}@example.test") for name in ("one", "two")
        ]
    one, two = (Owner(opened.store, opened.api_key, dns) for opened in made)
    return one, two


@pytest.fixture
def one(owners: tuple[Owner, Owner]) -> Owner:
    return owners[0]


@pytest.fixture
def two(owners: tuple[Owner, Owner]) -> Owner:
    return owners[1]


@dataclass
class Browser:
    """Asks this installation under any name; what was remembered of hosts is forgotten before each request."""

    app: APIFlask

    def get(self, host: str, path: str = "/api/store", **headers: str) -> TestResponse:
        directory._memories.clear()
        sent: dict[str, Any] = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.app.test_client().get(path, headers=sent)

    def store_at(self, host: str, **headers: str) -> str | None:
        """The name of the store that answers there."""
        answer = self.get(host, **headers)
        return answer.get_json()["name"] if answer.status_code == 200 else None

    def ask(self, domain: str, secret: str = SECRET, host: str = "127.0.0.1:8000") -> int:
        """What the proxy hears about a host."""
        directory._memories.clear()
        query = {"domain": domain}
        return self.app.test_client().get(f"/-/tls/{secret}", query_string=query, headers={"Host": host}).status_code


@pytest.fixture
def browser(web: APIFlask) -> Browser:
    return Browser(web)


@pytest.fixture
def build(web: APIFlask) -> Callable[[], int]:
    """Run the builds that wait."""
    return lambda: run.drain({"stores.build": JOBS["stores.build"]})
