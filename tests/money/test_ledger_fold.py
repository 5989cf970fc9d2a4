"""The fold: exact whatever the order of commits, while others post and read, and after a restore elsewhere."""

import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from cardmesh.app import create_app
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.ids import new_id
from cardmesh.money.ledger.queries import STORED_BALANCES
from cardmesh.money.ledger.service import balance, balances, fold, post, prove, refold, trial_balance
from cardmesh.money.models import AccountKind
from cardmesh.settings import Settings
from tests.fixtures.restore import age, restored
from tests.money.books import answers, credit, debit, gift, together

AVAILABLE, PENDING = AccountKind.AVAILABLE, AccountKind.PENDING


def folded() -> int:
    with transaction(tenancy.platform()) as session:
        return fold(session)


def give(owner: UUID, key: str, minor: int) -> None:
    with transaction(tenancy.platform()) as session:
        post(session, key=key, kind="credit", legs=gift(owner, minor))


def wronged() -> UUID:
    """An owner of 100 whose snapshot is one short."""
    owner = new_id()
    give(owner, "a", 100)
    folded()
    with transaction(tenancy.platform()) as session:
        wrong = "update balance_snapshots set balance_minor = balance_minor - 1 where owner_id = :id"
        session.execute(text(wrong), {"id": owner})
    return owner


def available(owner: UUID) -> int:
    with transaction(tenancy.platform()) as session:
        return balance(session, owner_id=owner, kind=AVAILABLE, currency="CNY")


def test_a_fold_moves_every_posting_once(app: Flask) -> None:
    owner = new_id()
    give(owner, "a", 100)
    give(owner, "b", 20)
    assert (folded(), folded()) == (4, 0)
    give(owner, "c", 3)
    assert available(owner) == 123
    assert (folded(), folded()) == (2, 0)
    assert available(owner) == 123


def test_a_transaction_that_began_first_and_ended_last_is_not_lost(app: Flask) -> None:
    """By `id > last` or by time the slow one's postings would be passed over: sequence order is not commit order."""
    slow, fast = new_id(), new_id()
    posted, may_commit = Event(), Event()

    def slow_poster() -> None:
        with transaction(tenancy.platform()) as session:
            post(session, key="slow", kind="credit", legs=gift(slow, 100))
            posted.set()
            assert may_commit.wait(timeout=60)

    def the_others() -> None:
        assert posted.wait(timeout=60)
        try:
            give_elsewhere = [debit(AccountKind.PAID_OUT, 7), credit(AVAILABLE, 7, owner=fast)]
            with transaction(tenancy.platform()) as session:
                post(session, key="fast", kind="credit", legs=give_elsewhere)
            assert folded() == 0, "nothing younger than a running transaction is final"
            assert available(fast) == 7, "but it is in the tail"
        finally:
            may_commit.set()

    answers(together(app, [slow_poster, the_others]), IntegrityError)
    assert available(slow) == 100, "it has the very id up to which was folded"
    assert folded() == 4
    assert (available(slow), available(fast)) == (100, 7)
    with transaction(tenancy.platform()) as session:
        assert prove(session).sound


def test_writers_folders_and_readers_at_once(app: Flask) -> None:
    """Money moves between two states of each wallet: every reader sees the same total, whatever is folded meanwhile."""
    owners = [new_id() for _ in range(4)]
    for number, owner in enumerate(owners):
        give(owner, f"start {number}", 1_000)
    done, seed = Event(), random.randrange(10**6)
    print(f"seed {seed}")

    def writer(number: int) -> int:
        chance = random.Random(seed + number)
        for step in range(60):
            owner, minor = chance.choice(owners), chance.randint(1, 50)
            legs = [debit(AVAILABLE, minor, owner=owner), credit(PENDING, minor, owner=owner)]
            with transaction(tenancy.platform()) as session:
                post(session, key=f"move {number} {step}", kind="move", legs=legs)
                if chance.random() < 0.2:  # a transaction that others overtake
                    session.execute(text("select pg_sleep(0.01)"))
        return 0

    def folder() -> int:
        moved = 0
        while not done.is_set():
            moved += folded()
        return moved

    def reader() -> int:
        reads = 0
        while not done.is_set():
            for owner in owners:
                with transaction(tenancy.platform()) as session:
                    kinds = balances(session, owner_id=owner)["CNY"]
                assert sum(kinds.values()) == 1_000, kinds
                reads += 1
        return reads

    def auditor() -> int:
        """The whole book, from the same snapshots and tails."""
        while not done.is_set():
            with transaction(tenancy.platform()) as session:
                seen = trial_balance(session)
            wallets = sum(seen.kinds.get(("CNY", kind), 0) for kind in (AVAILABLE, PENDING))
            assert seen.balanced and wallets == -1_000 * len(owners), seen
        return 1

    def writers() -> int:
        try:
            good, _ = answers(together(app, [lambda n=n: writer(n) for n in range(4)]), IntegrityError)
            return sum(good)
        finally:
            done.set()

    results, _ = answers(together(app, [writers, folder, folder, reader, reader, auditor]), IntegrityError)
    _, *moved_and_read = results
    assert sum(moved_and_read[:2]) > 0, "no fold met a writer"
    assert all(moved_and_read[2:]), "a reader read nothing"
    folded()
    with transaction(tenancy.platform()) as session:
        proof = prove(session)
        assert proof.sound, proof
        assert session.execute(text("select count(*) from postings")).scalar_one() == 8 + 4 * 60 * 2


def test_the_trial_balance_reads_no_more_than_the_tail(app: Flask, settings: Settings) -> None:
    """Equal to the full scan, and by index, however many postings there are."""
    owners = [new_id() for _ in range(20)]
    for number in range(600):
        give(owners[number % 20], f"g {number}", number + 1)
    folded()
    give(owners[0], "tail", 5)
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("analyze postings")
    with transaction(tenancy.platform()) as session:
        seen, proof = trial_balance(session), prove(session)
        plan = "\n".join(session.scalars(text(f"explain {STORED_BALANCES.text}")))
    assert (seen.rows, seen.accounts) == (proof.rows, proof.accounts) and proof.sound
    assert seen.kinds["CNY", AVAILABLE] == -(600 * 601 // 2 + 5)
    assert "postings_xid_idx" in plan and "Seq Scan on postings" not in plan, plan


def test_the_trial_balance_sees_what_the_sums_can_show(app: Flask) -> None:
    wronged()
    with transaction(tenancy.platform()) as session:
        seen = trial_balance(session)
    assert not seen.balanced and [row.difference_minor for row in seen.rows] == [-1]


def test_the_proof_sees_a_wrong_snapshot(app: Flask) -> None:
    owner = wronged()
    with transaction(tenancy.platform()) as session:
        proof = prove(session)
        assert not proof.derived_equals_stored and not proof.sound
        assert [(wrong.owner_id, wrong.derived_minor, wrong.stored_minor) for wrong in proof.mismatches] == [
            (owner, -100, -101)
        ]
        refold(session)
        assert prove(session).sound


def test_the_proof_sees_an_entry_that_does_not_balance(app: Flask, settings: Settings) -> None:
    owner = new_id()
    give(owner, "a", 100)
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("select set_config('app.realm', 'platform', false)")
        connection.execute("alter table postings disable trigger postings_no_change")
        connection.execute("update postings set amount_minor = amount_minor - 1 where owner_id = %s", [owner])
    with transaction(tenancy.platform()) as session:
        proof = prove(session)
        assert [row.difference_minor for row in proof.rows] == [-1]
        assert len(proof.unbalanced) == 1 and not proof.sound


@pytest.fixture
def elsewhere(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """The books of `app`, folded far into its server's transaction ids, dumped, restored into a fresh server."""
    age(settings)
    folded()
    with restored(settings, tmp_path) as there:
        yield there


def test_after_a_restore_the_ledger_refuses_to_lose_money_until_it_is_refolded(
    app: Flask, settings: Settings, request: pytest.FixtureRequest
) -> None:
    owner = new_id()
    give(owner, "before", 100)
    there = create_app(request.getfixturevalue("elsewhere"))
    with there.app_context():
        with transaction(tenancy.platform()) as session:
            assert prove(session).refold_needed
        with pytest.raises(IntegrityError, match="behind the fold"):
            give(owner, "after", 20)
        with transaction(tenancy.platform()) as session:
            refold(session)
        give(owner, "after", 20)
        folded()
        give(owner, "later", 3)
        assert available(owner) == 123
        with transaction(tenancy.platform()) as session:
            assert prove(session).sound
        db.session.remove()
        db.engine.dispose()
