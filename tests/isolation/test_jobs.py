"""Every registered job, called for one tenant or supplier with another's ids: nothing happens to anybody."""

import inspect
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from cardmesh.identity.models import Membership, Tenant
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.events.models import Event
from cardmesh.kit.ids import parse_id
from cardmesh.kit.jobs import outbox
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.kit.jobs.run import run_job
from cardmesh.money.models import Payment, Refund
from cardmesh.sims.mail import MailSim, running_mail
from cardmesh.stores.models import Store
from cardmesh.trade.refunds.service import refund_unit
from cardmesh.trade.tiers.rules import News
from tests.fixtures.shop import Shop
from tests.isolation.state import changed, digests
from tests.isolation.test_faces import Owned, owned
from workers.registry import JOBS

WITHOUT_IDS = {
    *("catalog.spread", "ledger.fold", "orders.expire", "payments.sweep", "provenance.log", "settlement.due"),
    *("settlement.tenant", "stock.expire", "accounts.recheck", "accounts.sweep", "domains.sweep", "figures.fold"),
    *("payouts.schedule", "payouts.sweep", "reconciliation.daily", "books.close", "tiers.review", "volumes.count"),
    "prices.apply",
}
"""They are told at most the tenant they work for."""

OF_ONE_PERSON = {"mail.invitation", "mail.joined", "mail.reset", "mail.email_change"}
"""A person belongs to no party; the letter goes to that person's own address."""

OF_A_STRANGER = {"mail.sign_up"}
"""Who signs up belongs to no party yet; the letter goes to the address that was given."""

OF_THE_PLATFORM = {"mail.admission", "mail.document", "mail.moved", "mail.rule", "payouts.execute"}
"""Told by the platform's own verbs, in no tenant's queue; the tests of each read who gets it, and who does not."""

__all__ = ["owned"]


def foreign_calls(shop: Shop, owned: Owned) -> dict[str, dict[str, str]]:
    """By job: the first tenant's (for an import, the first supplier's) ids, to be used by the second."""
    with transaction(tenancy.platform()) as session:
        order_id = parse_id("ord", owned.ids["order_id"])
        people = select(Membership.person_id).where(Membership.party_id == shop.market.tenant_id)
        one = {
            "order": str(order_id),
            "event": str(session.scalars(select(Event.id).where(Event.tenant_id == shop.market.tenant_id)).first()),
            "payment": str(session.scalars(select(Payment.id).where(Payment.order_id == order_id)).one()),
            "refund": str(session.scalars(select(Refund.id)).first()),
            "domain": str(parse_id("dom", owned.ids["domain_id"])),
            "person": str(session.scalars(people).first()),
            "tier": session.get_one(Tenant, shop.rival).tier,
            "store": str(session.scalars(select(Store.id).where(Store.tenant_id == shop.market.tenant_id)).one()),
        }
    others = OF_ONE_PERSON | OF_A_STRANGER | OF_THE_PLATFORM | {"mail.domain", "mail.tier"}
    letters = {name for name in JOBS if name.startswith("mail.")} - others
    calls = {name: {"order_id": one["order"]} for name in letters}
    return calls | {
        "domains.check": {"domain_id": one["domain"]},
        "mail.domain": {"domain_id": one["domain"], "person_id": one["person"]},
        "mail.tier": {"person_id": one["person"], "news": str(News.PROMOTED), "tier": one["tier"]},
        "imports.run": {
            "import_id": str(parse_id("imp", owned.ids["import_id"])),
            "supplier_id": str(shop.market.suppliers[1].id),
        },
        "payments.close": {"payment_id": one["payment"]},
        "refunds.execute": {"refund_id": one["refund"]},
        "stores.build": {"store_id": one["store"]},
        "themes.check": {"theme_id": str(parse_id("thm", owned.ids["theme_id"]))},
        "webhooks.deliver": {
            "endpoint_id": str(parse_id("whe", owned.ids["endpoint_id"])),
            "event_id": one["event"],
        },
    }


@pytest.fixture
def mail() -> Iterator[MailSim]:
    """Letters of the running application arrive here."""
    with running_mail() as mail:
        now = runtime.current()
        settings = replace(now.settings, smtp_url=f"smtp://127.0.0.1:{mail.smtp_port}")
        runtime.install(replace(now, settings=settings))
        yield mail


def test_a_job_with_somebody_elses_ids_does_nothing(shop: Shop, owned: Owned, mail: MailSim) -> None:
    with transaction(tenancy.trade(shop.market.tenant_id)) as session:
        unit_id = parse_id("unt", owned.ids["unit_id"])
        refund_unit(session, tenant_id=shop.market.tenant_id, unit_id=unit_id, reason="a refund to steal")
    calls = foreign_calls(shop, owned)
    told = calls.keys() | WITHOUT_IDS | OF_ONE_PERSON | OF_A_STRANGER | OF_THE_PLATFORM
    assert told == JOBS.keys(), "a new job: say here what it may not touch"
    with transaction(tenancy.platform()) as session:
        session.execute(delete(OutboxJob))
    before, objects = digests(), stored()
    for name, ids in calls.items():
        outcome = _run(name, None if name == "imports.run" else shop.rival, ids)
        assert changed(before) == [], f"{name} ({outcome})"
        assert stored() == objects, name
    assert mail.store.search() == []


def stored() -> list[str]:
    """Every object there is: uploads, files, published pages."""
    return list(runtime.current().storage.list(""))


def _run(name: str, tenant_id: uuid.UUID | None, ids: dict[str, str]) -> str:
    """Run it once; what its failure was, empty when it ended well. It leaves no promise behind."""
    with transaction(tenancy.platform()) as session:
        outbox.send(session, name, tenant_id=tenant_id, **ids)  # pyright: ignore[reportArgumentType] - ids
        job_id = session.scalars(select(OutboxJob.id)).one()
    assert run_job(JOBS, job_id)
    with transaction(tenancy.platform()) as session:
        failure = session.scalars(select(OutboxJob.last_error)).first()
        session.execute(delete(OutboxJob).where(OutboxJob.id == job_id))
    return failure or ""


def test_jobs_without_ids_take_none() -> None:
    for name in WITHOUT_IDS:
        assert set(inspect.signature(JOBS[name].run).parameters) <= {"session", "tenant_id"}, name
    for name in OF_ONE_PERSON:
        assert set(inspect.signature(JOBS[name].run).parameters) == {"person_id"}, name
