"""The first schema: every table, its row-level security, the ledger's laws, and what the app's role may do."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cardmesh.kit.db import Xid8
from cardmesh.settings import APP_ROLE
from migrations import money
from migrations.policies import APPEND_ONLY, FIXED, FUNCTIONS, POLICIES, freeze, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


FUNCTION_FILES = Path(__file__).parents[1] / "functions"
"""Statements of the order path that run inside the database."""
EXTENSIONS = "create extension if not exists pg_trgm; create extension if not exists citext"

LEDGER_LAWS = """
create function check_postings() returns trigger language plpgsql as $$
declare
  entry record;
  lawful boolean;
begin
  -- This runs for every sale: entries of one currency, as nearly all are, are seen to be lawful without a window.
  select bool_and(a.balance = 0 and a.first = 1 and a.known
      and exists (select from journal_entries j where j.id = a.entry_id))
    into lawful
    from (
      select p.entry_id, sum(p.amount_minor) as balance, min(p.leg) as first,
        bool_and(p.xid >= f.upto and exists (select from ledger_accounts l
          where l.id = p.account_id and l.owner_id = p.owner_id and l.currency = p.currency)) as known
      from added p cross join ledger_fold f
      group by p.entry_id, p.currency
    ) a;
  if lawful then
    return null;
  end if;
  for entry in
    select sum(a.amount_minor) <> 0 as unbalanced, min(a.first) <> 1 as unsealed,
      bool_or(not a.known) as foreign_account, bool_or(a.xid < f.upto) as behind,
      not exists (select from journal_entries j where j.id = a.entry_id) as missing
    from (
      select p.entry_id, p.currency, p.amount_minor, p.xid, min(p.leg) over (partition by p.entry_id) as first,
        exists (select from ledger_accounts l
          where l.id = p.account_id and l.owner_id = p.owner_id and l.currency = p.currency) as known
      from added p
    ) a cross join ledger_fold f
    group by a.entry_id, a.currency
  loop
    if entry.unbalanced then
      raise exception 'journal entry does not balance'
        using errcode = 'check_violation', constraint = 'postings_balanced';
    elsif entry.unsealed then
      raise exception 'journal entry is sealed' using errcode = 'check_violation', constraint = 'postings_sealed';
    elsif entry.missing then
      raise exception 'posting without its entry'
        using errcode = 'foreign_key_violation', constraint = 'postings_entry_id_fkey';
    elsif entry.foreign_account then
      raise exception 'posting to an account that is not there, or not this owner''s in this currency'
        using errcode = 'foreign_key_violation', constraint = 'postings_account';
    elsif entry.behind then
      raise exception 'posting behind the fold: run cardmesh refold'
        using errcode = 'check_violation', constraint = 'postings_ahead_of_fold';
    end if;
  end loop;
  return null;
end $$;
create trigger postings_laws after insert on postings
  referencing new table as added for each statement execute function check_postings();
"""
"""All legs of an entry arrive in one INSERT, numbered from 1, and add up to zero per currency: a later INSERT would
have to bring another leg 1. Entry and accounts are looked up instead of locked by foreign keys, because the few accounts
of the platform take part in every sale; they are safe to look up, for nobody can change or delete one. A posting with an older
transaction id than the fold's would be in no balance: after a restore from a dump that has to be repaired first."""

POOL_LAWS = """
create function check_offers() returns trigger language plpgsql as $$
begin
  if exists (
    select from (select distinct supplier_id, offer_id from added) a
      left join offers o on o.supplier_id = a.supplier_id and o.id = a.offer_id
    where o.id is null
  ) then
    raise exception 'no such offer of this supplier' using errcode = 'foreign_key_violation', constraint = tg_name;
  end if;
  return null;
end $$;
create trigger card_keys_offer after insert on card_keys
  referencing new table as added for each statement execute function check_offers();
create trigger stock_offer after insert on stock
  referencing new table as added for each statement execute function check_offers();
create function refuse_offer_end() returns trigger language plpgsql
  as $$ begin raise exception 'offers are paused, never deleted' using errcode = 'restrict_violation'; end $$;
create trigger offers_stay before delete or update of id, supplier_id on offers
  for each row execute function refuse_offer_end();
"""
"""A key and a unit of stock are of an offer that is there. One look a statement instead of a lock a row: a foreign key
took a third of the time of an import. Safe to look up, for an offer is never deleted and never changes hands."""

RULE_LAWS = """
create function refuse_rule_edit() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - 'ends_at' <> to_jsonb(old) - 'ends_at' then
    raise exception 'commission rules are superseded, never edited' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger commission_rules_no_edit before update on commission_rules
  for each row execute function refuse_rule_edit();
create trigger commission_rules_no_delete before delete on commission_rules
  for each row execute function refuse_change();
create trigger commission_rules_no_truncate before truncate on commission_rules
  for each statement execute function refuse_change();
insert into commission_rules (id, basis, rate, effective_from, note) values
  ('00000000-0000-0000-0000-000000000001', 'cost', 0.05, '2000-01-01T00:00:00+08:00', '');
"""
"""Of a rule only the end may be set. An installation always has a default rule; its operator supersedes it."""

TIERS = """
insert into tier_levels (tier, threshold_minor, currency, grace_days) values
  ('VIP1', 0, 'CNY', 14), ('VIP2', 1000000, 'CNY', 14), ('VIP3', 10000000, 'CNY', 14);
"""
"""A new installation's tiers; the operator sets others."""

KEY_EVENTS = """
create function stamp_sale() returns trigger language plpgsql as $$
begin
  new.xid := pg_current_xact_id();
  if old.delivered_at is not null and old.stock_unit_id is not null then
    insert into key_events (event, key_id) values ('replaced', old.stock_unit_id);
  end if;
  return new;
end $$;
create trigger order_units_stamp_sale before update of delivered_at, stock_unit_id on order_units for each row
  when (new.delivered_at is not null and new.stock_unit_id is not null
    and (old.delivered_at is null or old.stock_unit_id is distinct from new.stock_unit_id))
  execute function stamp_sale();

create function note_key_event() returns trigger language plpgsql as $$
begin
  insert into key_events (event, key_id) values (tg_argv[0], new.stock_unit_id);
  return null;
end $$;
create trigger order_units_note_revealed after update of revealed_at on order_units for each row
  when (old.revealed_at is null and new.revealed_at is not null and new.stock_unit_id is not null)
  execute function note_key_event('revealed');
create trigger order_units_note_voided after update of status on order_units for each row
  when (new.status = 'refunded' and old.status <> 'refunded' and new.delivered_at is not null
    and new.stock_unit_id is not null)
  execute function note_key_event('voided');
"""
"""A unit that is inserted delivered, as the wallet's order does, needs no trigger: its `xid` is its sale's. One that was
reserved first gets the id of the transaction that hands it over (docs/decisions/0012-provenance.md)."""

GRANTS = f"""
do $$ begin
  if not exists (select from pg_roles where rolname = '{APP_ROLE}') then
    create role {APP_ROLE} login nosuperuser nocreatedb nocreaterole nobypassrls;
  end if;
  if current_user <> '{APP_ROLE}' and not pg_has_role(current_user, '{APP_ROLE}', 'set') then
    execute format('grant {APP_ROLE} to %I with inherit false, set true', current_user);
  end if;
end $$;
revoke create on schema public from public;
grant usage on schema public to {APP_ROLE};
grant select, insert, update, delete on all tables in schema public to {APP_ROLE};
revoke update, delete on {", ".join(APPEND_ONLY)} from {APP_ROLE};
revoke delete on commission_rules, disputes, gateway_events, ledger_accounts, merchants, orders, order_lines, order_units,
  payments, refunds
  from {APP_ROLE};
revoke update, delete on data_keys from {APP_ROLE};
revoke insert, delete on ledger_fold, log_state, figures_fold from {APP_ROLE};
revoke delete on {", ".join(money.RECORDS)} from {APP_ROLE};
revoke all on alembic_version from {APP_ROLE};
"""


def run(statements: list[str]) -> None:
    for statement in statements:
        op.execute(statement)


def upgrade() -> None:
    op.execute(EXTENSIONS)
    op.execute(FUNCTIONS)
    create_tables()
    money.create_tables()
    for table, policy in POLICIES.items():
        run(protect(table, policy))
    for table in APPEND_ONLY:
        run(freeze(table))
    run([law.statement for law in FIXED])
    run(freeze("ledger_accounts"))  # not in APPEND_ONLY: locking a wallet takes the right to update it
    op.execute(LEDGER_LAWS)
    op.execute(POOL_LAWS)
    for file in sorted(FUNCTION_FILES.glob("*.sql")):
        op.execute(file.read_text())
    op.execute("select set_config('app.realm', 'platform', true)")  # the policies bind the owner too
    op.execute(RULE_LAWS)
    op.execute(TIERS)
    op.execute(KEY_EVENTS)
    op.execute("insert into log_state (id, upto) values (1, '3')")
    op.execute("insert into ledger_fold (id, upto) values (1, '3')")
    op.execute("insert into figures_fold (id, upto) values (1, '3')")
    op.execute(GRANTS)


def create_tables() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("livemode", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column(
            "allowed_ips", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("api_version", sa.Text(), server_default="2026-11-22", nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "party in ('platform', 'supplier', 'distributor')", name=op.f("api_keys_party_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("api_keys_pkey")),
        sa.UniqueConstraint("prefix", name=op.f("api_keys_prefix_key")),
    )
    op.create_index("api_keys_party_id_idx", "api_keys", ["party_id"], unique=False)
    op.create_table(
        "audit_records",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), server_default="", nullable=False),
        sa.Column("ip", postgresql.INET(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column(
            "details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_records_pkey")),
    )
    op.create_index("audit_records_party_idx", "audit_records", ["party_id", "id"], unique=False)
    op.create_index("audit_records_subject_idx", "audit_records", ["subject_id"], unique=False)
    op.create_table(
        "catalog_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("catalog_changes_pkey")),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("sort", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("categories_pkey")),
        sa.UniqueConstraint("slug", name=op.f("categories_slug_key")),
    )
    op.create_table(
        "commission_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=7, scale=6), server_default=sa.text("0"), nullable=False),
        sa.Column("fee_rate", sa.Numeric(precision=7, scale=6), server_default=sa.text("0"), nullable=False),
        sa.Column("supplier_share", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("platform_share", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("distributor_share", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("min_minor", sa.BigInteger(), nullable=True),
        sa.Column("cap_minor", sa.BigInteger(), nullable=True),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column(
            "effective_from",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "case basis when 'share' then rate = 0 and fee_rate = 0 and num_nonnulls(supplier_share, platform_share, distributor_share) = 3 and supplier_share + platform_share + distributor_share = 1 else num_nonnulls(supplier_share, platform_share, distributor_share) = 0 end",
            name=op.f("commission_rules_shares_check"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(sku_id, product_id, category_id) <= 1", name=op.f("commission_rules_goods_check")
        ),
        sa.CheckConstraint(
            "currency is not null or (min_minor is null and cap_minor is null and steps = '[]')",
            name=op.f("commission_rules_currency_check"),
        ),
        sa.CheckConstraint(
            "min_minor >= 0 and cap_minor >= 0 and min_minor <= cap_minor", name=op.f("commission_rules_sums_check")
        ),
        sa.CheckConstraint("basis in ('cost', 'retail', 'share')", name=op.f("commission_rules_basis_check")),
        sa.CheckConstraint(
            "rate between 0 and 1 and fee_rate between 0 and 1", name=op.f("commission_rules_rates_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("commission_rules_pkey")),
    )
    op.create_index("commission_rules_effective_idx", "commission_rules", ["effective_from", "id"], unique=False)
    op.create_table(
        "data_keys",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("master_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("owner_id", "version", name=op.f("data_keys_pkey")),
    )
    op.create_table(
        "events",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("events_pkey")),
    )
    op.create_table(
        "gateway_events",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("event_ref", sa.String(length=255), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="stored", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome in ('stored', 'applied', 'ignored', 'refused')",
            name=op.f("gateway_events_outcome_check"),
        ),
        sa.PrimaryKeyConstraint("gateway", "event_ref", name=op.f("gateway_events_pkey")),
    )
    op.create_index(
        "gateway_events_alerts_idx",
        "gateway_events",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("outcome = 'refused'"),
    )
    op.create_index("gateway_events_newest_idx", "gateway_events", ["received_at", "event_ref"], unique=False)
    op.create_index(
        "gateway_events_received_idx", "gateway_events", ["gateway", "received_at"], unique=False
    )
    op.create_index(
        "gateway_events_stored_idx",
        "gateway_events",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("outcome = 'stored'"),
    )
    op.create_table(
        "idempotent_calls",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("party_id", "key", name=op.f("idempotent_calls_pkey")),
    )
    op.create_index(
        "idempotent_calls_created_at_idx",
        "idempotent_calls",
        ["created_at"],
        unique=False,
        postgresql_using="brin",
    )
    op.create_table(
        "imports",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("filename", sa.Text(), server_default="", nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column(
            "cursor", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("done_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("accepted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("duplicates", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("offers_created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("offers_updated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('keys', 'offers')", name=op.f("imports_kind_check")),
        sa.CheckConstraint(
            "status in ('queued', 'running', 'completed', 'failed')", name=op.f("imports_status_check")
        ),
        sa.PrimaryKeyConstraint("supplier_id", "id", name=op.f("imports_pkey")),
        sa.UniqueConstraint("id", name=op.f("imports_id_key")),
    )
    op.create_table(
        "journal_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("reference_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["journal_entries.id"], name=op.f("journal_entries_reverses_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("journal_entries_pkey")),
        sa.UniqueConstraint("idempotency_key", name=op.f("journal_entries_idempotency_key_key")),
    )
    op.create_index("journal_entries_reference_id_idx", "journal_entries", ["reference_id"], unique=False)
    op.create_index(
        "journal_entries_reversal_idx",
        "journal_entries",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'reversal'"),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("ledger_accounts_pkey")),
        sa.UniqueConstraint(
            "owner_id", "kind", "currency", name=op.f("ledger_accounts_owner_id_kind_currency_key")
        ),
    )
    op.create_table(
        "key_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint(
            "event in ('listed', 'revealed', 'replaced', 'voided')", name=op.f("key_events_event_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("key_events_pkey")),
    )
    op.create_index("key_events_xid_idx", "key_events", ["xid"], unique=False)
    op.create_table(
        "ledger_fold",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("upto", Xid8(), nullable=False),
        sa.Column(
            "folded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("id = 1", name=op.f("ledger_fold_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("ledger_fold_pkey")),
    )
    op.create_table(
        "log_batches",
        sa.Column("imported_index", sa.BigInteger(), nullable=False),
        sa.Column("listed_index", sa.BigInteger(), nullable=False),
        sa.Column("xid", Xid8(), nullable=False),
        sa.Column("keys", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(tokens) = 32 * keys", name=op.f("log_batches_tokens_check")),
        sa.PrimaryKeyConstraint("imported_index", name=op.f("log_batches_pkey")),
    )
    op.create_index("log_batches_xid_idx", "log_batches", ["xid"], unique=False)
    op.execute("alter table log_batches alter column tokens set storage external")  # hashes do not compress
    op.create_table(
        "log_keys",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("endorsement", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("(number = 1) = (endorsement is null)", name=op.f("log_keys_endorsed_check")),
        sa.PrimaryKeyConstraint("number", name=op.f("log_keys_pkey")),
        sa.UniqueConstraint("id", name=op.f("log_keys_id_key")),
    )
    op.create_table(
        "log_leaves",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("keys", sa.Integer(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("log_leaves_pkey")),
    )
    op.create_index("log_leaves_token_idx", "log_leaves", ["token"], unique=False)
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "index", name=op.f("log_nodes_pkey")),
    )
    op.create_table(
        "log_state",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("upto", Xid8(), nullable=False),
        sa.Column("size", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("log_state_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("log_state_pkey")),
    )
    op.create_table(
        "log_heads",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("timestamp_ms", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["log_keys.id"], name=op.f("log_heads_key_id_fkey")),
        sa.PrimaryKeyConstraint("size", name=op.f("log_heads_pkey")),
    )
    op.create_table(
        "log_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["log_keys.id"], name=op.f("log_secrets_key_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("log_secrets_pkey")),
        sa.UniqueConstraint("key_id", name=op.f("log_secrets_key_id_key")),
    )
    op.create_table(
        "orders",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("embed_origin", sa.String(length=300), nullable=True),
        sa.Column("external_ref", sa.String(length=128), nullable=True),
        sa.Column("request_hash", sa.LargeBinary(), nullable=True),
        sa.Column("collected_by", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("coupon_code", sa.String(length=32), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("contact_kind", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), server_default="zh-CN", nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("query_password_hash", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("channel in ('store', 'api', 'embed')", name=op.f("orders_channel_check")),
        sa.CheckConstraint(
            "(channel = 'embed') = (embed_origin is not null)", name=op.f("orders_embed_origin_check")
        ),
        sa.CheckConstraint(
            "collected_by in ('platform', 'distributor')", name=op.f("orders_collected_by_check")
        ),
        sa.CheckConstraint(
            "status in ('pending_payment', 'paid', 'processing', 'completed', 'partially_completed', 'failed', 'canceled', 'refunded', 'partially_refunded')",
            name=op.f("orders_status_check"),
        ),
        sa.CheckConstraint("total_minor >= 0", name=op.f("orders_total_check")),
        sa.CheckConstraint(
            "discount_minor >= 0 and (discount_minor > 0) = (coupon_code is not null)",
            name=op.f("orders_discount_check"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("orders_pkey")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("orders_tenant_id_number_key")),
    )
    op.create_index(
        "orders_expiry_idx",
        "orders",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending_payment'"),
    )
    op.create_index(
        "orders_external_ref_idx",
        "orders",
        ["tenant_id", "external_ref"],
        unique=True,
        postgresql_where=sa.text("external_ref is not null"),
    )
    op.create_index("orders_id_idx", "orders", ["id"], unique=False)
    op.create_index(
        "orders_unpaid_contact_idx",
        "orders",
        ["tenant_id", "contact"],
        unique=False,
        postgresql_where=sa.text("status = 'pending_payment'"),
    )
    op.create_index(
        "orders_unpaid_ip_idx",
        "orders",
        ["tenant_id", "ip"],
        unique=False,
        postgresql_where=sa.text("status = 'pending_payment'"),
    )
    op.create_index(
        "orders_canceled_idx",
        "orders",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'canceled'"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "args", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="ready", nullable=False),
        sa.Column(
            "run_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_attempts", sa.Integer(), server_default=sa.text("12"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("state in ('ready', 'leased', 'dead')", name=op.f("outbox_state_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pkey")),
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.01", "autovacuum_vacuum_threshold": "1000"},
    )
    op.create_index(
        "outbox_dead_idx", "outbox", ["queue", "id"], unique=False, postgresql_where=sa.text("state = 'dead'")
    )
    op.create_index(
        "outbox_dedupe_idx",
        "outbox",
        ["dedupe_key"],
        unique=True,
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "outbox_due_idx",
        "outbox",
        ["queue", "run_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "outbox_lease_idx",
        "outbox",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'leased'"),
    )
    op.create_table(
        "payments",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_account", sa.Text(), server_default="", nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("collector", sa.Text(), server_default="platform", nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), server_default="page", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("session_ref", sa.Text(), nullable=True),
        sa.Column("intent_ref", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("(purpose = 'order') = (order_id is not null)", name=op.f("payments_order_check")),
        sa.CheckConstraint(
            "collector = 'platform' or (collector = 'distributor' and purpose = 'order')",
            name=op.f("payments_collector_check"),
        ),
        sa.CheckConstraint("way in ('page', 'phone', 'qr')", name=op.f("payments_way_check")),
        sa.CheckConstraint("purpose in ('order', 'top_up')", name=op.f("payments_purpose_check")),
        sa.CheckConstraint(
            "status in ('open', 'paid', 'expired', 'failed')", name=op.f("payments_status_check")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("payments_amount_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("payments_pkey")),
        sa.UniqueConstraint("id", name=op.f("payments_id_key")),
    )
    op.create_index(
        "payments_open_idx",
        "payments",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "payments_intent_idx",
        "payments",
        ["gateway", "intent_ref"],
        unique=False,
        postgresql_where=sa.text("intent_ref is not null"),
    )
    op.create_index("payments_order_idx", "payments", ["tenant_id", "order_id"], unique=True)
    op.create_index(
        "payments_session_idx",
        "payments",
        ["gateway", "session_ref"],
        unique=True,
        postgresql_where=sa.text("session_ref is not null"),
    )
    op.create_table(
        "disputes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_ref", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reinstated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("due_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("status in ('inquiry', 'open', 'won', 'lost')", name=op.f("disputes_status_check")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("disputes_amount_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("disputes_pkey")),
        sa.UniqueConstraint(
            "tenant_id", "gateway", "gateway_ref", name=op.f("disputes_tenant_id_gateway_gateway_ref_key")
        ),
    )
    op.create_index("disputes_payment_idx", "disputes", ["tenant_id", "payment_id"], unique=False)
    op.create_index("disputes_newest_idx", "disputes", ["id"], unique=False)
    op.create_index(
        "disputes_open_idx",
        "disputes",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status in ('inquiry', 'open')"),
    )
    op.create_table(
        "merchants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("public", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), server_default="ready", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("status in ('ready', 'active', 'retired')", name=op.f("merchants_status_check")),
        sa.CheckConstraint("gateway in ('stripe', 'alipay', 'wechat')", name=op.f("merchants_gateway_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("merchants_pkey")),
        sa.UniqueConstraint(
            "owner_id", "gateway", "account", name=op.f("merchants_owner_id_gateway_account_key")
        ),
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("wanted_email", postgresql.CITEXT(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), server_default="zh-CN", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("persons_pkey")),
        sa.UniqueConstraint("email", name=op.f("persons_email_key")),
    )
    op.create_table(
        "refunds",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("gateway_ref", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint(
            "status in ('requested', 'succeeded', 'failed')", name=op.f("refunds_status_check")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("refunds_amount_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("refunds_pkey")),
        sa.UniqueConstraint("tenant_id", "unit_id", name=op.f("refunds_tenant_id_unit_id_key")),
    )
    op.create_index("refunds_gateway_ref_idx", "refunds", ["gateway_ref"], unique=False)
    op.create_index("refunds_xid_idx", "refunds", ["xid"], unique=False)
    op.create_index(
        "refunds_failed_idx", "refunds", ["id"], unique=False, postgresql_where=sa.text("status = 'failed'")
    )
    op.create_index(
        "refunds_waiting_idx",
        "refunds",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'requested'"),
    )
    op.create_table(
        "stores",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handle", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("locale", sa.Text(), server_default="zh-CN", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("theme", sa.Text(), server_default="classic", nullable=False),
        sa.Column("preset", sa.Text(), server_default="default", nullable=False),
        sa.Column(
            "settings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "templates", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "profile", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "embed_origins", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("primary_host", sa.String(length=253), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("status in ('open', 'maintenance')", name=op.f("stores_status_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("stores_pkey")),
        sa.UniqueConstraint("handle", name=op.f("stores_handle_key")),
        sa.UniqueConstraint("id", name=op.f("stores_id_key")),
    )
    op.create_table(
        "suppliers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column("grade", sa.Text(), server_default="B", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status in ('pending_review', 'active', 'suspended')", name=op.f("suppliers_status_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("suppliers_pkey")),
        sa.UniqueConstraint("name", name=op.f("suppliers_name_key")),
    )
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handle", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.String(length=5), server_default="VIP1", nullable=False),
        sa.Column("tier_fixed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tier_grace_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("locale", sa.Text(), server_default="zh-CN", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "handle ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'", name=op.f("tenants_handle_check")
        ),
        sa.CheckConstraint("status in ('active', 'suspended')", name=op.f("tenants_status_check")),
        sa.CheckConstraint("tier ~ '^VIP[1-9][0-9]?$'", name=op.f("tenants_tier_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("tenants_pkey")),
        sa.UniqueConstraint("handle", name=op.f("tenants_handle_key")),
    )
    op.create_index("tenants_name_idx", "tenants", ["name", "id"], unique=False)
    op.create_table(
        "webhook_endpoints",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "event_types",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("status", sa.Text(), server_default="enabled", nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("status in ('enabled', 'disabled')", name=op.f("webhook_endpoints_status_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("webhook_endpoints_pkey")),
    )
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status in ('requested', 'processing', 'paid', 'failed', 'canceled')",
            name=op.f("withdrawals_status_check"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("withdrawals_amount_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("withdrawals_pkey")),
    )
    op.create_index("withdrawals_owner_idx", "withdrawals", ["owner_id", "id"], unique=False)
    op.create_index(
        "withdrawals_period_idx",
        "withdrawals",
        ["owner_id", "currency", "period"],
        unique=True,
        postgresql_where=sa.text("period is not null"),
    )
    op.create_table(
        "balance_snapshots",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name=op.f("balance_snapshots_account_id_fkey")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("balance_snapshots_pkey")),
    )
    op.create_table(
        "themes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handle", sa.String(length=40), server_default="", nullable=False),
        sa.Column("version", sa.String(length=40), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="checking", nullable=False),
        sa.Column(
            "name", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column(
            "findings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column(
            "contract", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("status in ('checking', 'passed', 'refused')", name=op.f("themes_status_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("themes_pkey")),
    )
    op.create_index(
        "themes_version_key",
        "themes",
        ["tenant_id", "handle", "version"],
        unique=True,
        postgresql_where=sa.text("status = 'passed'"),
    )
    op.create_table(
        "builds",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("pages", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rendered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('queued', 'running', 'published', 'failed')", name=op.f("builds_status_check")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "store_id"],
            ["stores.tenant_id", "stores.id"],
            name=op.f("builds_tenant_id_store_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("builds_pkey")),
    )
    op.create_index("builds_store_idx", "builds", ["tenant_id", "store_id", "id"], unique=False)
    op.create_table(
        "claims",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('open', 'accepted', 'rejected')", name=op.f("claims_status_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["orders.tenant_id", "orders.id"],
            name=op.f("claims_tenant_id_order_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("claims_pkey")),
    )
    op.create_index(
        "claims_open_idx",
        "claims",
        ["tenant_id", "line_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "import_issues",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "params", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id", "import_id"],
            ["imports.supplier_id", "imports.id"],
            name=op.f("import_issues_supplier_id_import_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("supplier_id", "import_id", "line", "code", name=op.f("import_issues_pkey")),
    )
    op.create_table(
        "memberships",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "party in ('platform', 'supplier', 'distributor')", name=op.f("memberships_party_check")
        ),
        sa.CheckConstraint(
            "role in ('owner', 'manager', 'finance', 'support', 'key-uploader', 'read-only')",
            name=op.f("memberships_role_check"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("memberships_person_id_fkey")),
        sa.PrimaryKeyConstraint("person_id", "party", "party_id", name=op.f("memberships_pkey")),
    )
    op.create_index("memberships_party_id_idx", "memberships", ["party_id"], unique=False)
    op.create_table(
        "order_lines",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=True),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("quantity between 1 and 1000", name=op.f("order_lines_quantity_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["orders.tenant_id", "orders.id"],
            name=op.f("order_lines_tenant_id_order_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "order_id", "id", name=op.f("order_lines_pkey")),
    )
    op.create_table(
        "postings",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("postings_amount_check")),
        sa.PrimaryKeyConstraint("entry_id", "leg", name=op.f("postings_pkey")),
    )
    op.create_index("postings_account_id_idx", "postings", ["account_id", "xid"], unique=False)
    op.create_index(
        "postings_day_idx", "postings", ["created_at"], unique=False, postgresql_where=sa.text("leg = 1")
    )
    op.create_index(
        "postings_owner_idx",
        "postings",
        ["owner_id", "entry_id"],
        unique=False,
        postgresql_where=sa.text("owner_id <> '00000000-0000-0000-0000-000000000000'"),
    )
    op.create_index("postings_xid_idx", "postings", ["xid"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match_name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("image", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("products_category_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("products_pkey")),
        sa.UniqueConstraint("category_id", "match_name", name=op.f("products_category_id_match_name_key")),
        sa.UniqueConstraint("slug", name=op.f("products_slug_key")),
    )
    op.create_table(
        "store_looks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("theme_version", sa.Text(), nullable=False),
        sa.Column("preset", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("templates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("status in ('draft', 'published')", name=op.f("store_looks_status_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "store_id"],
            ["stores.tenant_id", "stores.id"],
            name=op.f("store_looks_tenant_id_store_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("store_looks_pkey")),
    )
    op.create_index(
        "store_looks_draft_key",
        "store_looks",
        ["tenant_id", "store_id"],
        unique=True,
        postgresql_where=sa.text("status = 'draft'"),
    )
    op.create_index(
        "store_looks_published_key",
        "store_looks",
        ["tenant_id", "store_id", "revision"],
        unique=True,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_table(
        "store_hosts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "store_id"],
            ["stores.tenant_id", "stores.id"],
            name=op.f("store_hosts_tenant_id_store_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "host", name=op.f("store_hosts_pkey")),
        sa.UniqueConstraint("host", name=op.f("store_hosts_host_key")),
    )
    op.create_foreign_key(
        op.f("stores_tenant_id_primary_host_fkey"),
        "stores",
        "store_hosts",
        ["tenant_id", "primary_host"],
        ["tenant_id", "host"],
    )
    op.create_table(
        "domains",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("wanted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("proof_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("certificate_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("checks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("status in ('pending', 'proven', 'ended')", name=op.f("domains_status_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "store_id"],
            ["stores.tenant_id", "stores.id"],
            name=op.f("domains_tenant_id_store_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("domains_pkey")),
        sa.UniqueConstraint("token", name=op.f("domains_token_key")),
    )
    op.create_index(
        "domains_open_idx",
        "domains",
        ["tenant_id", "host"],
        unique=True,
        postgresql_where=sa.text("status <> 'ended'"),
    )
    op.create_index(
        "domains_proven_idx", "domains", ["host"], unique=True, postgresql_where=sa.text("status = 'proven'")
    )
    op.create_index(
        "domains_due_idx", "domains", ["next_check_at"], unique=False, postgresql_where=sa.text("status <> 'ended'")
    )
    op.create_table(
        "identity_documents",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending_review", nullable=False),
        sa.Column("review_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recheck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("party in ('supplier', 'distributor')", name=op.f("identity_documents_party_check")),
        sa.CheckConstraint(
            "kind in ('business_licence', 'identity_front', 'identity_back', 'permit')",
            name=op.f("identity_documents_kind_check"),
        ),
        sa.CheckConstraint(
            "status in ('pending_review', 'approved', 'rejected', 'expired')",
            name=op.f("identity_documents_status_check"),
        ),
        sa.PrimaryKeyConstraint("party_id", "id", name=op.f("identity_documents_pkey")),
    )
    op.create_index(
        "identity_documents_waiting_idx",
        "identity_documents",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'pending_review'"),
    )
    op.create_table(
        "undos",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("party_id", "id", name=op.f("undos_pkey")),
    )
    op.create_table(
        "former_addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("former_addresses_person_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("former_addresses_pkey")),
    )
    op.create_index(op.f("former_addresses_person_id_idx"), "former_addresses", ["person_id"], unique=False)
    op.create_table(
        "skipped_steps",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("party_id", "step", name=op.f("skipped_steps_pkey")),
    )
    op.create_table(
        "trial_orders",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("total_minor >= 0", name=op.f("trial_orders_total_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("trial_orders_pkey")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("trial_orders_tenant_id_number_key")),
    )
    op.create_table(
        "platform_settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("platform_settings_pkey")),
    )
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("party in ('supplier', 'distributor')", name=op.f("sign_ups_party_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("sign_ups_pkey")),
        sa.UniqueConstraint("email", name=op.f("sign_ups_email_key")),
    )
    op.create_table(
        "totp_secrets",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("totp_secrets_person_id_fkey")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("totp_secrets_pkey")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("recovery_codes_person_id_fkey")),
        sa.PrimaryKeyConstraint("person_id", "code_hash", name=op.f("recovery_codes_pkey")),
    )
    op.create_table(
        "passkeys",
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("passkeys_person_id_fkey")),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("passkeys_pkey")),
    )
    op.create_index(op.f("passkeys_person_id_idx"), "passkeys", ["person_id"], unique=False)
    op.create_table(
        "passkey_challenges",
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("passkey_challenges_person_id_fkey")),
        sa.PrimaryKeyConstraint("challenge", name=op.f("passkey_challenges_pkey")),
    )
    op.create_table(
        "web_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("ip", postgresql.INET(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "proved_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("visit_party", sa.Text(), nullable=True),
        sa.Column("visit_party_id", sa.Uuid(), nullable=True),
        sa.Column("visit_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "num_nonnulls(visit_party, visit_party_id, visit_ends_at) in (0, 3)", name=op.f("web_sessions_visit_check")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("web_sessions_person_id_fkey")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("web_sessions_pkey")),
    )
    op.create_index(op.f("web_sessions_person_id_idx"), "web_sessions", ["person_id"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"],
            ["webhook_endpoints.tenant_id", "webhook_endpoints.id"],
            name=op.f("webhook_deliveries_tenant_id_endpoint_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["events.tenant_id", "events.id"],
            name=op.f("webhook_deliveries_tenant_id_event_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("webhook_deliveries_pkey")),
    )
    op.create_index(
        "webhook_deliveries_endpoint_idx",
        "webhook_deliveries",
        ["tenant_id", "endpoint_id", "id"],
        unique=False,
    )
    op.create_table(
        "order_units",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("stock_unit_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), server_default="reserved", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("retail_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("supplier_minor", sa.BigInteger(), nullable=False),
        sa.Column("platform_minor", sa.BigInteger(), nullable=False),
        sa.Column("distributor_minor", sa.BigInteger(), nullable=False),
        sa.Column("downloads", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint(
            "status in ('reserved', 'delivering', 'delivered', 'failed', 'replaced', 'refunded', 'released', 'unknown')",
            name=op.f("order_units_status_check"),
        ),
        sa.CheckConstraint(
            "settled_at is null or delivered_at is not null", name=op.f("order_units_settled_check")
        ),
        sa.CheckConstraint("discount_minor >= 0", name=op.f("order_units_discount_check")),
        sa.CheckConstraint(
            "supplier_minor + platform_minor + distributor_minor = retail_minor",
            name=op.f("order_units_split_check"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id", "line_id"],
            ["order_lines.tenant_id", "order_lines.order_id", "order_lines.id"],
            name=op.f("order_units_tenant_id_order_id_line_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("order_units_pkey")),
        sa.UniqueConstraint("stock_unit_id", name=op.f("order_units_stock_unit_id_key")),
    )
    op.create_index(
        "order_units_hold_idx",
        "order_units",
        ["tenant_id", "hold_until"],
        unique=False,
        postgresql_where=sa.text("status = 'delivered' and settled_at is null"),
    )
    op.create_index(
        "order_units_sold_idx",
        "order_units",
        ["xid"],
        unique=False,
        postgresql_where=sa.text("delivered_at is not null and stock_unit_id is not null"),
    )
    op.create_index("order_units_order_idx", "order_units", ["tenant_id", "order_id"], unique=False)
    op.create_index("order_units_supplier_idx", "order_units", ["supplier_id", "id"], unique=False)
    op.create_table(
        "skus",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match_name", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=True),
        sa.Column("face_currency", sa.String(length=3), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("skus_product_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("skus_pkey")),
        sa.UniqueConstraint("product_id", "match_name", name=op.f("skus_product_id_match_name_key")),
    )
    op.create_index(
        "skus_search_idx",
        "skus",
        [sa.literal_column("search_text gin_trgm_ops")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "listings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("retail_minor", sa.BigInteger(), nullable=True),
        sa.Column("markup_percent", sa.Numeric(precision=9, scale=4), nullable=True),
        sa.Column("markup_fixed_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("round_to_minor", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("bulk_steps", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("status in ('active', 'paused')", name=op.f("listings_status_check")),
        sa.CheckConstraint(
            "num_nonnulls(retail_minor, markup_percent) <= 1", name=op.f("listings_one_price_rule_check")
        ),
        sa.CheckConstraint("retail_minor > 0", name=op.f("listings_retail_check")),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("listings_sku_id_fkey")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("listings_pkey")),
        sa.UniqueConstraint(
            "tenant_id", "store_id", "sku_id", name=op.f("listings_tenant_id_store_id_sku_id_key")
        ),
    )
    op.create_index("listings_sku_id_idx", "listings", ["sku_id"], unique=False)
    op.create_table(
        "offers",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="pending_review", nullable=False),
        sa.Column("base_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("min_retail_minor", sa.BigInteger(), nullable=True),
        sa.Column("max_retail_minor", sa.BigInteger(), nullable=True),
        sa.Column("min_quantity", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("max_quantity", sa.Integer(), server_default=sa.text("100"), nullable=False),
        sa.Column("audience", sa.Text(), server_default="all", nullable=False),
        sa.Column("min_tier", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("stock_cap", sa.Integer(), nullable=True),
        sa.Column("warranty_hours", sa.Integer(), server_default=sa.text("72"), nullable=False),
        sa.Column("review_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind in ('card_key', 'file', 'top_up', 'custom')", name=op.f("offers_kind_check")
        ),
        sa.CheckConstraint(
            "status in ('pending_review', 'active', 'rejected', 'paused')", name=op.f("offers_status_check")
        ),
        sa.CheckConstraint("audience in ('all', 'tier', 'named')", name=op.f("offers_audience_check")),
        sa.CheckConstraint("min_tier between 1 and 99", name=op.f("offers_min_tier_check")),
        sa.CheckConstraint("base_price_minor > 0", name=op.f("offers_base_price_check")),
        sa.CheckConstraint(
            "min_retail_minor > 0 and max_retail_minor > 0 and min_retail_minor <= max_retail_minor",
            name=op.f("offers_retail_check"),
        ),
        sa.CheckConstraint("min_quantity between 1 and max_quantity", name=op.f("offers_quantities_check")),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("offers_sku_id_fkey")),
        sa.PrimaryKeyConstraint("supplier_id", "id", name=op.f("offers_pkey")),
        sa.UniqueConstraint("id", name=op.f("offers_id_key")),
        sa.UniqueConstraint("supplier_id", "sku_id", "kind", name=op.f("offers_supplier_id_sku_id_kind_key")),
    )
    op.create_index(
        "offers_price_idx", "offers", ["supplier_id", "base_price_minor", "id"], unique=False
    )
    op.create_index(
        "offers_review_idx",
        "offers",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'pending_review'"),
    )
    op.create_index(
        "offers_sku_id_idx", "offers", ["sku_id"], unique=False, postgresql_where=sa.text("status = 'active'")
    )
    op.create_table(
        "card_keys",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.CheckConstraint("uuid_send(id) = substring(fingerprint for 16)", name=op.f("card_keys_id_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("card_keys_pkey")),
    )
    op.create_index("card_keys_xid_idx", "card_keys", ["xid"], unique=False)
    op.create_table(
        "offer_files",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("download_cap", sa.Integer(), server_default=sa.text("5"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id", "offer_id"],
            ["offers.supplier_id", "offers.id"],
            name=op.f("offer_files_supplier_id_offer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("supplier_id", "id", name=op.f("offer_files_pkey")),
        sa.UniqueConstraint("offer_id", "version", name=op.f("offer_files_offer_id_version_key")),
    )
    op.create_table(
        "offer_prices",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.String(length=5), server_default="", nullable=False),
        sa.Column("min_quantity", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("min_quantity >= 1", name=op.f("offer_prices_min_quantity_check")),
        sa.CheckConstraint("price_minor > 0", name=op.f("offer_prices_price_check")),
        sa.ForeignKeyConstraint(
            ["supplier_id", "offer_id"],
            ["offers.supplier_id", "offers.id"],
            name=op.f("offer_prices_supplier_id_offer_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "supplier_id", "offer_id", "tier", "min_quantity", name=op.f("offer_prices_pkey")
        ),
    )
    op.create_index("offer_prices_offer_id_idx", "offer_prices", ["offer_id"], unique=False)
    op.create_table(
        "stock",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("offer_id", "unit_id", name=op.f("stock_pkey")),
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.01", "autovacuum_vacuum_threshold": "1000"},
    )
    op.create_index(
        "stock_expires_on_idx",
        "stock",
        ["expires_on"],
        unique=False,
        postgresql_where=sa.text("expires_on is not null"),
    )
    op.create_table(
        "coupons",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("threshold_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("most_off_minor", sa.BigInteger(), nullable=True),
        sa.Column("category_ids", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("product_ids", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("sku_ids", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("most_uses", sa.Integer(), nullable=True),
        sa.Column("most_per_buyer", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "case kind when 'percent' then percent > 0 and percent <= 100 and amount_minor is null"
            " else amount_minor > 0 and percent is null end",
            name=op.f("coupons_discount_check"),
        ),
        sa.CheckConstraint("kind in ('percent', 'fixed')", name=op.f("coupons_kind_check")),
        sa.CheckConstraint("most_uses > 0 and most_per_buyer > 0", name=op.f("coupons_limits_check")),
        sa.CheckConstraint("status in ('active', 'paused')", name=op.f("coupons_status_check")),
        sa.CheckConstraint(
            "used >= 0 and (most_uses is null or used <= most_uses)", name=op.f("coupons_used_check")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("coupons_pkey")),
        sa.UniqueConstraint("tenant_id", "store_id", "code", name=op.f("coupons_tenant_id_store_id_code_key")),
    )
    op.create_table(
        "coupon_uses",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("buyer", sa.LargeBinary(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), server_default="held", nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("discount_minor > 0", name=op.f("coupon_uses_discount_check")),
        sa.CheckConstraint("status in ('held', 'released')", name=op.f("coupon_uses_status_check")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "coupon_id"],
            ["coupons.tenant_id", "coupons.id"],
            name=op.f("coupon_uses_tenant_id_coupon_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["orders.tenant_id", "orders.id"],
            name=op.f("coupon_uses_tenant_id_order_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "coupon_id", "order_id", name=op.f("coupon_uses_pkey")),
        sa.UniqueConstraint("tenant_id", "order_id", name=op.f("coupon_uses_tenant_id_order_id_key")),
    )
    op.create_index(
        "coupon_uses_buyer_idx",
        "coupon_uses",
        ["tenant_id", "coupon_id", "buyer", "turn"],
        unique=True,
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_table(
        "markup_rules",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("cost_from_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("percent", sa.Numeric(precision=9, scale=4), nullable=False),
        sa.Column("fixed_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("round_to_minor", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("cost_from_minor >= 0", name=op.f("markup_rules_cost_from_check")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("markup_rules_pkey")),
        sa.UniqueConstraint(
            "tenant_id",
            "store_id",
            "currency",
            "category_id",
            "supplier_id",
            "cost_from_minor",
            name="markup_rules_scope_key",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "fx_rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.Numeric(precision=20, scale=10), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("base <> quote", name=op.f("fx_rates_pair_check")),
        sa.CheckConstraint("rate > 0", name=op.f("fx_rates_rate_check")),
        sa.CheckConstraint("source <> ''", name=op.f("fx_rates_source_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("fx_rates_pkey")),
    )
    op.create_index("fx_rates_pair_idx", "fx_rates", ["base", "quote", "id"], unique=False)
    op.create_table(
        "sales_volumes",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("volume_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "counted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("supplier_id", "currency", name=op.f("sales_volumes_pkey")),
    )
    op.create_table(
        "tier_levels",
        sa.Column("tier", sa.String(length=5), nullable=False),
        sa.Column("threshold_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("grace_days between 0 and 365", name=op.f("tier_levels_grace_check")),
        sa.CheckConstraint("threshold_minor >= 0", name=op.f("tier_levels_threshold_check")),
        sa.CheckConstraint("tier ~ '^VIP[1-9][0-9]?$'", name=op.f("tier_levels_tier_check")),
        sa.PrimaryKeyConstraint("tier", name=op.f("tier_levels_pkey")),
    )
    op.create_table(
        "offer_tenants",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_id", "offer_id"],
            ["offers.supplier_id", "offers.id"],
            name=op.f("offer_tenants_supplier_id_offer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("supplier_id", "offer_id", "tenant_id", name=op.f("offer_tenants_pkey")),
    )
    op.create_index("offer_tenants_offer_idx", "offer_tenants", ["offer_id", "tenant_id"], unique=False)
    op.create_table(
        "price_lists",
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("base_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("prices", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="planned", nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("base_price_minor > 0", name=op.f("price_lists_base_price_check")),
        sa.CheckConstraint(
            "status in ('planned', 'applied', 'canceled', 'refused')", name=op.f("price_lists_status_check")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id", "offer_id"],
            ["offers.supplier_id", "offers.id"],
            name=op.f("price_lists_supplier_id_offer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("supplier_id", "id", name=op.f("price_lists_pkey")),
    )
    op.create_index(
        "price_lists_due_idx",
        "price_lists",
        ["effective_from"],
        unique=False,
        postgresql_where=sa.text("status = 'planned'"),
    )
    op.create_table(
        "sales_figures",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("face", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("orders", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("identified", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("firsts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("units", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("retail_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("supplier_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("platform_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("distributor_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_retail_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_cost_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_supplier_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_platform_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_distributor_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("within_1s", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("within_5s", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("within_30s", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("within_5m", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("within_1h", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("slower", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "face in ('market', 'store', 'store_day', 'store_week', 'store_goods', 'supplier', 'goods', 'goods_week')",
            name=op.f("sales_figures_face_check"),
        ),
        sa.PrimaryKeyConstraint(
            *("tenant_id", "face", "at", "supplier_id", "sku_id", "channel", "currency"),
            name=op.f("sales_figures_pkey"),
        ),
    )
    op.create_index(
        "sales_figures_stores_idx",
        "sales_figures",
        ["face", "at"],
        unique=False,
        postgresql_where=sa.text("face in ('store_day', 'store_week')"),
    )
    op.create_index(
        "sales_figures_supplier_idx",
        "sales_figures",
        ["supplier_id", "face", "at"],
        unique=False,
        postgresql_where=sa.text("supplier_id <> '00000000-0000-0000-0000-000000000000'"),
    )
    op.create_index(
        "sales_figures_sku_idx",
        "sales_figures",
        ["sku_id", "face", "at"],
        unique=False,
        postgresql_where=sa.text("sku_id <> '00000000-0000-0000-0000-000000000000'"),
    )
    op.create_table(
        "figures_fold",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("upto", Xid8(), nullable=False),
        sa.Column(
            "folded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("id = 1", name=op.f("figures_fold_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("figures_fold_pkey")),
    )
    op.create_table(
        "store_buyers",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("buyer", sa.LargeBinary(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "buyer", name=op.f("store_buyers_pkey")),
    )
    # ### end Alembic commands ###


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first schema")
