"""Selects of wallets."""

from sqlalchemy import text

KINDS = ("available", "pending", "held", "in_transit", "deposit", "advance")
"""The accounts of a wallet, in the order in which they are shown."""
_CHANGES = ", ".join(
    f"cast(-coalesce(sum(p.amount_minor) filter (where a.kind = '{kind}'), 0) as bigint) as {kind}_minor"
    for kind in KINDS
)

# The newest lines before a cursor, each with its owner's balances at the top of the page: those now, less what came
# later. All in one statement, so that a line committed meanwhile is in all parts of it or in none. Which entries are
# on the page is found by the owner's index alone, however long the history is.
STATEMENT = text(f"""
with newest as materialized (
    select p.entry_id, p.currency from postings p
    where p.owner_id = :owner_id
        and (cast(:currency as text) is null or p.currency = :currency)
        and (cast(:entry_id as uuid) is null or (p.entry_id, p.currency) < (cast(:entry_id as uuid), :entry_currency))
    group by p.entry_id, p.currency
    order by p.entry_id desc, p.currency desc limit :limit
), page as (
    select p.entry_id, p.currency, {_CHANGES}
    from newest n
    join postings p on p.entry_id = n.entry_id and p.currency = n.currency and p.owner_id = :owner_id
    join ledger_accounts a on a.id = p.account_id
    group by p.entry_id, p.currency
), tops as (
    select distinct on (currency) currency, entry_id from page order by currency, entry_id desc
), later as materialized (
    select p.account_id, sum(p.amount_minor) as amount
    from tops t join postings p on p.owner_id = :owner_id and p.entry_id > t.entry_id and p.currency = t.currency
    group by p.account_id
), balances as materialized (
    select t.currency,
        cast(-sum(coalesce(s.balance_minor, 0) + coalesce(tail.amount, 0) - coalesce(later.amount, 0)) as bigint)
            as balance_minor,
        cast(-sum(coalesce(s.balance_minor, 0) + coalesce(tail.amount, 0) - coalesce(later.amount, 0))
            filter (where a.kind = 'available') as bigint) as available_balance_minor
    from tops t
    join ledger_accounts a on a.owner_id = :owner_id and a.currency = t.currency
    cross join ledger_fold f
    left join balance_snapshots s on s.account_id = a.id
    left join lateral (
        select sum(amount_minor) as amount from postings where account_id = a.id and xid >= f.upto
    ) tail on true
    left join later on later.account_id = a.id
    group by t.currency
)
select page.entry_id, e.created_at as at, e.kind, e.reference, e.reference_id, page.currency,
    page.available_minor, page.pending_minor, page.held_minor, page.in_transit_minor, page.deposit_minor,
    page.advance_minor,
    b.balance_minor, coalesce(b.available_balance_minor, 0) as available_balance_minor
from page join journal_entries e on e.id = page.entry_id join balances b on b.currency = page.currency
order by page.entry_id desc, page.currency desc
""")  # noqa: S608 - put together from constants

# What one owner's accounts of one currency held at a moment; credits positive.
HELD_AT = text("""
select a.kind, cast(-coalesce(sum(p.amount_minor) filter (where p.created_at < :moment), 0) as bigint) as held
from ledger_accounts a left join postings p on p.account_id = a.id
where a.owner_id = :owner_id and a.currency = :currency group by a.kind
""")

# The lines of a period, oldest first; the balances beside them are the reader's to run up.
PERIOD = text(f"""
select p.entry_id, e.created_at as at, e.kind, e.reference, e.reference_id, p.currency, {_CHANGES}
from postings p join ledger_accounts a on a.id = p.account_id join journal_entries e on e.id = p.entry_id
where p.owner_id = :owner_id and p.currency = :currency and p.created_at >= :since and p.created_at < :until
group by p.entry_id, e.created_at, e.kind, e.reference, e.reference_id, p.currency
order by p.entry_id
""")  # noqa: S608 - put together from constants
