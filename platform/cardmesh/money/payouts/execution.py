"""Carry out approved lines: ask before every repetition, book what the provider says, once."""

import uuid
from datetime import timedelta

from sqlalchemy.orm import Session

from ...kit import clock, tenancy
from ...kit.db import transaction
from ...kit.errors import MeshError
from ...kit.failpoints import reach
from ..models import WithdrawalStatus
from ..payments.errors import PaymentMethodUnavailable
from ..withdrawals import service as withdrawals
from . import queries, terms
from .models import LineStatus, Method, PayoutLine, RunStatus
from .providers.base import PayoutFacts, PayoutOrder, PayoutStatus
from .providers.registry import connect, provider

PATIENCE = timedelta(minutes=1)
"""A provider that has not told the end of a payout is asked again after this."""
RETURNS, DAILY = timedelta(days=7), timedelta(days=1)
"""How long after it was paid a bank may send money back, and how often we ask for it.

https://docs.stripe.com/payouts#payout-failures
"""
BATCH = 200
PROVIDED = (Method.STRIPE,)
"""Methods that a program carries out."""


def execute(*, line_id: uuid.UUID) -> PayoutStatus | None:
    """Pay one line of an approved run, or ask how it went. Call outside any transaction; repeating pays nothing twice.

    That it is asked is committed before it is: what may have been heard is never sent without asking first. A line that
    was paid is asked for too: a bank may send money back days later.
    Raises GatewayUnavailable: the result is unknown, try again.
    """
    with transaction(tenancy.platform()) as session:
        line = queries.locked_line(session, line_id)
        if line is None or line.method not in PROVIDED or not _payable(session, line):
            return None
        order, asked_before, may_send = _order(line), line.asked_at is not None, line.status != LineStatus.PAID
        line.asked_at = clock.now()
        if may_send:
            line.status = LineStatus.SENT
    reach("payout.asking")
    facts = provider(line.method).ask(order) if asked_before else None
    if facts is None and may_send:
        facts = provider(line.method).send(order)
    if facts is None:
        return None
    reach("payout.asked")
    with transaction(tenancy.platform()) as session:
        settle(session, line_id=line_id, facts=facts)
        reach("payout.booked")
    return facts.status


def settle(session: Session, *, line_id: uuid.UUID, facts: PayoutFacts, reason: str = "") -> bool:
    """Book what is known of a line; whether that was new. Scope: PLATFORM.

    Paid is booked once, failed gives the money back once; failed after paid is a payment that the bank sent back.
    Paid after failed changes nothing: the money is the party's again, and an operator has to look.
    """
    if (known := queries.line(session, line_id)) is None:
        return False
    queries.locked_run(session, known.run_id)  # before the line, as who downloads its file
    if (line := queries.locked_line(session, line_id)) is None:
        return False
    line.transfer_ref = line.transfer_ref or facts.transfer_ref
    line.payout_ref = line.payout_ref or facts.payout_ref
    outcome = _outcome(line, facts)
    if outcome is not None:
        line.status, line.settled_at, line.told = outcome, clock.now(), facts.failure
        session.flush()
        ended = WithdrawalStatus.PAID if outcome is LineStatus.PAID else WithdrawalStatus.FAILED
        withdrawals.conclude(
            session, withdrawal_id=line.withdrawal_id, outcome=ended, reason=reason or facts.failure
        )
        _finish_run(session, line.run_id)
    session.flush()
    return outcome is not None


def sweep() -> int:
    """Ask for what is silent: payouts under way or lately paid, accounts being opened. Opens its own transactions."""
    try:
        connect()
    except PaymentMethodUnavailable:
        return 0
    with transaction(tenancy.platform()) as session:
        now = clock.now()
        lines = [
            *queries.silent(session, method=Method.STRIPE, before=now - PATIENCE, limit=BATCH),
            *queries.may_return(session, method=Method.STRIPE, paid=now - RETURNS, before=now - DAILY, limit=BATCH),
        ]
    told = sum(_attempt(line_id) for line_id in lines)
    _ask_for_accounts()
    return told


def refresh_account(ref: str) -> bool:
    """Ask for a connected account and keep the answer; whether it can be paid to."""
    facts = connect().account(ref)
    with transaction(tenancy.platform()) as session:
        terms.note_account(session, facts)
    return facts.ready


def _attempt(line_id: uuid.UUID) -> bool:
    try:
        return execute(line_id=line_id) in (PayoutStatus.PAID, PayoutStatus.FAILED)
    except MeshError:
        return False


def _ask_for_accounts() -> None:
    with transaction(tenancy.platform()) as session:
        refs = queries.unready_accounts(session, limit=BATCH)
    for ref in refs:
        try:
            refresh_account(ref)
        except MeshError:
            continue


def _payable(session: Session, line: PayoutLine) -> bool:
    if line.status == LineStatus.PAID:
        return True
    return line.status in queries.LIVE and queries.run(session, line.run_id).status == RunStatus.APPROVED


def _order(line: PayoutLine) -> PayoutOrder:
    return PayoutOrder(
        line_id=line.id, account=line.stripe_account or "", currency=line.currency, amount_minor=line.amount_minor
    )


def _outcome(line: PayoutLine, facts: PayoutFacts) -> LineStatus | None:
    match facts.status:
        case PayoutStatus.PAID if line.status in queries.LIVE:
            return LineStatus.PAID
        case PayoutStatus.FAILED if line.status in (*queries.LIVE, LineStatus.PAID):
            return LineStatus.FAILED
        case _:
            return None


def _finish_run(session: Session, run_id: uuid.UUID) -> None:
    run = queries.locked_run(session, run_id)
    if run.status == RunStatus.APPROVED and not queries.has_live(session, run_id):
        run.status = RunStatus.DONE
        session.flush()
