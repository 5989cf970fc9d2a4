"""The gateway's own balance transactions against the ledger of a day's trade, with mistakes that people make."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from cardmesh.identity.audit.service import trail
from cardmesh.identity.models import Party
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import ValidationFailed
from cardmesh.kit.ids import new_id
from cardmesh.kit.tenancy import Actor
from cardmesh.money.ledger import service as ledger
from cardmesh.money.models import PLATFORM_OWNER, AccountKind, Payment
from cardmesh.money.payments.errors import GatewayUnavailable
from cardmesh.money.payments.gateways import stripe_movements
from cardmesh.money.payouts.models import Method
from cardmesh.money.reconciliation import command
from cardmesh.money.reconciliation.models import Comparison, ReconciliationTask
from cardmesh.money.reconciliation.service import TaskResolved, open_tasks, reconcile, resolve
from cardmesh.trade.refunds.service import refund_unit
from cardmesh.trade.settlement.service import settle_tenant
from tests.fixtures import papers
from tests.fixtures.market import Market, StripeDesk
from tests.money.books import credit, debit
from tests.money_payments.treasury import Treasury
from tests.sims.desk import client, control, item, new_session, pay


def sold(market: Market, desk: StripeDesk) -> UUID:
    """One unit bought through the gateway, delivered, and past its hold."""
    placed = market.order((market.sell(warranty_hours=0), 1))
    desk.pay(market.checkout(placed))
    desk.tell("checkout.session.completed")
    with transaction(tenancy.trade(market.tenant_id)) as session:
        assert settle_tenant(session, tenant_id=market.tenant_id, at=clock.now()).units == 1
    return placed.order.id


def dispute(desk: StripeDesk, order_id: UUID) -> None:
    """The buyer goes to the bank, which takes the money; we are told."""
    with transaction(tenancy.platform()) as session:
        payment = session.scalars(select(Payment).where(Payment.order_id == order_id)).one()
    charge = desk.get(f"/v1/charges?payment_intent={payment.intent_ref}")["data"][0]["id"]
    control(desk.url, "/disputes", {"charge": charge})
    assert set(desk.tell("charge.dispute.created", "charge.dispute.funds_withdrawn")) == {"applied"}


def look() -> Comparison:
    now = clock.now()
    return reconcile(since=now - timedelta(days=3), until=now + timedelta(minutes=1))


def causes() -> list[str]:
    with transaction(tenancy.platform()) as session:
        return sorted(task.cause for task in open_tasks(session))


@pytest.fixture
def day(market: Market, stripe_desk: StripeDesk) -> UUID:
    """Three sales, one of them refunded and one disputed, and a payout: everything booked; the third order."""
    treasury, owner = Treasury(stripe_desk.url), market.suppliers[0].id
    with transaction(tenancy.platform()) as session:
        papers.prove(session, Party.SUPPLIER, owner)
    refunded, disputed, kept = (sold(market, stripe_desk) for _ in range(3))
    unit = market.state(refunded)[1][0].id
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refund_unit(session, tenant_id=market.tenant_id, unit_id=unit, reason="test")
    market.run_refunds()
    dispute(stripe_desk, disputed)
    treasury.sql("update withdrawals set created_at = created_at - interval '2 days'")
    treasury.by_stripe(owner)
    control(stripe_desk.url, "/settle", {})
    treasury.ask(owner, 20_00)
    (line,) = treasury.lines(treasury.approve(treasury.make(Method.STRIPE)))
    treasury.wait(line)
    return kept


def test_a_day_that_was_booked_agrees_and_its_fees_are_in_the_books(day: UUID, stripe_desk: StripeDesk) -> None:
    made = look()
    assert (made.differences, causes()) == (0, [])
    assert made.theirs == made.ours == 6, "three charges, a refund, a dispute, a transfer"
    with transaction(tenancy.platform()) as session:
        held = ledger.balances(session, owner_id=PLATFORM_OWNER)["CNY"]
        paid_out = held[AccountKind.PAID_OUT]
    theirs: Any = client(stripe_desk.url).v1.balance.retrieve()
    gateway = sum(part.amount for side in (theirs.available, theirs.pending) for part in side)
    assert -held[AccountKind.GATEWAY] - paid_out == gateway, "to the fen, fees and all"
    look()
    with transaction(tenancy.platform()) as session:
        assert ledger.balances(session, owner_id=PLATFORM_OWNER)["CNY"] == held, "a fee is booked once"


def test_what_people_did_past_the_platform_is_found(
    market: Market, day: UUID, stripe_desk: StripeDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    api = client(stripe_desk.url)
    with transaction(tenancy.platform()) as session:
        kept = session.scalars(select(Payment).where(Payment.order_id == day)).one()
        fake = Payment(tenant_id=market.tenant_id, id=new_id(), purpose="top_up", gateway="stripe", livemode=False,
                       method="card", currency="CNY", amount_minor=77_00, status="paid", intent_ref="pi_x")  # fmt: skip
        session.add(fake)
        ledger.post(session, key=f"payment:{fake.id}", kind="payment.top_up", legs=[
            debit(AccountKind.GATEWAY, 77_00), credit(AccountKind.AVAILABLE, 77_00, owner=market.tenant_id)
        ])  # fmt: skip
    pay(new_session(api, line_items=[item(5_00)]))
    api.v1.refunds.create({"payment_intent": str(kept.intent_ref), "amount": 1_00})
    account: Any = api.v1.accounts.list({}).data[0]
    api.v1.transfers.create({"amount": 3_00, "currency": "cny", "destination": account.id})
    unseen = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(unseen))
    wanted = ["missing_here", "missing_here", "missing_there", "payout_not_ours", "refund_not_booked"]
    assert look().differences == 5 and causes() == wanted
    assert look().differences == 5 and causes() == wanted, "each is one task"
    stripe_desk.tell("checkout.session.completed")
    assert look().differences == 4 and causes() == wanted[1:], "the late message came: its task is gone"
    person = Actor("person", new_id(), name="Ann")
    with transaction(tenancy.platform()) as session:
        task = next(one for one in open_tasks(session) if one.cause == "refund_not_booked")
    with pytest.raises(ValidationFailed), transaction(tenancy.platform(person)) as session:
        resolve(session, task_id=task.id, note=" ")
    with transaction(tenancy.platform(person)) as session:
        resolve(session, task_id=task.id, note="Ann gave it back by phone")
    with pytest.raises(TaskResolved), transaction(tenancy.platform(person)) as session:
        resolve(session, task_id=task.id, note="again")
    look()
    assert causes() == [wanted[0], *wanted[2:4]], "what a person resolved stays resolved"
    with transaction(tenancy.platform()) as session:
        assert trail(session, subject_id=task.id)[0].reason == "Ann gave it back by phone"
        row = session.get_one(ReconciliationTask, task.id)
        assert (row.theirs_minor, row.ours_minor, row.resolved_by) == (-1_00, None, person.id)
    assert command.main(["--days", "3"]) == 1
    assert "3 differences open" in capsys.readouterr().out


def test_a_list_that_makes_no_sense_is_no_list(
    market: Market, stripe_desk: StripeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As good as no answer: the round goes on to the next account, and asks this one again."""
    sold(market, stripe_desk)
    monkeypatch.setattr(stripe_movements, "movement", lambda transaction: transaction["nonsense"])
    with pytest.raises(GatewayUnavailable):
        look()
