"""Selects and row locks over payouts. Lock order: run, line, withdrawal, wallet."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...kit.errors import NotFound
from ..models import Withdrawal, WithdrawalStatus
from .models import LineStatus, Method, PayoutLine, PayoutResult, PayoutRun, PayoutTerms

LIVE = (LineStatus.WAITING, LineStatus.SENT)


def waiting(session: Session, *, method: str, currency: str, limit: int, lock: bool) -> Sequence[Withdrawal]:
    """Withdrawals that nobody has decided: those paid by `method` first, of each the oldest first; locked, those that
    another holds are left out."""
    same = (PayoutTerms.owner_id == Withdrawal.owner_id) & (PayoutTerms.currency == Withdrawal.currency)
    query = (
        select(Withdrawal)
        .outerjoin(PayoutTerms, same)
        .where(Withdrawal.status == WithdrawalStatus.REQUESTED, Withdrawal.currency == currency)
        .order_by((PayoutTerms.method == method).desc().nulls_last(), Withdrawal.id)
        .limit(limit)
    )
    if lock:
        query = query.with_for_update(of=Withdrawal, skip_locked=True).execution_options(populate_existing=True)
    return session.scalars(query).all()


def currencies(session: Session) -> Sequence[str]:
    """Those in which withdrawals wait."""
    query = select(Withdrawal.currency).where(Withdrawal.status == WithdrawalStatus.REQUESTED).distinct()
    return session.scalars(query.order_by(Withdrawal.currency)).all()


def terms_of(session: Session, *, currency: str, owners: Collection[uuid.UUID]) -> dict[uuid.UUID, PayoutTerms]:
    query = select(PayoutTerms).where(PayoutTerms.currency == currency, PayoutTerms.owner_id.in_(owners))
    return {row.owner_id: row for row in session.scalars(query)}


def locked_run(session: Session, run_id: uuid.UUID) -> PayoutRun:
    """The run as it is now, held until the transaction ends. Raises NotFound."""
    row = session.get(PayoutRun, run_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def run(session: Session, run_id: uuid.UUID) -> PayoutRun:
    """Raises NotFound."""
    row = session.get(PayoutRun, run_id)
    if row is None:
        raise NotFound
    return row


def lines_of(session: Session, run_id: uuid.UUID, *, lock: bool = False) -> Sequence[PayoutLine]:
    query = select(PayoutLine).where(PayoutLine.run_id == run_id).order_by(PayoutLine.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).all()


def line(session: Session, line_id: uuid.UUID) -> PayoutLine | None:
    return session.scalar(select(PayoutLine).where(PayoutLine.id == line_id))


def locked_line(session: Session, line_id: uuid.UUID) -> PayoutLine | None:
    """The line with this id, locked and read afresh."""
    query = select(PayoutLine).where(PayoutLine.id == line_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def has_live(session: Session, run_id: uuid.UUID) -> bool:
    """Whether something in the run is not settled."""
    found = exists().where(PayoutLine.run_id == run_id, PayoutLine.status.in_(LIVE))
    return bool(session.scalar(select(found)))


def silent(session: Session, *, method: str, before: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Lines whose provider was asked before `before` and has not told the end; the oldest first."""
    due = PayoutLine.status == LineStatus.SENT, PayoutLine.asked_at < before
    return _oldest(session, method, due, limit)


def may_return(session: Session, *, method: str, paid: datetime, before: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Lines that were paid after `paid`, which a bank may still send back, and not asked for since `before`."""
    due = PayoutLine.status == LineStatus.PAID, PayoutLine.settled_at > paid, PayoutLine.asked_at < before
    return _oldest(session, method, due, limit)


def _oldest(
    session: Session, method: str, due: tuple[ColumnElement[bool], ...], limit: int
) -> Sequence[uuid.UUID]:
    query = select(PayoutLine.id).where(PayoutLine.method == method, *due)
    return session.scalars(query.order_by(PayoutLine.asked_at).limit(limit)).all()


def unready_accounts(session: Session, *, limit: int) -> Sequence[str]:
    """Connected accounts that could not be paid to when they were last asked for."""
    query = select(PayoutTerms.stripe_account).where(
        PayoutTerms.method == Method.STRIPE, PayoutTerms.stripe_account.is_not(None), ~PayoutTerms.stripe_ready
    )
    return [ref for ref in session.scalars(query.order_by(PayoutTerms.updated_at.desc()).limit(limit)) if ref]


def result(session: Session, *, run_id: uuid.UUID, sha256: str) -> PayoutResult:
    """The record of a result file that is there."""
    query = select(PayoutResult).where(PayoutResult.run_id == run_id, PayoutResult.sha256 == sha256)
    return session.scalars(query).one()
