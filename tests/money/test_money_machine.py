"""Random histories of parties: withdrawals, payout runs, results of banks, deposits, disputes, advances, settlements.

The verbs are the real ones; the model beside them is a dict of balances that a child could check. After each step every
wallet shows what the model says and the books add up. `--long` takes 50,000 steps.
"""

import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from cardmesh.identity.models import Party
from cardmesh.identity.settings import service as settings
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError
from cardmesh.kit.ids import NIL, new_id
from cardmesh.kit.money import Money
from cardmesh.kit.tenancy import Actor
from cardmesh.money.advances import rules
from cardmesh.money.advances import service as advances
from cardmesh.money.advances.models import AdvanceTerms
from cardmesh.money.deposits import service as deposits
from cardmesh.money.ledger import service as ledger
from cardmesh.money.ledger.service import Leg
from cardmesh.money.models import AccountKind, Withdrawal, WithdrawalStatus
from cardmesh.money.payouts import execution, queries, runs, terms
from cardmesh.money.payouts.models import LineStatus, Method, PayoutLine, PayoutRun, RunStatus, Schedule
from cardmesh.money.payouts.providers.base import PayoutFacts, PayoutStatus
from cardmesh.money.payouts.rules import Payee
from cardmesh.money.payouts.terms import Choice
from cardmesh.money.withdrawals import service as withdrawals
from tests.fixtures import papers

CNY = "CNY"
K = AccountKind
STEPS, LONG = 400, 50_000


class Machine:
    """Three parties and the platform; `model` is owner, kind → minor, credits positive."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.parties = [new_id() for _ in range(3)]
        self.model: dict[tuple[uuid.UUID, AccountKind], int] = defaultdict(int)
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.held: list[tuple[uuid.UUID, int]] = []
        with transaction(tenancy.platform()) as session:
            settings.change(session, {"batch_payouts": True})
            self.terms = advances.set_terms(session, AdvanceTerms(
                currency=CNY, enabled=True, pending_permille=600, history_permille=1500, fee_permille=9, least_days=0,
                most_minor=300_00))  # fmt: skip
            for owner in self.parties:
                chosen = Choice(schedule=Schedule.MANUAL, minimum=Money(0, CNY), method=Method.BANK,
                                payee=Payee("王小明", "工商银行", "6222020200001234567"))  # fmt: skip
                terms.choose(session, party=Party.SUPPLIER, owner_id=owner, choice=chosen)
                papers.prove(session, Party.SUPPLIER, owner)

    # What may happen. Each says by its return whether it did; what is refused raises and must change nothing.

    def sale(self) -> bool:
        owner, minor, part = self.party(), self.dice.randint(100, 90_00), self.dice.randint(0, 99)
        self.post("sale", (NIL, K.GATEWAY, -minor - part), (owner, K.PENDING, minor), (NIL, K.REVENUE, part))
        return True

    def settle(self) -> bool:
        owner = self.party()
        if (pending := self.model[owner, K.PENDING]) <= 0:
            return False
        income, cause = self.dice.randint(1, pending), new_id()
        self.post("settlement", (owner, K.PENDING, -income), (owner, K.AVAILABLE, income))
        owed = -self.model[owner, K.ADVANCE]
        part = rules.repayment(owed=owed, income=income, available=self.model[owner, K.AVAILABLE])
        with transaction(tenancy.platform()) as session:
            assert advances.repay(session, {(owner, CNY): income}, cause=cause) == bool(part)
        self.move((owner, K.AVAILABLE, -part), (owner, K.ADVANCE, part))
        return True

    def advance(self) -> bool:
        owner, minor = self.party(), self.dice.randint(2, 120_00)
        with transaction(tenancy.platform()) as session:
            taken = advances.take(session, owner_id=owner, amount=Money(minor, CNY), key=new_id())
        assert taken.fee_minor == -(-minor * 9 // 1000) and self.model[owner, K.AVAILABLE] >= 0
        assert minor - self.model[owner, K.ADVANCE] <= self.model[owner, K.PENDING] * 6 // 10
        self.move((owner, K.ADVANCE, -minor), (owner, K.AVAILABLE, minor - taken.fee_minor),
                  (NIL, K.REVENUE, taken.fee_minor))  # fmt: skip
        return True

    def deposit(self) -> bool:
        owner, minor = self.party(), self.dice.randint(1, 40_00)
        back = self.dice.random() < 0.3
        with transaction(tenancy.platform()) as session:
            given: dict[str, Any] = {"owner_id": owner, "amount": Money(minor, CNY), "key": str(new_id())}
            _ = deposits.give_back(session, reason="x", **given) if back else deposits.pay_in(session, **given)
        sign = -1 if back else 1
        self.move((owner, K.AVAILABLE, -sign * minor), (owner, K.DEPOSIT, sign * minor))
        return True

    def dispute(self) -> bool:
        """A bank takes money and decides later: what is there is held, and freed or borne."""
        owner, minor = self.party(), self.dice.randint(1, 60_00)
        part = min(max(self.model[owner, K.AVAILABLE], 0), minor)
        if not part:
            return False
        self.held.append((owner, part))
        self.post("dispute.held", (owner, K.AVAILABLE, -part), (owner, K.HELD, part))
        return True

    def decide_dispute(self) -> bool:
        if not self.held:
            return False
        owner, part = self.held.pop(self.dice.randrange(len(self.held)))
        self.post("dispute.released", (owner, K.HELD, -part), (owner, K.AVAILABLE, part))
        if self.dice.random() < 0.5:
            more = part + self.dice.randint(0, 30_00)
            available, deposit = self.model[owner, K.AVAILABLE], self.model[owner, K.DEPOSIT]
            from_deposit = min(more - min(more, max(available, 0)), max(deposit, 0))
            self.post("dispute.lost", (owner, K.AVAILABLE, from_deposit - more), (owner, K.DEPOSIT, -from_deposit),
                      (NIL, K.GATEWAY, more))  # fmt: skip
        return True

    def withdraw(self) -> bool:
        owner, minor = self.party(), self.dice.randint(1, 80_00)
        enough = self.model[owner, K.AVAILABLE] >= minor
        try:
            with transaction(tenancy.supplier(owner)) as session:
                asked = withdrawals.request(session, party=Party.SUPPLIER, owner_id=owner, amount=Money(minor, CNY))
                id = asked.id
        except MeshError:
            assert not enough
            raise
        assert enough
        with transaction(tenancy.platform()) as session:
            session.get_one(Withdrawal, id).created_at = runs.cutoff(clock.now()) - clock.TOLERANCE
        self.move((owner, K.AVAILABLE, -minor), (owner, K.IN_TRANSIT, minor))
        return True

    def refuse(self) -> bool:
        with transaction(tenancy.platform()) as session:
            waiting = select(Withdrawal).where(Withdrawal.status == WithdrawalStatus.REQUESTED).order_by(Withdrawal.id)
            row = session.scalars(waiting.limit(1)).first()
            if row is None:
                return False
            withdrawals.decide(session, withdrawal_id=row.id, outcome=WithdrawalStatus.FAILED)
            self.move((row.owner_id, K.IN_TRANSIT, -row.amount_minor), (row.owner_id, K.AVAILABLE, row.amount_minor))
        return True

    def make_run(self) -> bool:
        with transaction(tenancy.platform(Actor("person", new_id()))) as session:
            runs.make(session, method=Method.BANK, currency=CNY)
        return True

    def decide_run(self) -> bool:
        with transaction(tenancy.platform(Actor("person", new_id()))) as session:
            draft = session.scalars(select(PayoutRun.id).where(PayoutRun.status == RunStatus.DRAFT).limit(1)).first()
            if draft is None:
                return False
            verb = runs.approve if self.dice.random() < 0.8 else runs.cancel
            verb(session, run_id=draft)
        return True

    def result(self) -> bool:
        """A bank says of some line that it was paid, or not; again, or otherwise than before."""
        with transaction(tenancy.platform()) as session:
            approved = select(PayoutRun.id).where(PayoutRun.status.in_((RunStatus.APPROVED, RunStatus.DONE)))
            found = session.scalars(select(PayoutLine).where(PayoutLine.run_id.in_(approved)).order_by(PayoutLine.id))
            lines = [(row.id, row.owner_id, row.amount_minor, row.status) for row in found]
        if not lines:
            return False
        id, owner, minor, was = self.dice.choice(lines[-6:])
        said = self.dice.choice((PayoutStatus.PAID, PayoutStatus.PAID, PayoutStatus.FAILED))
        with transaction(tenancy.platform()) as session:
            new = execution.settle(session, line_id=id, facts=PayoutFacts(status=said))
        live = was in queries.LIVE
        assert new == (live or (was == LineStatus.PAID and said is PayoutStatus.FAILED))
        if live and said is PayoutStatus.PAID:
            self.move((owner, K.IN_TRANSIT, -minor), (NIL, K.PAID_OUT, minor))
        elif live:
            self.move((owner, K.IN_TRANSIT, -minor), (owner, K.AVAILABLE, minor))
        elif new:
            self.move((NIL, K.PAID_OUT, -minor), (owner, K.AVAILABLE, minor))
        return new

    def fold(self) -> bool:
        with transaction(tenancy.platform()) as session:
            return ledger.fold(session) > 0

    # The rest is bookkeeping.

    def party(self) -> uuid.UUID:
        return self.dice.choice(self.parties)

    def move(self, *moves: tuple[uuid.UUID, AccountKind, int]) -> None:
        for owner, kind, minor in moves:
            self.model[owner, kind] += minor

    def post(self, kind: str, *moves: tuple[uuid.UUID, AccountKind, int]) -> None:
        legs = [Leg(owner, account, -minor, CNY) for owner, account, minor in moves]
        with transaction(tenancy.platform()) as session:
            ledger.post(session, key=str(new_id()), kind=kind, legs=legs)
        self.move(*moves)

    def check(self) -> None:
        """The laws that can be seen after each step."""
        with transaction(tenancy.platform()) as session:
            shown = {
                (owner, kind): minor
                for owner in (*self.parties, NIL)
                for kind, minor in ledger.balances(session, owner_id=owner).get(CNY, {}).items()
                if minor
            }
        assert shown == {account: minor for account, minor in self.model.items() if minor}
        assert sum(self.model.values()) == 0
        for owner in self.parties:
            assert min(self.model[owner, kind] for kind in (K.PENDING, K.HELD, K.IN_TRANSIT, K.DEPOSIT)) >= 0
            assert self.model[owner, K.ADVANCE] <= 0

    def run(self, steps: int) -> None:
        verbs: list[Callable[[], bool]] = [
            self.sale, self.sale, self.settle, self.settle, self.advance, self.deposit, self.dispute,
            self.decide_dispute, self.withdraw, self.withdraw, self.refuse, self.make_run, self.decide_run,
            self.result, self.result, self.fold,
        ]  # fmt: skip
        for _ in range(steps):
            verb = self.dice.choice(verbs)
            try:
                self.done[verb.__name__] += verb()
            except MeshError as error:
                self.refused[f"{verb.__name__} {error.code}"] += 1
            self.check()
        with transaction(tenancy.platform()) as session:
            assert ledger.prove(session).sound


@pytest.mark.timeout(7200)
def test_random_histories_of_parties(app: Flask, pytestconfig: pytest.Config) -> None:
    steps = LONG if pytestconfig.getoption("--long") else STEPS
    seed = random.randrange(10**6)
    print(f"seed {seed}, {steps} steps")
    machine = Machine(seed)
    machine.run(steps)
    print(dict(machine.done), dict(machine.refused))
    assert min(machine.done[verb] for verb in ("sale", "settle", "withdraw", "deposit", "dispute", "result")) >= 5
    assert machine.done["advance"] >= 1 and machine.refused, "nothing was refused"
