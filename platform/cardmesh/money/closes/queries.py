"""Statements of the daily close. Transaction ids travel as text, for no driver knows the type."""

from sqlalchemy import text

# The first day that was ever posted on, or the day after the last close.
NEXT_DAY = text("""
select coalesce(
    (select max(day) + 1 from daily_closes where digest is not null),
    (select cast(min(created_at) at time zone 'UTC' + interval '8 hours' as date) from postings))
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
DAY_OF_BOOKS = text("""
select p.entry_id, e.idempotency_key, e.kind as entry_kind, p.leg, p.owner_id, a.kind, p.currency, p.amount_minor
from postings p join ledger_accounts a on a.id = p.account_id join journal_entries e on e.id = p.entry_id
where p.created_at >= :since and p.created_at < :until order by p.entry_id, p.leg
""")
JOURNAL = text("""
select p.created_at as at, p.entry_id, e.kind as entry_kind, e.reference, a.kind, p.currency, p.amount_minor,
    coalesce(s.name, t.name, '') as owner
from postings p join ledger_accounts a on a.id = p.account_id join journal_entries e on e.id = p.entry_id
left join suppliers s on s.id = p.owner_id left join tenants t on t.id = p.owner_id
where p.created_at >= :since and p.created_at < :until order by p.entry_id, p.leg
""")
