"""Fetch, keep, compare; tasks and their resolution."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...identity.audit.service import record
from ...kit import clock, tenancy
from ...kit.days import day_of, start_of
from ...kit.db import require_scope, transaction
from ...kit.errors import Conflict, NotFound, invalid
from ...kit.failpoints import reach
from ...kit.i18n import Text
from ...kit.ids import new_id
from ..ledger import service as ledger
from ..models import PLATFORM_OWNER
from ..payments import fees
from ..payments.channels import gateway
from ..payments.gateways.base import Fee, Gateway, Movement, MovementKind
from ..payments.merchants.queries import owner_of
from ..payments.rules import DEFAULT
from . import bookings
from .models import Comparison, GatewayMovement, ReconciliationTask
from .rules import Difference, compare

BATCH = 1_000
KEPT = ("ref", "kind", "source_ref", "currency", "amount_minor", "fee_minor", "fee_currency", "at")
_KNOWN = text(
    "select replace(cast(id as text), '-', ''), id, intent_ref from payments where gateway = :gateway"
    " and (cast(id as text) = any(:refs) or session_ref = any(:refs) or intent_ref = any(:refs))"
)
"""Gateways name a payment by our id, written in either way, or by a number of theirs."""


class TaskResolved(Conflict):
    code = "reconciliation_task_resolved"
    text = Text("该差异已处理", "This difference was resolved already")


GRACE = timedelta(hours=1)
"""A movement as young as this may still be on its way to us."""


def reconcile(*, since: datetime, until: datetime, name: str = DEFAULT) -> Comparison:
    """Compare `since` ≤ t < `until` and keep what differs as tasks. Repeating finds the same differences once.

    A gateway that writes its books by the day is asked for whole days only: the period is then earlier. Opens its own
    transactions. Raises PaymentMethodUnavailable, NotFound, GatewayUnavailable, GatewayRefused.
    """
    asked = gateway(name)
    if asked.books_after:
        length, until = until - since, min(until, told_until(asked))
        since = min(since, until - length)
    theirs = list(asked.list_movements(since, until))
    reach("reconciliation.fetched")
    with transaction(tenancy.platform()) as session:
        owner = owner_of(session, name)
        theirs = theirs if owner == PLATFORM_OWNER else list(_of_the_trade(session, name, theirs))
        keep(session, name, theirs, book_fees=owner == PLATFORM_OWNER)
    with transaction(tenancy.platform()) as session:
        return compare_kept(session, name, theirs, owner=owner, since=since, until=until)


def told_until(asked: Gateway) -> datetime:
    """The end of the last business day of which a gateway has told everything by now."""
    return start_of(day_of(clock.now() - asked.books_after))


def _of_the_trade(session: Session, name: str, theirs: Iterable[Movement]) -> Iterator[Movement]:
    """A distributor's account may serve other shops than ours: what names no payment of ours is its own business."""
    theirs = list(theirs)
    refs = [one.payment_ref for one in theirs if one.payment_ref]
    known = {str(ref) for row in session.execute(_KNOWN, {"gateway": name, "refs": refs}) for ref in row}
    for one in theirs:
        yield one if one.payment_ref in known else replace(one, kind=MovementKind.OWN)


def keep(session: Session, name: str, movements: Iterable[Movement], *, book_fees: bool = True) -> int:
    """Store what is new and book its fee, if the account is the platform's; how many were new. Scope: PLATFORM."""
    told = list(movements)
    rows = [{**{field: getattr(one, field) for field in KEPT}, "gateway": name} for one in told]
    fresh: set[str] = set()
    for start in range(0, len(rows), BATCH):
        statement = insert(GatewayMovement).values(rows[start : start + BATCH]).on_conflict_do_nothing()
        fresh |= set(session.scalars(statement.returning(GatewayMovement.ref)))
    if book_fees:
        taken = {one.ref: Fee(one.ref, one.fee_minor, one.fee_currency) for one in told if one.fee_minor}
        entries = [fees.entry(name, fee) for ref, fee in taken.items() if ref in fresh]
        for start in range(0, len(entries), BATCH):
            ledger.post_many(session, entries[start : start + BATCH])
    return len(fresh)


def compare_kept(
    session: Session,
    name: str,
    theirs: Sequence[Movement],
    *,
    owner: uuid.UUID = PLATFORM_OWNER,
    since: datetime,
    until: datetime,
) -> Comparison:
    """The comparison itself, once the movements are kept. Scope: PLATFORM."""
    ours = list(bookings.load(session, gateway=name, owner=owner, since=since, until=until, refs=_refs(theirs)))
    more = _kept(session, name, {one.source_ref for one in ours}, {one.ref for one in theirs})
    found = [one for one in compare([*theirs, *more], ours, _fees(session, name, theirs)) if since <= one.at < until]
    _resolve_gone(session, name, {one.key for one in found}, since, until)
    _raise_tasks(session, name, found)
    booked = sum(one.certain and since <= one.at < until for one in ours)
    row = {"id": new_id(), "gateway": name, "since": since, "until": until, "theirs": len(theirs), "ours": booked,
           "differences": len(found)}  # fmt: skip
    now = {field: row[field] for field in ("theirs", "ours", "differences")}  # of a period that was compared before
    made = insert(Comparison).values(row).on_conflict_do_update(index_elements=["gateway", "since", "until"], set_=now)
    return session.scalars(made.returning(Comparison)).one()


def resolve(session: Session, *, task_id: uuid.UUID, note: str) -> ReconciliationTask:
    """A person has looked into it and says what it was. Audited. Raises NotFound, TaskResolved, ValidationFailed."""
    row = session.get(ReconciliationTask, task_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.status != "open":
        raise TaskResolved
    if not note.strip():
        raise invalid("/note", "missing", "请说明处理结果", "Say what it was")
    _close(session, row, note.strip())
    return row


def open_tasks(session: Session, limit: int = 500) -> Sequence[ReconciliationTask]:
    """The oldest first."""
    query = select(ReconciliationTask).where(ReconciliationTask.status == "open")
    return session.scalars(query.order_by(ReconciliationTask.at, ReconciliationTask.id).limit(limit)).all()


def _refs(theirs: Iterable[Movement]) -> set[str]:
    return {one.source_ref for one in theirs if one.source_ref and one.kind is not MovementKind.OWN}


def _kept(session: Session, name: str, refs: set[str], given: set[str]) -> list[Movement]:
    """Movements of another day that bear the names of this period's bookings."""
    query = select(GatewayMovement).where(GatewayMovement.gateway == name, GatewayMovement.source_ref.in_(refs))
    rows = session.scalars(query.where(GatewayMovement.ref.not_in(given)))
    return [
        Movement(
            ref=row.ref, kind=MovementKind(row.kind), source_ref=row.source_ref, currency=row.currency,
            amount_minor=row.amount_minor, fee_minor=row.fee_minor, fee_currency=row.fee_currency, at=row.at,
        )
        for row in rows
    ]  # fmt: skip


def _fees(session: Session, name: str, theirs: Iterable[Movement]) -> dict[str, int]:
    """What was booked of each movement's fee when it was first told."""
    refs = [one.ref for one in theirs]
    query = select(GatewayMovement.ref, GatewayMovement.fee_minor).where(GatewayMovement.gateway == name)
    return dict(session.execute(query.where(GatewayMovement.ref.in_(refs))).all())


def _raise_tasks(session: Session, name: str, found: Sequence[Difference]) -> None:
    rows = [_task(name, one) for one in found]
    for start in range(0, len(rows), BATCH):
        session.execute(insert(ReconciliationTask).values(rows[start : start + BATCH]).on_conflict_do_nothing())


def _task(name: str, one: Difference) -> dict[str, object]:
    side = one.side
    return {
        "id": new_id(),
        "gateway": name,
        "key": one.key,
        "cause": one.cause,
        "kind": side.kind,
        "source_ref": side.source_ref,
        "movement_ref": one.theirs.ref if one.theirs else None,
        "entry_id": one.ours.entry_id if one.ours else None,
        "theirs_minor": one.theirs.amount_minor if one.theirs else None,
        "theirs_currency": one.theirs.currency if one.theirs else None,
        "ours_minor": one.ours.amount_minor if one.ours else None,
        "ours_currency": one.ours.currency if one.ours else None,
        "at": one.at,
        "status": "open",
    }


def _resolve_gone(session: Session, name: str, keys: set[str], since: datetime, until: datetime) -> None:
    """What was open in this period and agrees by now: a late message has arrived, or somebody has booked it."""
    query = select(ReconciliationTask).where(
        ReconciliationTask.gateway == name,
        ReconciliationTask.status == "open",
        ReconciliationTask.at >= since,
        ReconciliationTask.at < until,
    )
    for row in session.scalars(query.with_for_update()):
        if row.key not in keys:
            _close(session, row, "agrees")


def _close(session: Session, row: ReconciliationTask, note: str) -> None:
    row.status, row.note, row.resolved_at = "resolved", note, clock.now()
    row.resolved_by = require_scope(session).actor.id
    session.flush()
    record(
        session,
        party_id=PLATFORM_OWNER,
        action="reconciliation.resolved",
        subject="reconciliation_task",
        subject_id=row.id,
        details={"cause": row.cause, "ref": row.movement_ref or row.source_ref},
        reason=note,
    )
