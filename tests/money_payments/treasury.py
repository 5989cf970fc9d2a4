"""A treasury to test: two people of finance, parties with money, and a simulated Stripe with money of its own."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import stripe
from sqlalchemy import select, text

from cardmesh.identity.models import Party
from cardmesh.identity.settings import service as settings
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id
from cardmesh.kit.money import Money
from cardmesh.kit.tenancy import Actor, Scope
from cardmesh.money.ledger.service import post, prove
from cardmesh.money.models import Withdrawal, WithdrawalStatus
from cardmesh.money.payouts import execution, runs, terms
from cardmesh.money.payouts.models import Method, PayoutLine, PayoutRun, Schedule
from cardmesh.money.payouts.providers.registry import connect
from cardmesh.money.payouts.rules import Payee
from cardmesh.money.payouts.terms import Choice
from cardmesh.money.wallets.rules import Balances
from cardmesh.money.wallets.service import wallet
from cardmesh.money.withdrawals import service as withdrawals
from tests.fixtures import papers
from tests.money.books import gift
from tests.sims.desk import client, visit
from tests.sims.test_connect import earn
from tests.sims.test_refunds import eventually

CNY = "CNY"
REFUSING_BANK = "000111111116"


@dataclass
class Treasury:
    """Verbs open their own transactions, as a request would."""

    url: str = ""
    maker: uuid.UUID = field(default_factory=new_id)
    approver: uuid.UUID = field(default_factory=new_id)

    def as_person(self, id: uuid.UUID) -> Scope:
        return tenancy.platform(Actor("person", id))

    def party(self, minor: int = 100_00) -> uuid.UUID:
        """A supplier with so much available."""
        owner = new_id()
        self.give(owner, minor)
        return owner

    def give(self, owner: uuid.UUID, minor: int) -> None:
        """And the papers without which nothing is withdrawn."""
        with transaction(tenancy.platform()) as session:
            post(session, key=f"gift {new_id()}", kind="credit", legs=gift(owner, minor))
            papers.prove(session, Party.SUPPLIER, owner)

    def purse(self, owner: uuid.UUID) -> Balances:
        with transaction(tenancy.platform()) as session:
            assert prove(session).sound
            return wallet(session, owner_id=owner)[0]

    def license(self) -> None:
        with transaction(tenancy.platform()) as session:
            settings.change(session, {"batch_payouts": True})

    def choose(self, owner: uuid.UUID, method: Method, schedule: Schedule = Schedule.MANUAL, minimum: int = 0,
               payee: Payee | None = None) -> None:  # fmt: skip
        made = Choice(schedule=schedule, minimum=Money(minimum, CNY), method=method, payee=payee)
        with transaction(tenancy.supplier(owner)) as session:
            terms.choose(session, party=Party.SUPPLIER, owner_id=owner, choice=made)

    def by_bank(self, owner: uuid.UUID, name: str = "王小明", account: str = "6222020200001234567") -> None:
        self.choose(owner, Method.BANK, payee=Payee(name, "工商银行", account))

    def by_stripe(self, owner: uuid.UUID, bank: str | None = None) -> str:
        """A connected account, onboarded on the provider's page; `bank`: the number of the account it pays to."""
        made = connect().open_account(owner_id=owner, currency=CNY, email="s@example.test")
        with transaction(tenancy.supplier(owner)) as session:
            terms.use_stripe(session, party=Party.SUPPLIER, owner_id=owner, currency=CNY, account=made.ref)
        if bank:
            given: Any = {"object": "bank_account", "country": "CN", "currency": "cny", "account_number": bank}
            client(self.url).v1.accounts.update(made.ref, {"external_account": given})
        assert not made.ready and "tos_acceptance.date" in made.due
        back = "http://one.localhost/back"
        visit(connect().onboarding_url(made.ref, return_url=back, refresh_url=back), {})
        assert execution.refresh_account(made.ref)
        return made.ref

    def fund_gateway(self) -> stripe.StripeClient:
        api = client(self.url)
        earn(self.url, api)
        return api

    def ask(self, owner: uuid.UUID, minor: int, days_ago: int = 1) -> uuid.UUID:
        """A withdrawal that was asked for so many days ago."""
        with transaction(tenancy.supplier(owner)) as session:
            amount = Money(minor, CNY)
            id = withdrawals.request(session, party=Party.SUPPLIER, owner_id=owner, amount=amount).id
        with transaction(tenancy.platform()) as session:
            row = session.get_one(Withdrawal, id)
            row.created_at = clock.now() - timedelta(days=days_ago)
        return id

    def make(self, method: Method) -> PayoutRun:
        with transaction(self.as_person(self.maker)) as session:
            return runs.make(session, method=method, currency=CNY)

    def approve(self, run: PayoutRun) -> PayoutRun:
        with transaction(self.as_person(self.approver)) as session:
            return runs.approve(session, run_id=run.id)

    def lines(self, run: PayoutRun) -> list[PayoutLine]:
        with transaction(tenancy.platform()) as session:
            found = select(PayoutLine).where(PayoutLine.run_id == run.id).order_by(PayoutLine.id)
            return list(session.scalars(found))

    def status(self, withdrawal_id: uuid.UUID) -> str:
        with transaction(tenancy.platform()) as session:
            return WithdrawalStatus(session.get_one(Withdrawal, withdrawal_id).status).value

    def run_status(self, run: PayoutRun) -> str:
        with transaction(tenancy.platform()) as session:
            return session.get_one(PayoutRun, run.id).status

    def wait(self, line: PayoutLine) -> None:
        """Until the provider has told the end."""
        eventually(lambda: execution.execute(line_id=line.id) in (None, "paid", "failed"))

    def sql(self, statement: str, **values: Any) -> None:
        with transaction(tenancy.platform()) as session:
            session.execute(text(statement), values)
