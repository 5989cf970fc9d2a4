"""The laws of the schema itself, read from the catalogue: `cardmesh verify schema`.

An owned table has a column that says whose a row is. Spread tables are those that would be divided by tenant over
many machines: every table of tenants' rows but the directory (`exceptions.REFERENCE`).
"""

# ruff: noqa: S608 - put together from our own words below; nothing comes from outside

from .checks import check
from .exceptions import EXCEPTIONS, REFERENCE


def _names(names: tuple[str, ...]) -> str:
    return "(values " + ", ".join(f"('{name}')" for name in names) + ")"


ALLOWED = _names(tuple(one.name for one in EXCEPTIONS))
SPREADABLE = _names(tuple(one.name for one in EXCEPTIONS if one.instead))
COPIED = _names(REFERENCE)
RATES = (
    "('listings.markup_percent'), ('commission_rules.rate'), ('commission_rules.fee_rate'),"
    " ('commission_rules.supplier_share'), ('commission_rules.platform_share'),"
    " ('commission_rules.distributor_share'), ('markup_rules.percent'), ('coupons.percent'),"
    " ('fx_rates.rate')"
)
"""Shares and percents: the only decimals there are. Money is counted in minor units."""

OURS = "c.relnamespace = 'public'::regnamespace"
MINE = "not exists (select from pg_depend e where e.objid = {0}.oid and e.deptype = 'e')"  # not an extension's
TABLES = f"select c.* from pg_class c where {OURS} and c.relkind in ('r', 'p') and c.relname <> 'alembic_version'"

OWNED = f"""
select distinct on (c.oid) c.oid, c.relname, a.attname, a.attnum, a.attnotnull from ({TABLES}) c
join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
join unnest(array['tenant_id', 'supplier_id', 'owner_id', 'party_id']) with ordinality o (name, place)
  on o.name = a.attname order by c.oid, a.attnotnull desc, o.place"""
"""Each owned table once, with the column that says whose a row is: the tenant before the others."""

UNIQUE = """
select i.indrelid, coalesce(k.conname, c.relname) as name, i.indkey::int2[] as columns from pg_index i
join pg_class c on c.oid = i.indexrelid left join pg_constraint k on k.conindid = c.oid and k.contype in ('p', 'u', 'x')
where (i.indisunique or i.indisexclusion) and c.relnamespace = 'public'::regnamespace"""
"""Primary keys, unique and exclusion constraints, unique indexes."""

SPREAD = f"""
select o.* from ({OWNED}) o where o.attname = 'tenant_id' and o.attnotnull
  and o.relname not in (select * from {COPIED} r)"""

PROTECTED = check(
    "schema.rls_forced",
    "row-level security is forced on every table, with one policy for each of select, insert, update, delete",
    f"select count(*) from ({TABLES}) c",
    f"select 'table ' || c.relname || ' is not protected' as defect from ({TABLES}) c"
    " where not (c.relrowsecurity and c.relforcerowsecurity)"
    f" union all select 'table ' || c.relname || ' has ' || count(p.oid) || ' policies for '"
    " || case w.cmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' else 'delete' end"
    f" from ({TABLES}) c cross join unnest(array['r', 'a', 'w', 'd']) w (cmd)"
    " left join pg_policy p on p.polrelid = c.oid and p.polcmd::text in (w.cmd, '*')"
    " group by c.relname, w.cmd having count(p.oid) <> 1"
    f" union all select 'policy ' || p.polname || ' shows every row of ' || o.relname from ({OWNED}) o"
    " join pg_policy p on p.polrelid = o.oid and p.polcmd <> 'a' where pg_get_expr(p.polqual, p.polrelid) = 'true'",
)

ROLE = check(
    "schema.app_role_is_powerless",
    "the app's role is no superuser, bypasses and owns nothing, joins no role, may not truncate, refer, add triggers",
    f"select count(*) from ({TABLES}) c",
    "select 'the app role is too strong' as defect from pg_roles where rolname = :role"
    " and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)"
    " union all select 'the app role is a member of ' || m.roleid::regrole::text from pg_auth_members m"
    " where m.member = cast(:role as regrole)"
    " union all select 'the app role owns ' || s.deptype::text || ' ' || pg_describe_object(s.classid, s.objid, 0)"
    " from pg_shdepend s where s.refclassid = 'pg_authid'::regclass and s.refobjid = cast(:role as regrole)"
    " and s.deptype = 'o' and s.dbid in (0, (select oid from pg_database where datname = current_database()))"
    " and not exists (select from pg_class t where t.oid = s.objid and t.relpersistence = 't')"
    f" union all select 'the app role may ' || p.name || ' ' || c.relname from ({TABLES}) c"
    " cross join unnest(array['TRUNCATE', 'REFERENCES', 'TRIGGER']) p (name)"
    " where has_table_privilege(:role, c.oid, p.name)"
    " union all select 'the app role may create in schema ' || nspname from pg_namespace"
    " where nspname !~ '^pg_' and has_schema_privilege(:role, oid, 'CREATE')",
)

FROZEN = _names(
    (
        *("journal_entries", "postings", "audit_records", "card_keys", "key_events"),
        *("log_leaves", "log_nodes", "log_heads", "log_batches", "log_keys", "fx_rates"),
    )
)
APPEND_ONLY = check(
    "schema.append_only",
    "posted, audited and sealed rows cannot be changed: no grant, and triggers that refuse; data keys are only added",
    f"select count(*) from {FROZEN} f",
    f"select 'the app role may update ' || t.name as defect from (select * from {FROZEN} f union select 'data_keys')"
    " t (name) where has_any_column_privilege(:role, t.name, 'UPDATE')"
    f" union all select 'the app role may delete from ' || t.name from (select * from {FROZEN} f"
    " union select 'data_keys' union select 'ledger_accounts') t (name)"
    " where has_table_privilege(:role, t.name, 'DELETE')"
    f" union all select 'no trigger guards ' || t.name || ' against ' || e.name from {FROZEN} t (name)"
    " cross join (values ('update', 16), ('delete', 8), ('truncate', 32)) e (name, bit)"
    " where not exists (select from pg_trigger g join pg_proc f on f.oid = g.tgfoid where g.tgrelid = t.name::regclass"
    " and g.tgenabled = 'O' and g.tgtype & 2 = 2 and g.tgtype & e.bit = e.bit and (f.proname = 'refuse_change'"
    " or f.proname = 'allow_reseal' and t.name = 'card_keys' and e.name = 'update'))",
)

RECORDS = _names(
    (
        *("orders", "order_lines", "order_units", "payments", "refunds", "disputes", "commission_rules", "withdrawals"),
        *("payout_runs", "payout_lines", "payout_results", "gateway_events", "gateway_movements", "comparisons"),
        *("reconciliation_tasks", "daily_closes", "advances", "advance_terms"),
    )
)
KEPT = check(
    "schema.records_are_kept",
    "nobody deletes a record of a transaction: they are kept for three years at least",
    f"select count(*) from {RECORDS} r",
    f"select 'the app role may delete from ' || r.name as defect from {RECORDS} r (name)"
    " where has_table_privilege(:role, r.name, 'DELETE')",
)

SIDE_DOORS = check(
    "schema.no_side_doors",
    "no view, stored view, partition or foreign table shows rows around their policies, no function runs as its owner"
    " with a search path of the caller's",
    "select count(*) from pg_class c where c.relkind in ('v', 'm', 'f') or c.relispartition or c.relkind = 'p'",
    "select case c.relkind when 'm' then 'stored view ' when 'f' then 'foreign table ' when 'v' then 'view '"
    " else 'partition ' end || c.oid::regclass || ' shows rows around their policies' as defect from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
    f" where {MINE.format('c')} and (c.relkind in ('m', 'f')"
    " or c.relkind = 'v' and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on'], false)"
    " or c.relispartition and c.relkind in ('r', 'p') and has_table_privilege(:role, c.oid, 'SELECT'))"
    " union all select 'function ' || p.oid::regprocedure || ' runs as its owner with the caller''s search path'"
    " from pg_proc p join pg_namespace n on n.oid = p.pronamespace and n.nspname !~ '^pg_'"
    f" and n.nspname <> 'information_schema' where p.prosecdef and {MINE.format('p')}"
    " and not exists (select from unnest(p.proconfig) s where s ~ '^search_path=')",
)

KEYS = check(
    "schema.keys_carry_the_owner",
    "primary, unique and foreign keys of an owned table carry its owner; the exceptions are listed with their reasons",
    f"select count(*) from ({UNIQUE}) u",
    f"select 'the key ' || u.name || ' does not carry ' || o.attname as defect from ({UNIQUE}) u"
    f" join ({OWNED}) o on o.oid = u.indrelid and o.attnotnull"
    f" where o.attnum <> all (u.columns) and u.name not in (select * from {ALLOWED} a)"
    " union all select 'the key ' || k.conname || ' does not carry ' || o.attname from pg_constraint k"
    f" join ({OWNED}) o on o.oid = k.conrelid and o.attnotnull"
    f" join ({OWNED}) r on r.oid = k.confrelid and r.attnotnull and r.attname = o.attname"
    " where k.contype = 'f' and (array_position(k.conkey, o.attnum) = array_position(k.confkey, r.attnum)) is not true"
    f" and k.conname not in (select * from {ALLOWED} a)"
    f" union all select 'the exception ' || a.name || ' names nothing' from {ALLOWED} a (name) where not exists"
    f" (select from ({UNIQUE}) u where u.name = a.name union all select from pg_constraint k where k.conname = a.name"
    " union all select from pg_trigger g where g.tgname = a.name)",
)

MONEY = check(
    "schema.money_is_whole",
    "money is bigint, in minor units; no float anywhere, and decimals only for rates",
    "select count(*) from information_schema.columns where table_schema = 'public' and column_name like '%\\_minor'",
    "select 'column ' || table_name || '.' || column_name || ' is ' || data_type as defect"
    " from information_schema.columns where table_schema = 'public' and table_name in"
    f" (select c.relname from ({TABLES}) c) and (column_name like '%minor%' and data_type <> 'bigint'"
    " or data_type in ('real', 'double precision', 'money') or data_type = 'numeric'"
    f" and table_name || '.' || column_name not in (values {RATES}))",
)

DISTRIBUTABLE = check(
    "schema.distributable",
    "every table of tenants' rows can be spread over machines by tenant id today",
    f"select count(*) from ({SPREAD}) s",
    f"select 'the key ' || u.name || ' spans tenants' as defect from ({UNIQUE}) u"
    f" join ({SPREAD}) s on s.oid = u.indrelid"
    f" where s.attnum <> all (u.columns) and u.name not in (select * from {SPREADABLE} a)"
    " union all select 'the key ' || k.conname || ' leads to another machine' from pg_constraint k"
    f" join ({SPREAD}) s on s.oid = k.conrelid left join ({SPREAD}) r on r.oid = k.confrelid"
    " where k.contype = 'f' and case when r.oid is null then k.confrelid::regclass::text not in"
    f" (select * from {COPIED} c) else "
    " (array_position(k.conkey, s.attnum) = array_position(k.confkey, r.attnum)) is not true end"
    " union all select 'the key ' || k.conname || ' leads into a spread table' from pg_constraint k"
    f" join ({SPREAD}) r on r.oid = k.confrelid"
    f" where k.contype = 'f' and k.conrelid not in (select oid from ({SPREAD}) s)"
    " union all select 'the trigger ' || g.tgname || ' stands on a spread table' from pg_trigger g"
    f" join ({SPREAD}) s on s.oid = g.tgrelid where not g.tgisinternal"
    f" and g.tgname not in (select * from {SPREADABLE} a)",
)
"""What Citus and its kin ask for: the tenant in every unique key, in every foreign key between spread tables and at the
same place; other foreign keys lead to copied tables, none leads back; no triggers."""

CHECKS = (PROTECTED, ROLE, APPEND_ONLY, KEPT, SIDE_DOORS, KEYS, MONEY, DISTRIBUTABLE)
