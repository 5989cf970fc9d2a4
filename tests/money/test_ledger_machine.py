"""Thousands of random steps against a model that a child could check: a dict of balances.

Each example trades in a currency of its own, so that one database serves them all and the model starts at zero.
"""

import uuid
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError
from cardmesh.kit.ids import NIL, new_id
from cardmesh.kit.money import split_by_weights
from cardmesh.money.ledger.errors import InsufficientFunds, LedgerConflict
from cardmesh.money.ledger.rules import Entry, Leg, reversed_legs
from cardmesh.money.ledger.service import (
    balances,
    fold,
    legs_of,
    post_many,
    prove,
    refold,
    require_funds,
    trial_balance,
)
from cardmesh.money.models import AccountKind

EXAMPLES, STEPS = 20, 120
AVAILABLE, PENDING, TRANSIT = AccountKind.AVAILABLE, AccountKind.PENDING, AccountKind.IN_TRANSIT
amounts = st.one_of(st.integers(1, 9), st.integers(1, 10**6), st.integers(10**11, 10**12))
_currencies = (f"{a}{b}{c}" for a in "QXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for c in "0123456789")


class Rollback(Exception):
    pass


class Books(RuleBasedStateMachine):
    """Sales, refunds of a part, chargebacks, fees, settlements, holds, withdrawals — repeated, rolled back, folded."""

    def __init__(self) -> None:
        super().__init__()
        self.currency = next(_currencies)
        self.parties = [new_id() for _ in range(3)]
        self.model: dict[tuple[uuid.UUID, AccountKind], int] = defaultdict(int)
        self.posted: dict[str, tuple[Entry, uuid.UUID]] = {}
        self.reversed: set[str] = set()
        self.keys = count()

    def entry(self, kind: str, *moves: tuple[uuid.UUID, AccountKind, int], **more: Any) -> Entry:
        legs = [Leg(owner, account, minor, self.currency) for owner, account, minor in moves]
        return Entry(key=f"{self.currency} {next(self.keys)}", kind=kind, legs=legs, **more)

    def commit(self, *entries: Entry) -> None:
        with transaction(tenancy.platform()) as session:
            done = post_many(session, entries)
        for entry, posted in zip(entries, done, strict=True):
            assert posted.fresh
            self.posted[entry.key] = (entry, posted.entry_id)
            for leg in entry.legs:
                self.model[leg.owner_id, leg.kind] += leg.amount_minor

    @rule(retail=amounts, weights=st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any), data=st.data())
    def sale(self, retail: int, weights: list[int], data: st.DataObject) -> None:
        supplier, distributor = (data.draw(st.sampled_from(self.parties)) for _ in "sd")
        parts = split_by_weights(retail, weights)
        self.commit(
            self.entry("payment", (NIL, AccountKind.GATEWAY, retail), (NIL, AccountKind.CLEARING, -retail)),
            self.entry(
                "sale",
                (NIL, AccountKind.CLEARING, retail),
                (supplier, PENDING, -parts[0]),
                (NIL, AccountKind.REVENUE, -parts[1]),
                (distributor, PENDING, -parts[2]),
            ),
        )

    @rule(minor=amounts, data=st.data())
    def settle_or_hold(self, minor: int, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from(self.parties))
        source, target = data.draw(st.permutations([PENDING, AVAILABLE, AccountKind.HELD, AccountKind.DEPOSIT]))[:2]
        self.commit(self.entry("settlement", (owner, source, minor), (owner, target, -minor)))

    @rule(minor=amounts, data=st.data())
    def fee_or_chargeback(self, minor: int, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from(self.parties))
        other = data.draw(st.sampled_from([AccountKind.REVENUE, AccountKind.GATEWAY, AccountKind.ADJUSTMENT]))
        self.commit(self.entry("fee", (owner, AVAILABLE, minor), (NIL, other, -minor)))

    @rule(minor=amounts, data=st.data())
    def withdraw(self, minor: int, data: st.DataObject) -> None:
        """The funds check agrees with the model, and what is refused changes nothing."""
        owner = data.draw(st.sampled_from(self.parties))
        entry = self.entry("withdrawal", (owner, AVAILABLE, minor), (owner, TRANSIT, -minor))
        enough = -self.model[owner, AVAILABLE] >= minor
        try:
            with transaction(tenancy.platform()) as session:
                require_funds(session, owner_id=owner, currency=self.currency, amount_minor=minor)
        except InsufficientFunds:
            assert not enough
        else:
            assert enough
            self.commit(entry)

    @precondition(lambda self: self.posted.keys() - self.reversed)
    @rule(data=st.data(), percent=st.integers(1, 100))
    def refund(self, data: st.DataObject, percent: int) -> None:
        """All of an entry mirrored, or a part of it that still adds up."""
        key = data.draw(st.sampled_from(sorted(self.posted.keys() - self.reversed)))
        _, entry_id = self.posted[key]
        with transaction(tenancy.platform()) as session:
            mirror = reversed_legs(legs_of(session, entry_id=entry_id))
        self.reversed.add(key)
        if percent < 50 and len(mirror) == 2:
            part = max(abs(mirror[0].amount_minor) * percent // 100, 1)
            mirror = [replace(leg, amount_minor=part if leg.amount_minor > 0 else -part) for leg in mirror]
        self.commit(self.entry("refund", *((x.owner_id, x.kind, x.amount_minor) for x in mirror), reverses_id=entry_id))

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def again(self, data: st.DataObject) -> None:
        entry, entry_id = self.posted[data.draw(st.sampled_from(sorted(self.posted)))]
        with transaction(tenancy.platform()) as session:
            assert post_many(session, [entry, entry]) == [(entry_id, False)] * 2

    @precondition(lambda self: self.posted)
    @rule(data=st.data(), more=amounts)
    def again_with_other_content(self, data: st.DataObject, more: int) -> None:
        entry, _ = self.posted[data.draw(st.sampled_from(sorted(self.posted)))]
        legs = [
            *entry.legs,
            Leg(NIL, AccountKind.GATEWAY, more, self.currency),
            Leg(NIL, AccountKind.HELD, -more, self.currency),
        ]
        with pytest.raises(LedgerConflict), transaction(tenancy.platform()) as session:
            post_many(session, [Entry(key=entry.key, kind=entry.kind, legs=legs, reverses_id=entry.reverses_id)])

    @rule(minor=amounts, off=st.sampled_from([-1, 1]))
    def unbalanced(self, minor: int, off: int) -> None:
        entry = self.entry("odd", (NIL, AccountKind.GATEWAY, minor), (NIL, AccountKind.CLEARING, -minor + off))
        with pytest.raises(MeshError), transaction(tenancy.platform()) as session:
            post_many(session, [entry])

    @rule(minor=amounts, data=st.data())
    def rolled_back(self, minor: int, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from(self.parties))
        entry = self.entry("lost", (owner, AVAILABLE, minor), (owner, AccountKind.HELD, -minor))
        with pytest.raises(Rollback), transaction(tenancy.platform()) as session:
            post_many(session, [entry])
            raise Rollback

    @rule(anew=st.sampled_from([False, False, False, True]))
    def fold(self, anew: bool) -> None:
        with transaction(tenancy.platform()) as session:
            refold(session) if anew else fold(session)

    @invariant()
    def every_wallet_shows_what_the_model_says(self) -> None:
        with transaction(tenancy.platform()) as session:
            shown = {
                (owner, kind): -minor
                for owner in (*self.parties, NIL)
                for kind, minor in balances(session, owner_id=owner).get(self.currency, {}).items()
                if minor
            }
            seen = trial_balance(session).kinds
        assert shown == {account: minor for account, minor in self.model.items() if minor}
        kinds: Counter[str] = Counter()
        for (_, kind), minor in self.model.items():
            kinds[kind] += minor
        assert {kind: minor for (currency, kind), minor in seen.items() if minor and currency == self.currency} == {
            kind: minor for kind, minor in kinds.items() if minor
        }

    def teardown(self) -> None:
        assert sum(self.model.values()) == 0
        with transaction(tenancy.platform()) as session:
            proof, seen = prove(session), trial_balance(session)
        assert proof.sound, proof
        assert (seen.rows, seen.accounts, seen.balanced) == (proof.rows, proof.accounts, True)
        STATISTICS["examples"] += 1
        STATISTICS["entries"] += len(self.posted)


STATISTICS = {"examples": 0, "entries": 0}


@pytest.mark.timeout(900)  # half a minute on a machine of one's own
def test_random_histories(app: Flask) -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            phases=[
                Phase.generate
            ],  # every step is a real transaction: reading a long story is faster than shrinking it
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    print(STATISTICS)
    assert STATISTICS["entries"] > EXAMPLES * 10, "hardly anything was posted"
