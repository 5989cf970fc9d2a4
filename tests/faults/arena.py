"""An installation under fire: web and worker as child processes, each armed through a folder of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from sqlalchemy import select, text

from cardmesh.app import create_app
from cardmesh.goods.catalog import service as catalog
from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.identity.suppliers.service import create_supplier
from cardmesh.identity.tenants.service import create_tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.ids import new_id
from cardmesh.kit.jobs import outbox
from cardmesh.settings import Settings
from cardmesh.sims.mail import MailSim, running_mail
from cardmesh.sims.stripe import running_sim
from cardmesh.stores.models import Store, StoreHost
from cardmesh.trade.orders.service import StoreRef
from tests.fixtures.market import KEY, SECRET, Market, StripeDesk
from tests.sims.desk import control

from .callers import Caller
from .children import WEB, WORKER, Children, await_web, environment, free_port, web_command


@dataclass
class Arena:
    """One database, one gateway, one mail server, two processes; the application context is pushed here too."""

    settings: Settings
    port: int
    desk: StripeDesk
    mail: MailSim
    children: Children
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def folder(self, role: str) -> Path:
        return self.settings.data_dir / "points" / role

    def arm(self, role: str, point: str, order: str = "kill") -> None:
        (self.folder(role) / point).write_text(order)

    def disarm(self) -> int:
        """No more orders; how many points were reached by an armed process."""
        struck = 0
        for role in (WEB, WORKER):
            for path in self.folder(role).iterdir():
                struck += path.name.endswith("#1")
                path.unlink()
        return struck

    def stage(self) -> "Stage":
        """Parties of their own, so that nothing another story left behind is seen."""
        number = next(self._numbers)
        with transaction(tenancy.platform()) as session:
            catalog.ensure_categories(session)
            tenant = create_tenant(session, name=f"Stage {number}", handle=f"stage-{number}")
            store = Store(tenant_id=tenant.id, id=new_id(), handle=tenant.handle, name=tenant.name, preset="harbor")
            session.add(store)
            session.flush()
            session.add(StoreHost(tenant_id=tenant.id, host=f"{tenant.handle}.localhost", store_id=store.id))
            suppliers = tuple(
                create_supplier(session, name=f"S{number}-{n}", email=f"s{number}-{n}@example.test") for n in (1, 2)
            )
            key = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=tenant.id, name="stage").secret
            supplier_key = api_keys.issue(session, party=Party.SUPPLIER, party_id=suppliers[0].id, name="s").secret
            operator = api_keys.issue(session, party=Party.PLATFORM, name=f"op{number}").secret
        ref = StoreRef(tenant.id, store.id, tenant.handle, "CNY")
        market = Market(tenant.id, ref, (suppliers[0], suppliers[1]), iter(range(number * 1000, number * 1000 + 999)))
        return Stage(
            arena=self,
            market=market,
            store=Caller(self.url, host=f"{tenant.handle}.localhost:{self.port}"),
            tenant=Caller(self.url, key=key),
            supplier=Caller(self.url, key=supplier_key),
            platform=Caller(self.url, key=operator),
        )

    def send(self, name: str) -> None:
        """Promise one of the platform's jobs."""
        with transaction(tenancy.platform()) as session:
            outbox.send(session, name)

    def run(self, statement: str, **values: object) -> None:
        with transaction(tenancy.platform()) as session:
            session.execute(text(statement), values)


@dataclass
class Stage:
    """One tenant's world in the arena, and clients of everybody in it."""

    arena: Arena
    market: Market
    store: Caller
    tenant: Caller
    supplier: Caller
    platform: Caller
    notes: dict[str, str] = field(default_factory=dict)
    """What an earlier part of a story leaves to a later one."""

    @property
    def callers(self) -> tuple[Caller, ...]:
        return self.store, self.tenant, self.supplier, self.platform

    def mischief(self, action: str) -> None:
        control(self.arena.desk.url, "/webhooks/rules", {"match": "*", "action": action})

    def peace(self) -> None:
        for path in ("/webhooks/rules", "/faults"):
            control(self.arena.desk.url, path, method="DELETE")

    def store_host(self) -> str:
        with transaction(tenancy.platform()) as session:
            return session.scalars(select(StoreHost.host).where(StoreHost.tenant_id == self.market.tenant_id)).one()


@contextmanager
def running_arena(
    settings: Settings, redis_url: str, *, production: bool = False, skews: tuple[int, int] = (0, 0)
) -> Iterator[Arena]:
    """Everything started; ended at the end of the block.

    `production`: the worker's own pace and schedule. `skews`: seconds by which the clocks of web and worker are wrong.
    """
    port = free_port()
    hook = f"http://127.0.0.1:{port}/hooks/stripe"
    sim = {"api_keys": (KEY,), "async_after": 0.0, "country": "CN", "webhook_url": hook, "webhook_secret": SECRET}
    with running_sim(**sim, retry_base=0.2, retry_cap=1.0, max_attempts=60) as url, running_mail() as mail:
        made = replace(
            settings,
            redis_url=redis_url,
            stripe_api_key=KEY,
            stripe_webhook_secret=SECRET,
            stripe_api_base=url,
            smtp_url=f"smtp://127.0.0.1:{mail.smtp_port}",
            public_port=port,
        )
        logs = made.data_dir / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        children = Children(logs)
        app = create_app(made)
        with app.app_context():
            arena = Arena(made, port, StripeDesk(url), mail, children)
            try:
                _start(arena, production, skews)
                yield arena
            finally:
                children.stop()
                db.session.remove()
                db.engine.dispose()


def _start(arena: Arena, production: bool, skews: tuple[int, int]) -> None:
    worker = [sys.executable, "-m", "tests.faults.worker", *(["production"] if production else [])]
    for role, command, skew in ((WEB, web_command(arena.port), skews[0]), (WORKER, worker, skews[1])):
        arena.folder(role).mkdir(parents=True)
        environ = environment(arena.settings, FAIL_POINTS=str(arena.folder(role)), SKEW=str(skew))
        arena.children.start(role, command, environ)
    await_web(arena.port)
