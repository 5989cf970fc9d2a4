"""What we say that the gateway moved: the entries on its account, and the lines of payouts through it.

What a distributor collects with an account of its own is in no book of ours: there, payments, refunds and disputes
speak themselves.
"""

import uuid
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ..models import PLATFORM_OWNER
from ..payments.gateways.base import MovementKind
from .rules import Booking

# An entry says by its key what it is of; each is joined by the one row that it can be of. The ledger's debit is the
# gateway's credit.
_ENTRIES = """
with ours as (
    select e.id as entry_id, e.created_at as at, p.currency, p.amount_minor, e.kind,
        cast(split_part(e.idempotency_key, ':', 2) as uuid) as id, split_part(e.idempotency_key, ':', 3) as step,
        split_part(e.reference, ' ', 2) as ref
    from postings p
    join ledger_accounts a on a.id = p.account_id and a.kind = 'gateway' and a.owner_id = :platform
    join journal_entries e on e.id = p.entry_id
    where split_part(e.idempotency_key, ':', 1) in ('payment', 'refund', 'dispute') and {which}
)
select o.entry_id, o.at, o.currency, o.amount_minor, 'charge' as kind, y.intent_ref as source_ref
from ours o join payments y on y.id = o.id and y.gateway = :gateway where o.step = ''
union all
select o.entry_id, o.at, o.currency, o.amount_minor,
    case o.step when 'paid' then 'refund' else 'refund_failure' end, o.ref -- of that attempt: a later one has its own
from ours o join refunds r on r.id = o.id
join payments y on y.tenant_id = r.tenant_id and y.id = r.payment_id and y.gateway = :gateway
where o.step in ('paid', 'returned')
union all
select o.entry_id, o.at, o.currency, o.amount_minor,
    case o.step when 'withdrawn' then 'dispute' else 'dispute_reversal' end, d.gateway_ref
from ours o join disputes d on d.id = o.id and d.gateway = :gateway where o.step in ('withdrawn', 'reinstated')
"""
_IN_PERIOD = text(_ENTRIES.format(which="e.created_at >= :since and e.created_at < :until"))
_BY_REFS = text(
    _ENTRIES.format(
        which="split_part(e.idempotency_key, ':', 2) in ("
        " select cast(id as text) from payments where gateway = :gateway and intent_ref = any(:refs)"
        " union all select cast(id as text) from refunds where gateway_ref = any(:refs)"
        " union all select cast(id as text) from disputes where gateway = :gateway and gateway_ref = any(:refs))"
    )
)
# Taken on and not done: some gateways move the money at once, others when the buyer's bank has it.
_WAITING = text("""
select r.created_at as at, r.currency, -r.amount_minor as amount_minor, 'refund' as kind, r.gateway_ref as source_ref
from refunds r join payments y on y.tenant_id = r.tenant_id and y.id = r.payment_id and y.gateway = :gateway
where r.status = 'requested' and r.gateway_ref is not null
""")
# What an account of the distributor's should have moved. That a bank took money we know from the gateway alone, and not
# since when: such a booking explains a movement and asks for none.
_OWN = text("""
with ours as (
    select y.paid_at as at, y.currency, y.amount_minor, 'charge' as kind, y.intent_ref as source_ref, true as certain
    from payments y where y.tenant_id = :owner and y.gateway = :gateway and y.status = 'paid'
    union all
    select r.settled_at, r.currency, side.sign * r.amount_minor, side.kind, r.gateway_ref, true
    from refunds r join payments y on y.tenant_id = r.tenant_id and y.id = r.payment_id and y.gateway = :gateway
    cross join (values (-1, 'refund'), (1, 'refund_failure')) as side (sign, kind)
    where r.tenant_id = :owner and r.settled_at is not null and (side.sign < 0 or r.status = 'failed')
    union all
    select d.created_at, d.currency, side.sign * d.amount_minor, side.kind, d.gateway_ref, false
    from disputes d cross join (values (-1, 'dispute'), (1, 'dispute_reversal')) as side (sign, kind)
    where d.tenant_id = :owner and d.gateway = :gateway
        and case when side.sign < 0 then d.withdrawn else d.reinstated end
)
select at, currency, amount_minor, kind, source_ref, certain from ours
where (at >= :since and at < :until) or source_ref = any(:refs)
""")
_LINES = text("""
select id, status, currency, amount_minor, transfer_ref, asked_at, settled_at from payout_lines
where method = :gateway and asked_at is not null
    and ((asked_at >= :since and asked_at < :until) or (settled_at >= :since and settled_at < :until)
        or cast(id as text) = any(:refs) or transfer_ref = any(:refs))
""")


def load(
    session: Session, *, gateway: str, owner: uuid.UUID, since: datetime, until: datetime, refs: Collection[str]
) -> Iterator[Booking]:
    """What was booked in the period, and what bears one of `refs`, whenever. Scope: PLATFORM.

    `owner`: whose account the gateway's is.
    """
    values = {"gateway": gateway, "owner": owner, "since": since, "until": until, "refs": list(refs)}
    for row in session.execute(_WAITING, values):
        yield _booking(row, certain=False)
    if owner != PLATFORM_OWNER:
        for row in session.execute(_OWN, values):
            yield _booking(row, certain=row.certain)
        return
    seen: set[tuple[uuid.UUID, str]] = set()
    for statement in (_IN_PERIOD, _BY_REFS):
        for row in session.execute(statement, values | {"platform": PLATFORM_OWNER}):
            if (row.entry_id, row.currency) not in seen:
                seen.add((row.entry_id, row.currency))
                yield _booking(row, entry_id=row.entry_id)
    for row in session.execute(_LINES, values):
        yield from _of_line(row)


def _booking(row: Row[Any], *, entry_id: uuid.UUID | None = None, certain: bool = True) -> Booking:
    return Booking(
        kind=MovementKind(row.kind),
        source_ref=row.source_ref or "",
        currency=row.currency,
        amount_minor=row.amount_minor,
        at=row.at,
        entry_id=entry_id,
        certain=certain,
    )


def _of_line(line: Row[Any]) -> Iterator[Booking]:
    """A line that was asked for may have moved money before we know of it; one that failed has brought it back."""
    known = line.transfer_ref is not None
    yield Booking(
        kind=MovementKind.TRANSFER,
        source_ref=str(line.id),
        currency=line.currency,
        amount_minor=-line.amount_minor,
        at=line.asked_at,
        certain=known,
    )
    if known:
        yield Booking(
            kind=MovementKind.TRANSFER_REVERSAL,
            source_ref=line.transfer_ref,
            currency=line.currency,
            amount_minor=line.amount_minor,
            at=line.settled_at or line.asked_at,
            certain=line.status == "failed",
        )
