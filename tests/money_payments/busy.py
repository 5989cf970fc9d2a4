"""A busy market: weeks of everything that moves money, thrown by dice, on real verbs."""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select, update

from cardmesh.identity.models import Party
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError
from cardmesh.kit.ids import new_id
from cardmesh.kit.money import Money
from cardmesh.money.advances import service as advances
from cardmesh.money.advances.models import AdvanceTerms
from cardmesh.money.deposits import service as deposits
from cardmesh.money.models import Withdrawal, WithdrawalStatus
from cardmesh.money.withdrawals import service as withdrawals
from cardmesh.trade.models import OrderUnit, UnitStatus
from cardmesh.trade.refunds.service import refund_unit
from cardmesh.trade.settlement.service import settle_tenant
from tests.fixtures import papers
from tests.fixtures.market import Market
from tests.money.books import pay

CNY = "CNY"
TERMS = {
    "currency": CNY, "enabled": True, "pending_permille": 700, "history_permille": 3000, "fee_permille": 12,
    "least_days": 0, "most_minor": 500_00,
}  # fmt: skip


@dataclass
class Busy:
    """Throw `steps` of them; `done` counts what happened, by verb, `refused` what had to be refused."""

    market: Market
    dice: random.Random
    skus: list[uuid.UUID] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def open(self) -> None:
        for supplier in (0, 1):
            self.skus += [
                self.market.sell(60, price=price, retail=price + 1_300, supplier=supplier, warranty_hours=1)
                for price in (9_501, 3_333)
            ]
        self.market.fund(5_000_000)
        with transaction(tenancy.platform()) as session:
            advances.set_terms(session, AdvanceTerms(**TERMS))
            for supplier in self.market.suppliers:
                papers.prove(session, Party.SUPPLIER, supplier.id)

    def run(self, steps: int) -> None:
        verbs = (self.sell, self.sell, self.sell, self.settle, self.give_back, self.withdraw, self.conclude,
                 self.deposit, self.advance)  # fmt: skip
        self.attempt(verbs, steps)

    def attempt(self, verbs: Sequence[Callable[[], object]], steps: int) -> None:
        for _ in range(steps):
            verb = self.dice.choice(verbs)
            name = getattr(verb, "__name__", "")
            try:
                self.done[name] += bool(verb())
            except MeshError:
                self.refused[name] += 1

    def sell(self) -> bool:
        return bool(self.market.wallet_order((self.dice.choice(self.skus), self.dice.randint(1, 3))))

    def settle(self) -> int:
        """Some of what is delivered has waited long enough."""
        with transaction(tenancy.platform()) as session:
            held = OrderUnit.settled_at.is_(None), OrderUnit.status == UnitStatus.DELIVERED
            some = session.scalars(select(OrderUnit.id).where(*held).order_by(OrderUnit.id)).all()
            chosen = self.dice.sample(list(some), k=len(some) // 2)
            past = clock.now() - timedelta(minutes=1)
            session.execute(update(OrderUnit).where(OrderUnit.id.in_(chosen)).values(hold_until=past))
        with transaction(tenancy.trade(self.market.tenant_id)) as session:
            return settle_tenant(session, tenant_id=self.market.tenant_id, at=clock.now()).units

    def give_back(self) -> bool:
        with transaction(tenancy.platform()) as session:
            units = session.scalars(select(OrderUnit.id).where(OrderUnit.status == UnitStatus.DELIVERED)).all()
        if not units:
            return False
        with transaction(tenancy.trade(self.market.tenant_id)) as session:
            unit_id = self.dice.choice(sorted(units))
            refund_unit(session, tenant_id=self.market.tenant_id, unit_id=unit_id, reason="dice")
        return True

    def withdraw(self) -> bool:
        owner, amount = self._supplier(), Money(self.dice.randint(1, 150_00), CNY)
        with transaction(tenancy.supplier(owner)) as session:
            withdrawals.request(session, party=Party.SUPPLIER, owner_id=owner, amount=amount)
        return True

    def conclude(self) -> bool:
        """Paid, refused, or paid and sent back by the bank."""
        with transaction(tenancy.platform()) as session:
            waiting = select(Withdrawal.id).where(Withdrawal.status == WithdrawalStatus.REQUESTED)
            ids = session.scalars(waiting.order_by(Withdrawal.id)).all()
            if not ids:
                return False
            chosen, end = self.dice.choice(ids), self.dice.choice(("paid", "refused", "returned"))
            if end == "refused":
                withdrawals.decide(session, withdrawal_id=chosen, outcome=WithdrawalStatus.FAILED)
            else:
                pay(session, chosen)
            if end == "returned":
                withdrawals.conclude(session, withdrawal_id=chosen, outcome=WithdrawalStatus.FAILED)
        return True

    def deposit(self) -> bool:
        owner, amount = self._supplier(), Money(self.dice.randint(1, 50_00), CNY)
        with transaction(tenancy.platform()) as session:
            if self.dice.random() < 0.7:
                deposits.pay_in(session, owner_id=owner, amount=amount, key=f"{new_id()}")
            else:
                deposits.give_back(session, owner_id=owner, amount=amount, reason="dice", key=f"{new_id()}")
        return True

    def advance(self) -> bool:
        owner, amount = self._supplier(), Money(self.dice.randint(1, 200_00), CNY)
        with transaction(tenancy.platform()) as session:
            advances.take(session, owner_id=owner, amount=amount, key=new_id())
        return True

    def _supplier(self) -> uuid.UUID:
        return self.dice.choice(self.market.suppliers).id
