"""Every statement of the ledger. Plain SQL: the order path pays for each microsecond, and the fold has to be exact.

A balance is its snapshot plus the postings that the fold has not reached; both are read in one statement, because
the fold moves postings from one side to the other between two statements.
"""

import json
from collections.abc import Sequence
from typing import cast

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.orm import Session


def insert(session: Session, statement: TextClause, rows: Sequence[dict[str, object]]) -> int:
    """Insert all rows in one statement; returns how many were new. UUIDs are written as text."""
    result = session.execute(statement, {"rows": json.dumps(rows, default=str)})
    return cast("CursorResult[tuple[()]]", result).rowcount


# Rows travel as one JSON parameter: one statement text for any number of rows, and half the driver's work of a list per
# column, which psycopg adapts element by element.
INSERT_ACCOUNTS = text("""
insert into ledger_accounts (id, owner_id, kind, currency)
select id, owner_id, kind, currency
from json_to_recordset(cast(:rows as json)) as r (id uuid, owner_id uuid, kind text, currency text)
on conflict do nothing
""")

# No conflict target and no RETURNING: both would ask the read policy about an entry that has no postings yet.
INSERT_ENTRIES = text("""
insert into journal_entries (id, idempotency_key, content_hash, kind, reference, reference_id, reverses_id)
select id, key, decode(hash, 'hex'), kind, reference, reference_id, reverses_id
from json_to_recordset(cast(:rows as json)) as r (
    id uuid, key text, hash text, kind text, reference text, reference_id uuid, reverses_id uuid)
on conflict do nothing
""")

INSERT_POSTINGS = text("""
insert into postings (entry_id, leg, account_id, owner_id, currency, amount_minor)
select entry_id, leg, account_id, owner_id, currency, amount_minor
from json_to_recordset(cast(:rows as json)) as r (
    entry_id uuid, leg int, account_id uuid, owner_id uuid, currency text, amount_minor bigint)
""")

ENTRIES_BY_KEY = text("""
select idempotency_key, id, content_hash from journal_entries where idempotency_key = any(cast(:keys as text[]))
""")

LEGS_OF_ENTRY = text("""
select a.owner_id, a.kind, p.amount_minor, p.currency
from postings p join ledger_accounts a on a.id = p.account_id
where p.entry_id = :entry_id order by p.leg
""")

# Two spenders of one wallet take turns; income is posted without a lock and goes on (so does the fold's key share).
LOCK_ACCOUNT = text("select id from ledger_accounts where id = :id for no key update")

_TAIL = "(select sum(p.amount_minor) from postings p where p.account_id = {account} and p.xid >= f.upto)"

BALANCE = text(f"""
select cast(coalesce((select s.balance_minor from balance_snapshots s where s.account_id = :id), 0)
    + coalesce({_TAIL.format(account=":id")}, 0) as bigint)
from ledger_fold f
""")  # noqa: S608 - put together from constants

BALANCES_OF_OWNER = text(f"""
select a.kind, a.currency,
    cast(coalesce(s.balance_minor, 0) + coalesce({_TAIL.format(account="a.id")}, 0) as bigint) as balance
from ledger_accounts a cross join ledger_fold f left join balance_snapshots s on s.account_id = a.id
where a.owner_id = :owner_id order by a.currency, a.kind
""")  # noqa: S608 - put together from constants

# Everything older than the oldest transaction still running is final, so it can be added up once and for all.
# A fold that finds another at work does nothing; one that waited in vain for a snapshot never moves `upto` back.
FOLD = text("""
with bounds as materialized (
    select upto as since, pg_snapshot_xmin(pg_current_snapshot()) as upto from ledger_fold for update skip locked
), moved as materialized (
    select p.account_id, p.owner_id, sum(p.amount_minor) as amount, count(*) as postings
    from bounds b join postings p on p.xid >= b.since and p.xid < b.upto group by p.account_id, p.owner_id
), stored as (
    insert into balance_snapshots (account_id, owner_id, balance_minor)
    select account_id, owner_id, amount from moved order by account_id
    on conflict (account_id) do update set balance_minor = balance_snapshots.balance_minor + excluded.balance_minor
), advanced as (
    update ledger_fold f set upto = b.upto, folded_at = clock_timestamp() from bounds b where b.upto > b.since
)
select coalesce(cast(sum(postings) as bigint), 0) from moved
""")

LOCK_FOLD = text("select id from ledger_fold for update")
FORGET_SNAPSHOTS = text("delete from balance_snapshots")
RESTART_FOLD = text("update ledger_fold set upto = '3', folded_at = clock_timestamp()")

FOLD_IN_THE_FUTURE = text("select upto > pg_snapshot_xmax(pg_current_snapshot()) from ledger_fold")

# Snapshots and their tail, as readers compute balances. The second bound holds for every posting: with two of them the
# planner expects a short range, as it is, and reads it by index.
STORED_BALANCES = text("""
select a.currency, a.kind, cast(coalesce(s.balance_minor, 0) + coalesce(t.tail, 0) as bigint) as stored
from ledger_accounts a
left join balance_snapshots s on s.account_id = a.id
left join (
    select p.account_id, sum(p.amount_minor) as tail from postings p
    where p.xid >= (select upto from ledger_fold) and p.xid < '18446744073709551615' group by p.account_id
) t on t.account_id = a.id
order by a.currency, a.kind
""")

# Both columns from one pass over the postings: `derived` from all of them, `stored` as readers compute it.
ACCOUNTS_PROVED = text("""
select a.id, a.owner_id, a.kind, a.currency, cast(coalesce(t.derived, 0) as bigint) as derived,
    cast(coalesce(s.balance_minor, 0) + coalesce(t.tail, 0) as bigint) as stored
from ledger_accounts a
left join balance_snapshots s on s.account_id = a.id
left join (
    select p.account_id, sum(p.amount_minor) as derived, sum(p.amount_minor) filter (where p.xid >= f.upto) as tail
    from postings p cross join ledger_fold f group by p.account_id
) t on t.account_id = a.id
order by a.currency, a.kind, a.owner_id
""")

UNBALANCED_ENTRIES = text("""
select entry_id from postings group by entry_id, currency having sum(amount_minor) <> 0 limit :limit
""")

# Owners with something on an account of one kind, the largest first; credits positive.
HOLDERS = text("""
select a.owner_id, a.currency, cast(-(coalesce(s.balance_minor, 0) + coalesce(t.tail, 0)) as bigint) as held
from ledger_accounts a
cross join ledger_fold f
left join balance_snapshots s on s.account_id = a.id
left join lateral (select sum(amount_minor) as tail from postings where account_id = a.id and xid >= f.upto) t on true
where a.kind = :kind and coalesce(s.balance_minor, 0) + coalesce(t.tail, 0) <> 0
order by held desc, a.owner_id limit :limit
""")
