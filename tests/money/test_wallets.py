"""Wallets: balances by state, credits by the operator, statements page by page and as spreadsheets."""

import random

import pytest
from flask import Flask

from cardmesh.identity.audit.service import trail
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import NotFound, ValidationFailed
from cardmesh.kit.ids import NIL, new_id
from cardmesh.kit.money import Money
from cardmesh.money.ledger.errors import LedgerConflict
from cardmesh.money.ledger.service import fold, post
from cardmesh.money.models import AccountKind
from cardmesh.money.wallets.rules import Balances, StatementLine
from cardmesh.money.wallets.service import credit, statement, wallet
from tests.money.books import credit as credited
from tests.money.books import debit, gift

AVAILABLE = AccountKind.AVAILABLE


def test_every_state_and_currency_is_shown(app: Flask) -> None:
    owner = new_id()
    with transaction(tenancy.platform()) as session:
        for minor, kind in enumerate(("available", "pending", "held", "in_transit", "deposit"), start=1):
            legs = [debit(AccountKind.ADJUSTMENT, minor), credited(AccountKind(kind), minor, owner=owner)]
            post(session, key=kind, kind="credit", legs=legs)
        post(session, key="usd", kind="credit", legs=gift(owner, 7, currency="USD"))
    with transaction(tenancy.tenant(owner)) as session:
        assert wallet(session, owner_id=owner) == [
            Balances("CNY", available=1, pending=2, held=3, in_transit=4, deposit=5),
            Balances("USD", available=7),
        ]
    with transaction(tenancy.tenant(new_id())) as session:
        assert wallet(session, owner_id=owner) == [], "a neighbour sees nothing, whatever id it sends"
        assert statement(session, owner_id=owner).lines == []


def test_a_credit_is_posted_and_audited_once(app: Flask) -> None:
    owner, entries = new_id(), set()
    for _ in range(3):
        with transaction(tenancy.platform()) as session:
            entries.add(credit(session, owner_id=owner, amount=Money(500, "CNY"), reason="campaign", key="c1"))
    with transaction(tenancy.platform()) as session:
        (balances,) = wallet(session, owner_id=owner)
        assert balances.available == 500
        (record,) = trail(session, party_id=owner)
        assert (record.action, record.reason, record.subject_id) == ("wallet.credited", "campaign", *entries)
        assert record.details == {"amount": 500, "currency": "CNY"}
    with pytest.raises(LedgerConflict), transaction(tenancy.platform()) as session:
        credit(session, owner_id=owner, amount=Money(501, "CNY"), reason="campaign", key="c1")


@pytest.mark.parametrize(("minor", "reason"), [(0, "why"), (-5, "why"), (10**16, "why"), (5, " ")])
def test_a_credit_that_makes_no_sense(app: Flask, minor: int, reason: str) -> None:
    with pytest.raises(ValidationFailed), transaction(tenancy.platform()) as session:
        credit(session, owner_id=new_id(), amount=Money(minor, "CNY"), reason=reason, key="c1")


@pytest.fixture
def busy(app: Flask) -> list[StatementLine]:
    """A wallet with 60 movements in two currencies, some folded; its statement added up here, oldest first."""
    owner, chance = new_id(), random.Random(7)
    expected = []
    running: dict[str, tuple[int, int]] = {}
    for number in range(60):
        currency = chance.choice(("CNY", "CNY", "USD"))
        kind = chance.choice((AVAILABLE, AVAILABLE, AccountKind.PENDING))
        minor = chance.choice((-1, 1)) * chance.randint(1, 900)
        legs = [
            debit(AccountKind.ADJUSTMENT, minor, currency=currency),
            credited(kind, minor, owner=owner, currency=currency),
        ]
        with transaction(tenancy.platform()) as session:
            post(session, key=f"n{number}", kind="credit", legs=legs, reference=f"=movement {number}")
            if number in (20, 40):
                fold(session)
        total, available = running.get(currency, (0, 0))
        running[currency] = (total + minor, available + (minor if kind is AVAILABLE else 0))
        expected.append((owner, currency, minor, *running[currency]))
    return expected


def test_pages_of_any_size_give_the_same_running_balances(busy: list[tuple]) -> None:
    owner = busy[0][0]
    for limit in (1, 7, 59, 60, 100):
        seen, after = [], None
        with transaction(tenancy.tenant(owner)) as session:
            while True:
                page = statement(session, owner_id=owner, after=after, limit=limit)
                seen += page.lines
                after = page.next_cursor
                assert page.has_more == (after is not None)
                if after is None:
                    break
        facts = [(owner, x.currency, x.amount_minor, x.balance_minor, x.available_balance_minor) for x in seen]
        assert facts == busy[::-1], f"pages of {limit}"


def test_one_currency_only(busy: list[tuple]) -> None:
    owner = busy[0][0]
    with transaction(tenancy.tenant(owner)) as session:
        lines = statement(session, owner_id=owner, currency="USD", limit=1000).lines
    assert [line.balance_minor for line in lines] == [fact[3] for fact in busy[::-1] if fact[1] == "USD"]


def test_a_line_posted_between_two_pages_changes_nothing_below(busy: list[tuple]) -> None:
    owner = busy[0][0]
    with transaction(tenancy.tenant(owner)) as session:
        first = statement(session, owner_id=owner, limit=10)
    with transaction(tenancy.platform()) as session:
        post(session, key="late", kind="credit", legs=gift(owner, 5))
    with transaction(tenancy.tenant(owner)) as session:
        second = statement(session, owner_id=owner, limit=100, after=first.next_cursor)
    assert [line.balance_minor for line in first.lines + second.lines] == [fact[3] for fact in busy[::-1]]


@pytest.mark.parametrize(
    "cursor", ["", "led_x.CNY", "ord_00000000000000000000000000.CNY", "led_00000000000000000000000000"]
)
def test_a_cursor_that_is_none(app: Flask, cursor: str) -> None:
    with pytest.raises(NotFound), transaction(tenancy.tenant(new_id())) as session:
        statement(session, owner_id=NIL, after=cursor)

