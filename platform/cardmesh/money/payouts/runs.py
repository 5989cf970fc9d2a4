"""Runs: preview, make, approve by a second person, cancel."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...identity.settings import service as settings
from ...kit import clock
from ...kit.db import require_scope
from ...kit.errors import Forbidden
from ...kit.ids import new_id
from ...kit.jobs import outbox
from ..models import PLATFORM_OWNER, Withdrawal, WithdrawalStatus
from . import queries, terms
from .errors import MethodNotLicensed, RunDecided, RunEmpty, SamePerson
from .models import LineStatus, Method, PayoutLine, PayoutRun, PayoutTerms, RunStatus
from .rules import cutoff

MOST = 2_000
"""Lines of one run; a bank's batch file has about as many."""


class Obstacle(StrEnum):
    """Why a withdrawal is not in a run."""

    TOO_YOUNG = "too_young"
    NO_TERMS = "no_terms"
    NOT_READY = "not_ready"
    OTHER_METHOD = "other_method"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A withdrawal that waits, on whose terms it is paid, and what keeps it out of the run (None: it is in)."""

    withdrawal: Withdrawal
    terms: PayoutTerms | None
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What `make` would take now, and what it would leave out."""

    method: Method
    currency: str
    cutoff: datetime
    taken: list[Candidate]
    left: list[Candidate]

    @property
    def total_minor(self) -> int:
        return sum(one.withdrawal.amount_minor for one in self.taken)


def preview(session: Session, *, method: Method, currency: str, lock: bool = False) -> Preview:
    """Withdrawals asked for before today, of parties that are paid by `method`. Scope: PLATFORM."""
    before = cutoff(clock.now())
    waiting = queries.waiting(session, method=method, currency=currency, limit=MOST, lock=lock)
    found = queries.terms_of(session, currency=currency, owners={row.owner_id for row in waiting})
    judged = [_judged(row, found.get(row.owner_id), method, before) for row in waiting]
    taken = [one for one in judged if one.obstacle is None]
    return Preview(method, currency, before, taken, [one for one in judged if one.obstacle])


def make(session: Session, *, method: Method, currency: str) -> PayoutRun:
    """Put what `preview` shows into a draft; its withdrawals can not be taken back any more. Audited.

    Raises MethodNotLicensed, RunEmpty, Forbidden when nobody in person makes it.
    """
    if method is not Method.STRIPE and not settings.read(session).batch_payouts:
        raise MethodNotLicensed
    seen = preview(session, method=method, currency=currency, lock=True)
    if not seen.taken:
        raise RunEmpty
    run = PayoutRun(
        id=new_id(),
        method=method,
        currency=currency,
        status=RunStatus.DRAFT,
        cutoff=seen.cutoff,
        lines=len(seen.taken),
        total_minor=seen.total_minor,
        made_by=_person(session),
    )
    session.add(run)
    for one in seen.taken:
        _take(session, run, one)
    session.flush()
    _audit(session, run, "made")
    return run


def approve(session: Session, *, run_id: uuid.UUID) -> PayoutRun:
    """A second person lets the money go. Audited. Raises NotFound, RunDecided, SamePerson, Forbidden."""
    run = queries.locked_run(session, run_id)
    _require(run, RunStatus.DRAFT)
    approver = _person(session)
    if approver == run.made_by:
        raise SamePerson
    run.status, run.approved_by, run.approved_at = RunStatus.APPROVED, approver, clock.now()
    session.flush()
    if run.method == Method.STRIPE:
        for line in queries.lines_of(session, run.id):
            outbox.send(session, "payouts.execute", dedupe_key=f"payout:{line.id}", line_id=line.id)
    _audit(session, run, "approved")
    return run


def cancel(session: Session, *, run_id: uuid.UUID, reason: str = "") -> PayoutRun:
    """Before it is approved: its withdrawals wait again. Audited. Raises NotFound, RunDecided."""
    run = queries.locked_run(session, run_id)
    _require(run, RunStatus.DRAFT)
    run.status = RunStatus.CANCELED
    for line in queries.lines_of(session, run.id):
        line.status = LineStatus.CANCELED
        session.get_one(Withdrawal, line.withdrawal_id, with_for_update=True).status = WithdrawalStatus.REQUESTED
    session.flush()
    _audit(session, run, "canceled", reason)
    return run


def _judged(row: Withdrawal, found: PayoutTerms | None, method: Method, before: datetime) -> Candidate:
    if row.created_at >= before:
        return Candidate(row, found, Obstacle.TOO_YOUNG)
    if found is None:
        return Candidate(row, found, Obstacle.NO_TERMS)
    if found.method != method:
        return Candidate(row, found, Obstacle.OTHER_METHOD)
    return Candidate(row, found, None if terms.is_ready(found) else Obstacle.NOT_READY)


def _take(session: Session, run: PayoutRun, one: Candidate) -> None:
    """The payee is copied and sealed anew: what the second person approves is what is paid."""
    if one.terms is None:
        raise ValueError("what is taken has terms")
    row = one.withdrawal
    line = PayoutLine(
        owner_id=row.owner_id,
        id=new_id(),
        run_id=run.id,
        withdrawal_id=row.id,
        party=row.party,
        method=run.method,
        currency=row.currency,
        amount_minor=row.amount_minor,
        status=LineStatus.WAITING,
        stripe_account=one.terms.stripe_account if run.method == Method.STRIPE else None,
    )
    if run.method != Method.STRIPE and (payee := terms.payee_of(session, one.terms)):
        terms.keep_payee(session, line, payee)
    row.status = WithdrawalStatus.PROCESSING
    session.add(line)


def _require(run: PayoutRun, status: RunStatus) -> None:
    if run.status != status:
        raise RunDecided(extra={"state": run.status})


def _person(session: Session) -> uuid.UUID:
    actor = require_scope(session).actor
    if actor.kind != "person" or actor.id is None:
        raise Forbidden
    return actor.id


def _audit(session: Session, run: PayoutRun, step: str, reason: str = "") -> None:
    record(
        session,
        party_id=PLATFORM_OWNER,
        action=f"payout_run.{step}",
        subject="payout_run",
        subject_id=run.id,
        details={"method": run.method, "lines": run.lines, "total": run.total_minor, "currency": run.currency},
        reason=reason,
    )
