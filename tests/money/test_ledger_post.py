"""Posting: balanced, merged, idempotent, also when the same thing is posted from everywhere at once."""

from threading import Event
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy import table as sql_table

from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.errors import NotFound
from cardmesh.kit.ids import NIL, new_id
from cardmesh.money.ledger.errors import EmptyEntry, InsufficientFunds, LedgerConflict, UnbalancedEntry
from cardmesh.money.ledger.service import (
    Entry,
    Leg,
    balance,
    legs_of,
    lock_wallet,
    post,
    post_many,
    prove,
    require_funds,
    reverse,
)
from cardmesh.money.models import AccountKind
from tests.money.books import answers, credit, debit, gift, together

AVAILABLE, PENDING = AccountKind.AVAILABLE, AccountKind.PENDING


def count(table: str) -> int:
    with transaction(tenancy.platform()) as session:
        return session.execute(select(func.count()).select_from(sql_table(table))).scalar_one()


def test_legs_of_one_account_are_added_up_and_zeros_dropped(app: Flask) -> None:
    owner = new_id()
    legs = [*gift(owner, 300), *gift(owner, 200), debit(PENDING, 50, owner=owner), credit(PENDING, 50, owner=owner)]
    with transaction(tenancy.platform()) as session:
        entry = post(session, key="k", kind="credit", legs=legs)
        assert legs_of(session, entry_id=entry) == [
            Leg(NIL, AccountKind.ADJUSTMENT, 500, "CNY"),
            Leg(owner, AVAILABLE, -500, "CNY"),
        ]


def test_an_entry_may_mix_currencies_if_each_balances(app: Flask) -> None:
    owner = new_id()
    with transaction(tenancy.platform()) as session:
        post(session, key="k", kind="credit", legs=[*gift(owner, 300), *gift(owner, 40, currency="USD")])
        assert balance(session, owner_id=owner, kind=AVAILABLE, currency="USD") == 40
        assert [(row.currency, row.difference_minor) for row in prove(session).rows] == [("CNY", 0), ("USD", 0)]


@pytest.mark.parametrize(
    "legs",
    [
        [debit(AVAILABLE, 5, owner=NIL)],
        [debit(AVAILABLE, 5), credit(PENDING, 4)],
        [debit(AVAILABLE, 5), credit(PENDING, 5, currency="USD")],
        [debit(AVAILABLE, 10**15 + 1), credit(PENDING, 10**15 + 1)],
    ],
    ids=["one leg", "off by one", "two currencies", "beyond any real amount"],
)
def test_what_does_not_balance_is_refused_and_changes_nothing(app: Flask, legs: list[Leg]) -> None:
    with pytest.raises(UnbalancedEntry), transaction(tenancy.platform()) as session:
        post(session, key="k", kind="odd", legs=legs)
    assert (count("journal_entries"), count("ledger_accounts")) == (0, 0)


def test_the_same_key_with_the_same_content_is_the_first_entry(app: Flask) -> None:
    owner = new_id()
    entries = []
    for legs in (gift(owner, 300), list(reversed(gift(owner, 300))), [*gift(owner, 100), *gift(owner, 200)]):
        with transaction(tenancy.platform()) as session:
            entries.append(post(session, key="k", kind="credit", legs=legs, reference=f"try {len(entries)}"))
    assert len(set(entries)) == 1
    assert count("postings") == 2


def test_an_entry_that_moves_nothing_is_a_bug(app: Flask) -> None:
    owner = new_id()
    with pytest.raises(EmptyEntry), transaction(tenancy.platform()) as session:
        post(session, key="k", kind="odd", legs=[debit(PENDING, 5, owner=owner), credit(PENDING, 5, owner=owner)])


@pytest.mark.parametrize("changed", ["amount", "owner", "kind", "cause"])
def test_the_same_key_with_other_content_is_an_error(app: Flask, changed: str) -> None:
    owner = new_id()
    with transaction(tenancy.platform()) as session:
        post(session, key="k", kind="credit", legs=gift(owner, 300))
    with pytest.raises(LedgerConflict), transaction(tenancy.platform()) as session:
        post(
            session,
            key="k",
            kind="gift" if changed == "kind" else "credit",
            legs=gift(new_id() if changed == "owner" else owner, 301 if changed == "amount" else 300),
            reference_id=new_id() if changed == "cause" else None,
        )
    assert (count("journal_entries"), count("postings")) == (1, 2)


def test_many_at_once_answer_in_order_and_say_what_was_new(app: Flask) -> None:
    owner = new_id()
    entries = [Entry(key=f"k{n}", kind="credit", legs=gift(owner, n)) for n in (3, 1, 2)]
    with transaction(tenancy.platform()) as session:
        (first,) = post_many(session, entries[1:2])
        posted = post_many(session, entries)
        assert [p.fresh for p in posted] == [True, False, True]
        assert posted[1].entry_id == first.entry_id
        assert [-legs_of(session, entry_id=p.entry_id)[1].amount_minor for p in posted] == [3, 1, 2]
        assert balance(session, owner_id=owner, kind=AVAILABLE, currency="CNY") == 6


def test_racing_posters_of_one_key_agree(app: Flask) -> None:
    owner = new_id()

    def poster() -> object:
        with transaction(tenancy.platform()) as session:
            return post(session, key="k", kind="credit", legs=gift(owner, 300))

    good, _ = answers(together(app, [poster] * 12), LedgerConflict)
    assert len(good) == 12 and len(set(good)) == 1
    assert (count("journal_entries"), count("postings"), count("ledger_accounts")) == (1, 2, 2)


def test_of_racing_posters_with_different_content_one_wins(app: Flask) -> None:
    owner = new_id()

    def poster(minor: int) -> int:
        with transaction(tenancy.platform()) as session:
            post(session, key="k", kind="credit", legs=gift(owner, minor))
            return minor

    won, lost = answers(together(app, [lambda n=n: poster(n) for n in range(1, 9)]), LedgerConflict)
    assert (len(won), len(lost)) == (1, 7)
    with transaction(tenancy.platform()) as session:
        assert balance(session, owner_id=owner, kind=AVAILABLE, currency="CNY") == won[0]


def test_overlapping_batches_in_opposite_order_do_not_deadlock(app: Flask) -> None:
    """Both batches are made to wait in the middle, so that taking keys as given would certainly end in a circle."""
    owner = new_id()
    first, middle, last = (Entry(key=key, kind="credit", legs=gift(owner, 1)) for key in ("a", "m", "z"))
    middle_taken = Event()
    with transaction(tenancy.platform()) as session:  # the accounts are there, so that nobody waits for those
        post(session, key="before", kind="credit", legs=gift(owner, 1))

    def holder() -> int:
        with transaction(tenancy.platform()) as session:
            post_many(session, [middle])
            middle_taken.set()
            wait_for_waiters(2)
            session.rollback()
        return 0

    def poster(batch: list[Entry]) -> int:
        assert middle_taken.wait(timeout=60)
        with transaction(tenancy.platform()) as session:
            return sum(posted.fresh for posted in post_many(session, batch))

    tasks = [holder, lambda: poster([first, middle, last]), lambda: poster([last, middle, first])]
    good, _ = answers(together(app, tasks), LedgerConflict)
    assert sum(good) == 3
    assert count("postings") == 8


def wait_for_waiters(number: int) -> None:
    """Until so many other sessions wait for a lock."""
    waiting = text(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    )
    with db.engine.connect() as connection:
        for _ in range(1_200):
            if connection.execute(waiting).scalar_one() == number:
                return
            connection.rollback()
            sleep(0.05)
    raise AssertionError("nobody waits")


def test_accounts_of_a_rolled_back_transaction_are_made_again(app: Flask) -> None:
    owner = new_id()
    with pytest.raises(RuntimeError, match="changed my mind"), transaction(tenancy.platform()) as session:
        post(session, key="k", kind="credit", legs=gift(owner, 300))
        post(session, key="l", kind="credit", legs=gift(owner, 300))
        raise RuntimeError("changed my mind")
    with transaction(tenancy.platform()) as session:
        post(session, key="k", kind="credit", legs=gift(owner, 300))
        assert balance(session, owner_id=owner, kind=AVAILABLE, currency="CNY") == 300


def test_an_entry_is_reversed_once(app: Flask) -> None:
    owner = new_id()
    with transaction(tenancy.platform()) as session:
        entry = post(session, key="k", kind="credit", legs=gift(owner, 300))
        mirror = reverse(session, entry_id=entry, key="undo")
        assert reverse(session, entry_id=entry, key="undo") == mirror
        assert balance(session, owner_id=owner, kind=AVAILABLE, currency="CNY") == 0
    with pytest.raises(LedgerConflict), transaction(tenancy.platform()) as session:
        reverse(session, entry_id=entry, key="undo again")
    with pytest.raises(NotFound), transaction(tenancy.platform()) as session:
        reverse(session, entry_id=new_id(), key="undo nothing")
    assert count("journal_entries") == 2


def test_two_spenders_of_one_wallet_take_turns(app: Flask) -> None:
    owner = new_id()
    with transaction(tenancy.platform()) as session:
        post(session, key="k", kind="credit", legs=gift(owner, 100))

    def spender(number: int) -> int:
        with transaction(tenancy.trade(owner)) as session:
            require_funds(session, owner_id=owner, currency="CNY", amount_minor=30)
            legs = [debit(AVAILABLE, 30, owner=owner), credit(AccountKind.REVENUE, 30)]
            post(session, key=f"spend {number}", kind="purchase", legs=legs)
            return number

    bought, refused = answers(together(app, [lambda n=n: spender(n) for n in range(8)]), InsufficientFunds)
    assert (len(bought), len(refused)) == (3, 5)
    with transaction(tenancy.platform()) as session:
        assert balance(session, owner_id=owner, kind=AVAILABLE, currency="CNY") == 10


def test_income_does_not_wait_for_a_locked_wallet(app: Flask) -> None:
    owner = new_id()

    def income() -> None:
        with transaction(tenancy.platform()) as session:
            session.execute(text("set local lock_timeout = '5s'"))
            post(session, key="k", kind="credit", legs=gift(owner, 100))

    with transaction(tenancy.platform()) as session:
        post(session, key="j", kind="credit", legs=gift(owner, 1))
    with transaction(tenancy.trade(owner)) as session:
        assert lock_wallet(session, owner_id=owner, currency="CNY") == 1
        answers(together(app, [income]), LedgerConflict)
        assert balance(session, owner_id=owner, kind=AVAILABLE, currency="CNY") == 101


def test_a_refusal_says_what_is_there(app: Flask) -> None:
    owner = new_id()
    with pytest.raises(InsufficientFunds) as caught, transaction(tenancy.trade(owner)) as session:
        require_funds(session, owner_id=owner, currency="CNY", amount_minor=30)
    assert (caught.value.code, caught.value.status) == ("insufficient_funds", 402)
    assert caught.value.extra["available"] == {"amount": 0, "currency": "CNY"}
    assert caught.value.message("zh-CN") != caught.value.message("en")
