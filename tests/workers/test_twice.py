"""Every job, run once, twice, and twice at the same time, leaves the same world behind.

The world is built once; each run gets a clone of it, with the same rows under the same ids.
"""

import io
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update

from cardmesh.app import create_app
from cardmesh.goods.imports import service as imports
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.models import ImportKind, Offer
from cardmesh.goods.offers import price_lists
from cardmesh.goods.pricing.models import PriceList
from cardmesh.identity.documents import ageing
from cardmesh.identity.documents.models import IdentityDocument
from cardmesh.identity.models import Party, PartyStatus, Tenant
from cardmesh.identity.people import service as people
from cardmesh.identity.sign_up import service as sign_up
from cardmesh.identity.suppliers import admission
from cardmesh.identity.suppliers.service import create_supplier
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import Base, db, transaction
from cardmesh.kit.events import service as events
from cardmesh.kit.jobs import outbox, run
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.money.commission import announce
from cardmesh.money.ledger import service as ledger
from cardmesh.money.models import Payment, RuleBasis
from cardmesh.money.payouts import execution
from cardmesh.money.payouts.models import Method, Schedule
from cardmesh.settings import Settings
from cardmesh.sims.dns import DnsSim, running_dns
from cardmesh.sims.mail import running_mail
from cardmesh.sims.stripe import running_sim
from cardmesh.stores import publish
from cardmesh.stores.domains import letters
from cardmesh.stores.domains import service as domains
from cardmesh.stores.domains.models import Domain, DomainStatus
from cardmesh.stores.models import Store, StoreHost
from cardmesh.stores.wardrobe import service as wardrobe
from cardmesh.trade.models import Order, OrderUnit
from cardmesh.trade.orders import service as orders
from cardmesh.trade.refunds.service import refund_unit
from cardmesh.trade.tiers import service as tiers
from cardmesh.trade.tiers.rules import News
from tests.fixtures import papers
from tests.fixtures.database import Databases
from tests.fixtures.market import KEY, SECRET, Code, Market, StripeDesk, open_market
from tests.fixtures.promises import Promise
from tests.fixtures.receiver import running_receiver
from tests.money_payments.treasury import Treasury
from tests.sims.desk import client
from tests.sims.test_refunds import eventually
from workers.periodic import SCHEDULE
from workers.registry import JOBS

REVEALING = {"mail.order_delivered"}
"""Each showing of a key is one more line in the audit trail, and has to be."""


@dataclass(frozen=True)
class World:
    """A finished installation and the jobs that wait in it, one of each name."""

    settings: Settings
    databases: Databases
    jobs: dict[str, tuple[uuid.UUID | None, dict[str, Any]]]


@pytest.fixture(scope="module")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    name, folder = databases.create(), tmp_path_factory.mktemp("world")
    stripe = running_sim(api_keys=(KEY,), async_after=0.0, country="CN")
    with stripe as url, running_mail() as mail, running_dns() as dns:
        settings = replace(
            databases.settings(name),
            data_dir=folder,
            stripe_api_key=KEY,
            stripe_webhook_secret=SECRET,
            stripe_api_base=url,
            smtp_url=f"smtp://127.0.0.1:{mail.smtp_port}",
            dns_resolvers=(dns.address,),
        )
        with running_receiver() as receiver:
            with running_app(settings):
                jobs = build(StripeDesk(url), receiver.url, dns)
            yield World(settings, databases, jobs)
    databases.drop(name)


@contextmanager
def running_app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def build(desk: StripeDesk, receiver_url: str, dns: DnsSim) -> dict[str, tuple[uuid.UUID | None, dict[str, Any]]]:
    """Trade until every kind of job has been promised; then take the promises out of the outbox."""
    with transaction(tenancy.platform()) as session:
        market = open_market(session)
        people.invite(session, email="owner@example.test", party=Party.DISTRIBUTOR, party_id=market.tenant_id)
        write_to_people(session, market.tenant_id)
        session.add(StoreHost(tenant_id=market.tenant_id, host="one.localhost", store_id=market.store.store_id))
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        store = session.scalars(select(Store)).one()
        store.preset = "harbor"
        added = domains.add(session, store=store, host="cards.example.com")
        for line in domains.lines_of(store, added):
            dns.set(line.name, line.type, line.value)
        forgotten = forget_domain(session, store)
        letters.promise(session, forgotten)
        events.create_endpoint(session, tenant_id=market.tenant_id, url=receiver_url)
    sell_and_pay(market, desk)
    change_terms(market)
    start_payouts(market, desk)
    start_import(market)
    with transaction(tenancy.supplier(market.suppliers[0].id)) as session:
        lapsed = session.scalars(select(Offer).limit(1)).one()
        inventory.add_keys(session, offer=lapsed, records=[Code(1, "LAPSED-1", date(2026, 1, 1))])
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        ids = {"tenant_id": market.tenant_id, "store_id": market.store.store_id}
        publish.request_build(session, **ids, reason="test")
    wardrobe.upload(tenant_id=market.tenant_id, package=b"no zip", actor=tenancy.SYSTEM)
    return promised(market)


def write_to_people(session: Any, tenant_id: uuid.UUID) -> None:
    """Somebody joins, forgets the password, moves; a stranger signs up; a supplier is refused, its paper grows old."""
    member = people.create_person(session, email="member@example.test", password="a long pass phrase")
    people.invite(session, email=member.email, party=Party.DISTRIBUTOR, party_id=tenant_id)
    people.ask_reset(session, member.email)
    people.ask_move(session, person_id=member.id, email="moved@example.test")
    mover = people.create_person(session, email="mover@example.test", password="a long pass phrase")
    people.ask_move(session, person_id=mover.id, email="away@example.test")
    people.move(session, mover)
    sign_up.ask(session, email="stranger@example.test", party=Party.DISTRIBUTOR, name="Stranger", locale="en")
    applicant = create_supplier(session, name="Applicant", email="a@example.test", status=PartyStatus.PENDING)
    people.join(session, person_id=member.id, party=Party.SUPPLIER, party_id=applicant.id)
    admission.submit(session, supplier_id=applicant.id)
    admission.refuse(session, supplier_id=applicant.id, reason="No licence")
    papers.prove(session, Party.SUPPLIER, applicant.id)
    session.execute(update(IdentityDocument).values(recheck_at=clock.now() + timedelta(days=3)))
    ageing.warn(session)


def forget_domain(session: Any, store: Store) -> Domain:
    """One that is proven, whose record went missing an hour ago."""
    domain = domains.add(session, store=store, host="forgotten.example.com")
    domain.status, domain.failing_since = DomainStatus.PROVEN, clock.now() - timedelta(hours=1)
    session.add(StoreHost(tenant_id=store.tenant_id, host=domain.host, store_id=store.id))
    session.flush()
    return domain


def sell_and_pay(market: Market, desk: StripeDesk) -> None:
    """One order is delivered and past its hold, one refunded, one canceled, one paid unnoticed, one left unpaid."""
    sku_id = market.sell(keys=20)
    delivered, refunded, canceled, unnoticed, unpaid = (market.order((sku_id, 1)) for _ in range(5))
    for placed in (delivered, refunded, unnoticed, canceled, unpaid):
        page = market.checkout(placed)
        if placed in (delivered, refunded):
            desk.pay(page)
    desk.tell("checkout.session.completed")
    desk.pay(market.checkout(unnoticed))
    with transaction(tenancy.trade(market.tenant_id)) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=canceled.order.id)
        refund_unit(
            session,
            tenant_id=market.tenant_id,
            unit_id=market_unit(session, refunded.order.id),
            reason="test",
        )
    past = clock.now() - timedelta(hours=1)
    with transaction(tenancy.platform()) as session:
        session.execute(update(Order).where(Order.id == unpaid.order.id).values(expires_at=past))
        session.execute(update(OrderUnit).where(OrderUnit.delivered_at.is_not(None)).values(hold_until=past))
        session.execute(update(Payment).values(created_at=past))


def start_payouts(market: Market, desk: StripeDesk) -> None:
    """A line that the provider has paid by now and that we have not asked for; another party is paid by schedule."""
    treasury, (paid, by_schedule) = Treasury(desk.url), (supplier.id for supplier in market.suppliers)
    treasury.fund_gateway()
    for owner in (paid, by_schedule):
        treasury.give(owner, 100_00)
    treasury.by_stripe(paid)
    treasury.ask(paid, 40_00)
    (line,) = treasury.lines(treasury.approve(treasury.make(Method.STRIPE)))
    execution.execute(line_id=line.id)
    account: Any = {"stripe_account": str(line.stripe_account)}
    payouts = client(desk.url).v1.payouts
    eventually(lambda: payouts.list({}, account).data[0].status == "paid")
    with transaction(tenancy.platform()) as session:
        outbox.send(session, "payouts.execute", line_id=line.id)
    treasury.choose(by_schedule, Method.STRIPE, Schedule.DAILY)


def market_unit(session: Any, order_id: uuid.UUID) -> uuid.UUID:
    return session.scalars(select(OrderUnit.id).where(OrderUnit.order_id == order_id)).one()


def change_terms(market: Market) -> None:
    """A distributor falls below its tier, a rule is announced, prices are due."""
    with transaction(tenancy.platform()) as session:
        session.execute(update(Tenant).where(Tenant.id == market.tenant_id).values(tier="VIP2"))
        assert tiers.review(session, market.tenant_id, clock.now()) == News.FALLING
        announce.announce(session, basis=RuleBasis.COST, rate=Decimal("0.06"))
        session.execute(update(Tenant).where(Tenant.id == market.tenant_id).values(tier_grace_until=clock.now()))
    offer = market.offer(market.sku(), keys=0)
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        soon = clock.now() + timedelta(minutes=1)
        price_lists.plan(session, offer_id=offer.id, base_price_minor=9_000, rows=[], effective_from=soon)
    with transaction(tenancy.platform()) as session:
        session.execute(update(PriceList).values(effective_from=clock.now() - timedelta(minutes=1)))


def start_import(market: Market) -> None:
    offer = market.offer(market.sku(), keys=0)
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        sheet = io.BytesIO("卡密\n".encode() + b"".join(b"NEW-%06d\n" % n for n in range(50)))
        imports.start(
            session,
            supplier_id=offer.supplier_id,
            kind=ImportKind.KEYS,
            offer_id=offer.id,
            filename="keys.csv",
            stream=sheet,
        )


def promised(market: Market) -> dict[str, tuple[uuid.UUID | None, dict[str, Any]]]:
    """One job of each name; the schedule's have no arguments."""
    found: dict[str, tuple[uuid.UUID | None, dict[str, Any]]] = {every.name: (None, {}) for every in SCHEDULE}
    with transaction(tenancy.platform()) as session:
        for job in session.scalars(select(OutboxJob).order_by(OutboxJob.id)):
            found.setdefault(job.name, (job.tenant_id, job.args))
        session.execute(delete(OutboxJob))
    found["mail.order_paid_late"] = found["mail.order_delivered"]
    found["settlement.tenant"] = (market.tenant_id, {})
    return found


def test_the_world_promises_every_job(world: World) -> None:
    assert world.jobs.keys() == JOBS.keys()


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_repeated_job_changes_nothing(world: World, promise: Promise, name: str) -> None:
    once = outcome(world, name, lambda _app, ids: [perform(ids[0])])
    again = outcome(world, name, lambda _app, ids: [perform(id) for id in ids])
    together = outcome(world, name, at_once)
    assert again == once
    assert together == once
    promise(f"twice: {name}", demanded="same state, serial and at once", seen="same state", faults=2)


def outcome(world: World, name: str, work: Callable[[Flask, list[int]], object]) -> dict[str, Any]:
    """The state of a clone after `work` got two promises of the same job."""
    clone = world.databases.create(template=world.settings.database_url.split("?")[0].rpartition("/")[2])
    folder = Path(f"{world.settings.data_dir}-{clone}")
    shutil.copytree(world.settings.data_dir, folder)
    tenant_id, args = world.jobs[name]
    named = world.databases.settings(clone)
    settings = replace(
        world.settings, database_url=named.database_url, app_database_url=named.app_database_url, data_dir=folder
    )
    with running_app(settings) as app:
        with transaction(tenancy.platform()) as session:
            for _ in range(2):
                outbox.send(session, name, tenant_id=tenant_id, **args)
            ids = list(session.scalars(select(OutboxJob.id).order_by(OutboxJob.id)))
        work(app, ids)
        with transaction(tenancy.platform()) as session:
            session.execute(delete(OutboxJob).where(OutboxJob.id.in_(ids)))
            state = observe(session, name)
    world.databases.drop(clone)
    return state


def perform(job_id: int) -> None:
    """Run it to its end: a job that only has to wait for another one is run again."""
    while run.run_job(JOBS, job_id):
        with transaction(tenancy.platform()) as session:
            job = session.get(OutboxJob, job_id)
            if job is None:
                return
            assert (job.last_error or "").startswith("RetryLater"), job.last_error
            job.run_at = clock.now()


def at_once(app: Flask, ids: list[int]) -> None:
    barrier = threading.Barrier(len(ids))
    failed: list[BaseException] = []

    def body(job_id: int) -> None:
        with app.app_context():
            try:
                barrier.wait()
                perform(job_id)
            except BaseException as error:
                failed.append(error)

    threads = [threading.Thread(target=body, args=(id,)) for id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def observe(session: Any, name: str) -> dict[str, Any]:
    """How many rows each table holds, in which states, and what every account holds."""
    seen: dict[str, Any] = {}
    for table in Base.metadata.sorted_tables:
        if table.name == "audit_records" and name in REVEALING:
            continue
        columns = [table.c.status] if "status" in table.c else [table.c.outcome] if "outcome" in table.c else []
        rows = session.execute(select(*columns, func.count()).select_from(table).group_by(*columns)).all()
        seen[table.name] = sorted(tuple(row) for row in rows)
    accounts = "select owner_id, kind, currency from ledger_accounts order by 1, 2, 3"
    seen["balances"] = [
        (kind, ledger.balance(session, owner_id=owner, kind=kind, currency=currency))
        for owner, kind, currency in session.execute(text(accounts))
    ]
    assert ledger.prove(session).sound
    return seen
