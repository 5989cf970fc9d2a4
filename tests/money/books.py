"""Helpers of the money tests: entries written as an accountant would, and several threads let loose at once."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from flask import Flask
from sqlalchemy.orm import Session

from cardmesh.kit.ids import NIL
from cardmesh.money.ledger.service import Leg
from cardmesh.money.models import AccountKind, Withdrawal, WithdrawalStatus
from cardmesh.money.withdrawals.service import conclude

T = TypeVar("T")


def debit(kind: AccountKind, minor: int, *, owner: uuid.UUID = NIL, currency: str = "CNY") -> Leg:
    return Leg(owner, kind, minor, currency)


def credit(kind: AccountKind, minor: int, *, owner: uuid.UUID = NIL, currency: str = "CNY") -> Leg:
    return Leg(owner, kind, -minor, currency)


def gift(owner: uuid.UUID, minor: int, *, currency: str = "CNY") -> list[Leg]:
    """The operator gives an owner money: the shortest balanced entry."""
    return [
        debit(AccountKind.ADJUSTMENT, minor, currency=currency),
        credit(AccountKind.AVAILABLE, minor, owner=owner, currency=currency),
    ]


def together(app: Flask, tasks: list[Callable[[], T]]) -> list[T | Exception]:
    """Run the tasks at the same time, each in a thread with an application context; an error is an answer too."""
    start = Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T | Exception:
        with app.app_context():
            start.wait(timeout=30)
            try:
                return task()
            except Exception as error:
                return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def answers(results: list[T | Exception], kind: type[Exception]) -> tuple[list[T], list[Exception]]:
    """Split what `together` gave into results and errors of `kind`; any other error is raised."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, kind):
            raise result
    good = [result for result in results if not isinstance(result, Exception)]
    return good, [result for result in results if isinstance(result, Exception)]


def pay(session: Session, withdrawal_id: uuid.UUID) -> Withdrawal:
    """As a payout run does: take it, then record that it was paid."""
    row = session.get_one(Withdrawal, withdrawal_id, with_for_update=True, populate_existing=True)
    if row.status == WithdrawalStatus.REQUESTED:
        row.status = WithdrawalStatus.PROCESSING
        session.flush()
    return conclude(session, withdrawal_id=withdrawal_id, outcome=WithdrawalStatus.PAID, reason="checked")
