"""Withdrawals: never more than is available, decided once, every step in the books and in the audit trail."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from cardmesh.identity.audit.service import trail
from cardmesh.identity.models import Party
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import NotFound, ValidationFailed
from cardmesh.kit.ids import new_id
from cardmesh.kit.money import Money
from cardmesh.kit.tenancy import Actor
from cardmesh.money.ledger.errors import InsufficientFunds
from cardmesh.money.ledger.service import post, prove
from cardmesh.money.models import WithdrawalStatus
from cardmesh.money.wallets.service import wallet
from cardmesh.money.withdrawals.errors import WithdrawalDecided
from cardmesh.money.withdrawals.service import decide, list_withdrawals, request
from tests.fixtures import papers
from tests.money.books import answers, gift, pay, together

PAID, FAILED, CANCELED = WithdrawalStatus.PAID, WithdrawalStatus.FAILED, WithdrawalStatus.CANCELED


@pytest.fixture
def owner(app: Flask) -> UUID:
    """A distributor with 100.00 to spend."""
    owner = new_id()
    with transaction(tenancy.platform()) as session:
        post(session, key="start", kind="credit", legs=gift(owner, 100_00))
        papers.prove(session, Party.DISTRIBUTOR, owner)
    return owner


def ask(owner: UUID, minor: int) -> UUID:
    with transaction(tenancy.tenant(owner)) as session:
        return request(session, party=Party.DISTRIBUTOR, owner_id=owner, amount=Money(minor, "CNY"), note="rent").id


def answer(withdrawal_id: UUID, outcome: WithdrawalStatus) -> WithdrawalStatus:
    with transaction(tenancy.platform(Actor("person", new_id()))) as session:
        if outcome is PAID:
            row = pay(session, withdrawal_id)
        else:
            row = decide(session, withdrawal_id=withdrawal_id, outcome=outcome, reason="checked")
        assert row.decided_at and row.decided_by
        return WithdrawalStatus(row.status)


def purse(owner: UUID) -> tuple[int, int]:
    """Available, in transit."""
    with transaction(tenancy.platform()) as session:
        (balances,) = wallet(session, owner_id=owner)
        assert prove(session).sound
    return balances.available, balances.in_transit


def test_asked_then_paid(owner: UUID) -> None:
    asked = ask(owner, 30_00)
    assert purse(owner) == (70_00, 30_00)
    assert answer(asked, PAID) is PAID
    assert purse(owner) == (70_00, 0)


@pytest.mark.parametrize("outcome", [FAILED, CANCELED])
def test_what_is_not_paid_is_given_back_by_the_mirror_image(owner: UUID, outcome: WithdrawalStatus) -> None:
    answer(ask(owner, 30_00), outcome)
    assert purse(owner) == (100_00, 0)
    with transaction(tenancy.platform()) as session:
        back = session.execute(
            text(
                "select r.kind from journal_entries e join journal_entries r on r.reverses_id = e.id"
                " where e.kind = 'withdrawal_requested'"
            )
        ).all()
    assert back == [(f"withdrawal_{outcome}",)]


@pytest.mark.parametrize("minor", [100_01, 10**15])
def test_more_than_there_is(owner: UUID, minor: int) -> None:
    with pytest.raises(InsufficientFunds):
        ask(owner, minor)
    assert purse(owner) == (100_00, 0)
    with transaction(tenancy.platform()) as session:
        assert list_withdrawals(session).rows == []


@pytest.mark.parametrize("minor", [0, -1, 10**15 + 1])
def test_an_amount_that_is_none(owner: UUID, minor: int) -> None:
    with pytest.raises(ValidationFailed):
        ask(owner, minor)


@pytest.mark.parametrize("first", [PAID, FAILED, CANCELED])
@pytest.mark.parametrize("second", [PAID, FAILED, CANCELED])
def test_it_is_decided_once(owner: UUID, first: WithdrawalStatus, second: WithdrawalStatus) -> None:
    asked = ask(owner, 30_00)
    answer(asked, first)
    before = purse(owner)
    with pytest.raises(WithdrawalDecided) as caught:
        answer(asked, second)
    assert caught.value.extra == {"state": first}
    assert purse(owner) == before


def test_racing_requests_never_overdraw(app: Flask, owner: UUID) -> None:
    results = together(app, [lambda: ask(owner, 30_00)] * 8)
    granted, refused = answers(results, InsufficientFunds)
    assert (len(granted), len(refused)) == (3, 5)
    assert purse(owner) == (10_00, 90_00)


def test_racing_deciders_decide_once(app: Flask, owner: UUID) -> None:
    asked = ask(owner, 30_00)
    tasks = [lambda o=o: answer(asked, o) for o in (PAID, FAILED, CANCELED) * 3]
    decided, refused = answers(together(app, tasks), WithdrawalDecided)
    assert (len(decided), len(refused)) == (1, 8)
    assert purse(owner) == ((70_00, 0) if decided == [PAID] else (100_00, 0))


def test_a_party_cancels_its_own_and_cannot_pay_itself(owner: UUID) -> None:
    first, second = ask(owner, 30_00), ask(owner, 20_00)
    with transaction(tenancy.tenant(owner)) as session:
        decide(session, withdrawal_id=first, outcome=CANCELED)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction(tenancy.tenant(owner)) as session:
        pay(session, second)
    assert purse(owner) == (80_00, 20_00)


def test_a_neighbour_finds_nothing(owner: UUID) -> None:
    asked = ask(owner, 30_00)
    with transaction(tenancy.tenant(new_id())) as session:
        assert list_withdrawals(session, owner_id=owner).rows == []
        with pytest.raises(NotFound):
            decide(session, withdrawal_id=asked, outcome=CANCELED)
    assert purse(owner) == (70_00, 30_00)


def test_the_list_and_the_trail(owner: UUID) -> None:
    asked = [ask(owner, minor) for minor in (1_00, 2_00, 3_00)]
    answer(asked[0], PAID)
    with transaction(tenancy.platform()) as session:
        open_ones = list_withdrawals(session, status=WithdrawalStatus.REQUESTED)
        assert [row.id for row in open_ones.rows] == asked[:0:-1]
        page = list_withdrawals(session, owner_id=owner, limit=2)
        assert page.has_more and [row.id for row in page.rows] == asked[:0:-1]
        records = trail(session, subject_id=asked[0])
    assert [(r.action, r.reason) for r in records] == [("withdrawal.paid", "checked"), ("withdrawal.requested", "rent")]
