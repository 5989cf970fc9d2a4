"""Statements of the daily close. Transaction ids travel as text, for no driver knows the type."""

from sqlalchemy import text

# The first day that was ever posted on, or the day after the last close.
NEXT_DAY = text("""
select coalesce(
    (select max(day) + 1 from daily_closes where digest is not null),
    (select cast(min(created_at) at time zone 'UTC' + interval '8 hours' as date) from postings where leg = 1))
""")
# A mark that this server has yet to come to was set on another, before a restore.
MARK = text("""
insert into daily_closes as d (day, mark) values (:day, pg_current_xact_id())
on conflict (day) do update set mark = excluded.mark where d.digest is null and d.mark > excluded.mark
""")
LOCK = text("select cast(mark as text) as mark, digest from daily_closes where day = :day for update")
ALL_BEFORE = text("select cast(:mark as xid8) < pg_snapshot_xmin(pg_current_snapshot())")
BEFORE = text("select digest from daily_closes where day < :day and digest is not null order by day desc limit 1")
CLOSE = text("""
update daily_closes set digest = :digest, totals = cast(:totals as jsonb), entries = :entries,
    xid = pg_current_xact_id(), closed_at = clock_timestamp()
where day = :day
""")

# An entry is of the day on which its first leg was posted. Its others come with the same INSERT, a moment later, when
# midnight may have passed; and half an entry balances nothing. The day is found first (`materialized`), then all that
# belongs to it is looked up one by one (`offset 0`), whatever the planner thinks: a day costs what it holds, however
# long the history is and however many parties there are.
_DAY = """
with day as materialized (
    select entry_id from postings where leg = 1 and created_at >= :since and created_at < :until
)
"""
_BOOKS = """
from day d
cross join lateral (select * from postings where entry_id = d.entry_id offset 0) p
cross join lateral (select * from journal_entries where id = d.entry_id offset 0) e
cross join lateral (select kind from ledger_accounts where id = p.account_id offset 0) a
"""
DAY_OF_BOOKS = text(f"""
{_DAY}
select p.entry_id, e.idempotency_key, e.kind as entry_kind, p.leg, p.owner_id, a.kind, p.currency, p.amount_minor
{_BOOKS} order by p.entry_id, p.leg
""")
JOURNAL = text(f"""
{_DAY}
select p.created_at as at, p.entry_id, e.kind as entry_kind, e.reference, a.kind, p.currency, p.amount_minor,
    coalesce(s.name, t.name, '') as owner
{_BOOKS}
left join lateral (select name from suppliers where id = p.owner_id offset 0) s on true
left join lateral (select name from tenants where id = p.owner_id offset 0) t on true
order by p.entry_id, p.leg
""")  # noqa: S608 - put together from constants
