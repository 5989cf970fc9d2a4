"""Every statement of the log. Facts are found by the id of their transaction: a sequence number is not commit order.

Everything older than the oldest transaction still running is final, so the facts in `since <= xid < upto` are read once
and for all. Transaction ids travel as text, for no driver knows the type.
"""

from sqlalchemy import text

from .leaves import TOKEN_DOMAIN

TOKEN = f"sha256(decode('{TOKEN_DOMAIN.hex()}', 'hex') || k.fingerprint)"
_SOLD = "delivered_at is not null and stock_unit_id is not null"
_WINDOW = "xid >= cast(:since as xid8) and xid < cast(:upto as xid8)"
BATCH_KEYS = 1024
BEYOND = 2**63
"""No server gives out so many transaction ids: from here on are those of restored rows, see `restored`."""

TRY_STATE = text("select cast(upto as text) as upto, size from log_state for update skip locked")
LOCK_STATE = text("select cast(upto as text) as upto, size from log_state for update")
READ_STATE = text("select cast(upto as text) as upto, size from log_state")
MOVE_STATE = text("update log_state set upto = cast(:upto as xid8), size = :size")
HORIZON = text("""
select cast(pg_snapshot_xmin(pg_current_snapshot()) as text), cast(pg_snapshot_xmax(pg_current_snapshot()) as text)
""")

# Where a look at the facts has to stop, so that it holds no more than so many: the first transaction that is too much.
TOO_MUCH = text(f"""
select cast(min(xid) as text) from (
  (select xid from order_units where {_SOLD} and {_WINDOW} order by xid offset :facts limit 1)
  union all (select xid from key_events where {_WINDOW} order by xid offset :facts limit 1)
  union all (select xid from card_keys where {_WINDOW} order by xid offset :keys limit 1)
) beyond
""")  # noqa: S608 - put together from constants
FIRST = text(f"""
select cast(min(xid) as text) from (
  (select xid from order_units where {_SOLD} and {_WINDOW} order by xid limit 1)
  union all (select xid from key_events where {_WINDOW} order by xid limit 1)
  union all (select xid from card_keys where {_WINDOW} order by xid limit 1)
  union all (select xid from daily_closes where {_WINDOW} order by xid limit 1)
) facts
""")  # noqa: S608 - put together from constants

KEY_FACTS = text(f"""
select 'sold' as event, {TOKEN} as token from order_units u join card_keys k on k.id = u.stock_unit_id
where u.delivered_at is not null and u.stock_unit_id is not null
  and u.xid >= cast(:since as xid8) and u.xid < cast(:upto as xid8)
union all
select e.event, {TOKEN} from key_events e join card_keys k on k.id = e.key_id
where e.xid >= cast(:since as xid8) and e.xid < cast(:upto as xid8)
union all
select 'closed', digest from daily_closes where {_WINDOW}
""")  # noqa: S608 - put together from constants

# One row for each batch: the keys of one transaction, by id (which is random), cut into equal pieces.
IMPORTED = text(f"""
select cast(xid as text) as xid, cast(count(*) as int) as keys, string_agg(token, '' order by id) as tokens
from (
  select k.xid, k.id, {TOKEN} as token,
    (row_number() over (partition by k.xid order by k.id) - 1) / {BATCH_KEYS} as piece
  from card_keys k where {_WINDOW}
) cut
group by xid, piece order by xid, piece
""")  # noqa: S608 - put together from constants

INSERT_LEAVES = text("""
insert into log_leaves (index, event, token, keys, hash)
select * from unnest(cast(:indexes as bigint[]), cast(:events as text[]), cast(:tokens as bytea[]),
    cast(:keys as int[]), cast(:hashes as bytea[]))
""")
INSERT_NODES = text("""
insert into log_nodes (level, index, hash)
select * from unnest(cast(:levels as smallint[]), cast(:indexes as bigint[]), cast(:hashes as bytea[]))
""")
INSERT_BATCHES = text("""
insert into log_batches (imported_index, listed_index, xid, keys, tokens)
select imported, listed, cast(xid as xid8), keys, tokens
from unnest(cast(:imported as bigint[]), cast(:listed as bigint[]), cast(:xids as text[]), cast(:keys as int[]),
    cast(:tokens as bytea[])) as b (imported, listed, xid, keys, tokens)
""")

NODES = text("""
select 0 as level, index, hash from log_leaves where index = any(cast(:leaves as bigint[]))
union all
select n.level, n.index, n.hash
from unnest(cast(:levels as smallint[]), cast(:indexes as bigint[])) as w (level, index)
join log_nodes n on n.level = w.level and n.index = w.index
""")

UNITS_OF_ORDER = text(f"""
select u.id, u.line_id, u.ordinal, {TOKEN} as token, cast(k.xid as text) as imported_xid
from order_units u join card_keys k on k.id = u.stock_unit_id
where u.tenant_id = :tenant_id and u.order_id = :order_id and u.delivered_at is not null
  and (cast(:after as uuid) is null or u.id > cast(:after as uuid))
order by u.id limit :limit
""")  # noqa: S608 - put together from constants

LEAVES_OF_TOKENS = text("""
select index, event, token from log_leaves
where token = any(cast(:tokens as bytea[])) and keys is null and index < :size order by index
""")
BATCHES_OF_TRANSACTIONS = text("""
select imported_index, listed_index, cast(xid as text) as xid, keys, tokens from log_batches
where xid in (select cast(one as xid8) from unnest(cast(:xids as text[])) as x (one)) and imported_index < :size
order by imported_index
""")

# For the proof of the whole log, in one snapshot.
ALL_LEAVES = text("select index, event, token, keys, hash from log_leaves order by index")
ALL_NODES = text("select level, index, hash from log_nodes order by (index + 1) << level, level")
ALL_HEADS = text("select size, root, timestamp_ms, key_id, signature from log_heads order by size")
ALL_BATCHES = text("""
select b.imported_index, b.listed_index, b.keys, b.tokens, i.event as imported, i.token as imported_root,
    i.keys as imported_keys, l.event as listed, l.token as listed_root, l.keys as listed_keys
from log_batches b left join log_leaves i on i.index = b.imported_index
left join log_leaves l on l.index = b.listed_index
order by b.imported_index
""")
SOLD_TWICE = text("""
select token, count(*) as times, array_agg(index order by index) as leaves from log_leaves
where event = 'sold' and keys is null group by token having count(*) > 1 order by min(index) limit :limit
""")
UNLOGGED_BATCHES = text("""
select count(*) from log_leaves l where l.keys is not null
  and not exists (select from log_batches b where l.index in (b.imported_index, b.listed_index))
""")

# Each token's events as the tables tell them, against those in the log; a key that was replaced was sold before.
DISAGREEMENTS = text(f"""
with facts as (
  select event, token, count(*) as times from (
    select 'sold' as event, {TOKEN} as token from order_units u join card_keys k on k.id = u.stock_unit_id
    where u.delivered_at is not null and u.stock_unit_id is not null and u.xid < (select upto from log_state)
    union all
    select e.event, {TOKEN} from key_events e join card_keys k on k.id = e.key_id
    where e.xid < (select upto from log_state)
    union all
    select 'sold', {TOKEN} from key_events e join card_keys k on k.id = e.key_id
    where e.event = 'replaced' and e.xid < (select upto from log_state)
    union all
    select 'closed', digest from daily_closes where xid < (select upto from log_state)
  ) told group by event, token
), logged as (
  select event, token, count(*) as times from log_leaves where keys is null group by event, token
)
select event, token, coalesce(f.times, 0) as told, coalesce(l.times, 0) as logged
from facts f full join logged l using (event, token)
where coalesce(f.times, 0) <> coalesce(l.times, 0) order by event, token limit :limit
""")  # noqa: S608 - put together from constants
TOKENS_BY_TRANSACTION = text(f"""
select cast(k.xid as text) as xid, {TOKEN} as token from card_keys k
where k.xid < (select upto from log_state) or k.xid >= '{BEYOND}' order by k.xid
""")  # noqa: S608 - put together from constants
BATCHES_BY_TRANSACTION = text("select cast(xid as text) as xid, tokens from log_batches order by xid")
