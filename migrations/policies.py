"""Row-level security, written once as a table: who may see and write the rows of which table.

A policy is a SQL condition over the row and three settings of the transaction (`cardmesh.kit.tenancy`): the realm,
the tenant and the supplier. A setting is read for each row, which costs a tenth of a microsecond; a sub-select would
read it once a statement, but setting one up costs more than the row of an order does. So the likeliest condition comes
first, and realms are asked for together.
"""

from dataclasses import dataclass
from typing import NamedTuple

REALM = "app_realm()"
TENANT = "app_tenant()"
SUPPLIER = "app_supplier()"

PLATFORM = f"{REALM} = 'platform'"
TRADE = f"{REALM} = 'trade'"
PUBLIC = f"{REALM} = 'public'"
IN_TENANT = f"{REALM} in ('tenant', 'trade')"
IN_TENANT_OR_PLATFORM = f"{REALM} in ('tenant', 'trade', 'platform')"
TRADE_OR_PLATFORM = f"{REALM} in ('trade', 'platform')"
OWN_TENANT = f"tenant_id = {TENANT}"
OWN_SUPPLIER = f"supplier_id = {SUPPLIER}"
BY_THE_THOUSAND = f"supplier_id = (select {SUPPLIER})"
"""OWN_SUPPLIER where rows come in by the ten thousand: there the sub-select is half a microsecond a row less."""
OWN_PARTY = f"party_id in ({TENANT}, {SUPPLIER})"
OWN_OWNER = f"owner_id in ({TENANT}, {SUPPLIER})"
EVERYONE = "true"
NIL = "00000000-0000-0000-0000-000000000000"
"""The platform itself, where it owns what a party may own."""


def either(*conditions: str) -> str:
    return " or ".join(f"({condition})" for condition in conditions)


@dataclass(frozen=True)
class Policy:
    """`read` may see a row, `write` may insert it, `change` (by default who may write) may change or delete it.

    A change needs a condition of its own where everybody may insert: one that names no row is not held back by `read`.
    """

    read: str
    write: str
    change: str = ""


_TENANT_ROWS = Policy(either(OWN_TENANT, PLATFORM), either(OWN_TENANT, PLATFORM))
_SUPPLIER_ROWS = Policy(either(PLATFORM, OWN_SUPPLIER), either(PLATFORM, OWN_SUPPLIER))
_OFFER_ROWS = Policy(either(IN_TENANT_OR_PLATFORM, OWN_SUPPLIER), either(PLATFORM, OWN_SUPPLIER))
_OPEN_OFFERS = Policy(
    either(
        f"{IN_TENANT_OR_PLATFORM} and (audience = 'all' or {REALM} <> 'tenant' or offer_open(id, audience, min_tier))",
        OWN_SUPPLIER,
    ),
    _OFFER_ROWS.write,
)
"""A distributor does not see what is not for it. A sale does: it also gives back what was bought while it was open, and
asks itself what may be bought (`inventory.queries.open_here`, `wallet_basket`)."""
_ACCOUNTS = Policy(either(TRADE_OR_PLATFORM, OWN_OWNER), either(TRADE_OR_PLATFORM, OWN_OWNER))
_QUEUED = either(PLATFORM, OWN_TENANT, "tenant_id is null")

POLICIES: dict[str, Policy] = {
    "tenants": Policy(either(PLATFORM, PUBLIC, f"id = {TENANT}"), PLATFORM),
    "suppliers": Policy(either(PLATFORM, PUBLIC, IN_TENANT, f"id = {SUPPLIER}"), PLATFORM),
    "persons": Policy(
        either(PLATFORM, PUBLIC, "exists (select 1 from memberships m where m.person_id = id)"),
        either(PLATFORM, PUBLIC),
    ),
    "memberships": Policy(either(PLATFORM, PUBLIC, OWN_PARTY), either(PLATFORM, OWN_PARTY)),
    "sign_ups": Policy(either(PLATFORM, PUBLIC), either(PLATFORM, PUBLIC)),
    "identity_documents": Policy(either(PLATFORM, OWN_PARTY), either(PLATFORM, OWN_PARTY)),
    "platform_settings": Policy(EVERYONE, PLATFORM),
    "former_addresses": Policy(either(PLATFORM, PUBLIC), either(PLATFORM, PUBLIC)),
    "skipped_steps": Policy(either(PLATFORM, OWN_PARTY), either(PLATFORM, OWN_PARTY)),
    "totp_secrets": Policy(either(PLATFORM, PUBLIC), either(PLATFORM, PUBLIC)),
    "recovery_codes": Policy(either(PLATFORM, PUBLIC), either(PLATFORM, PUBLIC)),
    "passkeys": Policy(either(PLATFORM, PUBLIC), either(PLATFORM, PUBLIC)),
    "passkey_challenges": Policy(either(PLATFORM, PUBLIC), either(PLATFORM, PUBLIC)),
    "web_sessions": Policy(either(PLATFORM, PUBLIC), either(PLATFORM, PUBLIC)),
    "api_keys": Policy(either(PLATFORM, PUBLIC, OWN_PARTY), either(PLATFORM, PUBLIC, OWN_PARTY)),
    "audit_records": Policy(either(PLATFORM, OWN_PARTY), EVERYONE, PLATFORM),
    "undos": Policy(either(PLATFORM, OWN_PARTY), either(PLATFORM, OWN_PARTY)),
    "idempotent_calls": Policy(either(OWN_PARTY, PLATFORM), either(OWN_PARTY, PLATFORM)),
    "data_keys": Policy(
        either(PLATFORM, TRADE, OWN_OWNER, "owner_id = '00000000-0000-0000-0000-000000000000'"),
        either(PLATFORM, TRADE, OWN_OWNER, "owner_id = '00000000-0000-0000-0000-000000000000'"),
    ),
    "outbox": Policy(_QUEUED, EVERYONE, _QUEUED),
    "events": _TENANT_ROWS,
    "webhook_endpoints": _TENANT_ROWS,
    "webhook_deliveries": _TENANT_ROWS,
    "ledger_accounts": _ACCOUNTS,
    "postings": _ACCOUNTS,
    "balance_snapshots": Policy(_ACCOUNTS.read, PLATFORM),
    "ledger_fold": Policy(EVERYONE, PLATFORM),
    "journal_entries": Policy(
        either(TRADE_OR_PLATFORM, "exists (select 1 from postings p where p.entry_id = journal_entries.id)"),
        f"{REALM} <> 'public'",
    ),
    "commission_rules": Policy(
        either(
            PLATFORM,
            TRADE,
            f"{REALM} = 'tenant' and (tenant_id is null or {OWN_TENANT})",
            f"{REALM} = 'supplier' and ({OWN_SUPPLIER} or supplier_id is null and tenant_id is null)",
        ),
        PLATFORM,
    ),
    "sales_volumes": Policy(either(TRADE_OR_PLATFORM, OWN_SUPPLIER, f"{REALM} = 'tenant'"), PLATFORM),
    "fx_rates": Policy(EVERYONE, PLATFORM),
    "tier_levels": Policy(EVERYONE, PLATFORM),
    "withdrawals": Policy(either(PLATFORM, OWN_OWNER), either(PLATFORM, OWN_OWNER)),
    "merchants": Policy(
        either(PLATFORM, OWN_OWNER, f"owner_id = '{NIL}' and {IN_TENANT}"), either(PLATFORM, OWN_OWNER)
    ),
    "payout_terms": Policy(either(PLATFORM, OWN_OWNER), either(PLATFORM, OWN_OWNER)),
    "payout_runs": Policy(PLATFORM, PLATFORM),
    "payout_lines": Policy(PLATFORM, PLATFORM),
    "payout_results": Policy(PLATFORM, PLATFORM),
    "advance_terms": Policy(EVERYONE, PLATFORM),
    "advances": Policy(either(PLATFORM, OWN_OWNER), PLATFORM),
    "daily_closes": Policy(PLATFORM, PLATFORM),
    "gateway_movements": Policy(PLATFORM, PLATFORM),
    "comparisons": Policy(PLATFORM, PLATFORM),
    "reconciliation_tasks": Policy(PLATFORM, PLATFORM),
    "payments": _TENANT_ROWS,
    "disputes": _TENANT_ROWS,
    "refunds": _TENANT_ROWS,
    "gateway_events": Policy(PLATFORM, PLATFORM),
    "products": Policy(EVERYONE, either(PLATFORM, f"{REALM} = 'supplier'")),
    "skus": Policy(EVERYONE, either(PLATFORM, f"{REALM} = 'supplier'")),
    "categories": Policy(EVERYONE, PLATFORM),
    "offers": _OPEN_OFFERS,
    "offer_tenants": Policy(either(OWN_TENANT, PLATFORM, OWN_SUPPLIER), either(PLATFORM, OWN_SUPPLIER)),
    "price_lists": _SUPPLIER_ROWS,
    "offer_prices": _OFFER_ROWS,
    "offer_files": _OFFER_ROWS,
    "card_keys": Policy(
        either(PLATFORM, TRADE, OWN_SUPPLIER), either(PLATFORM, BY_THE_THOUSAND), either(PLATFORM, OWN_SUPPLIER)
    ),
    "stock": Policy(
        either(IN_TENANT_OR_PLATFORM, OWN_SUPPLIER),
        either(TRADE_OR_PLATFORM, BY_THE_THOUSAND),
        either(TRADE_OR_PLATFORM, OWN_SUPPLIER),
    ),
    "imports": _SUPPLIER_ROWS,
    "import_issues": _SUPPLIER_ROWS,
    "listings": _TENANT_ROWS,
    "markup_rules": _TENANT_ROWS,
    "coupons": _TENANT_ROWS,
    "coupon_uses": _TENANT_ROWS,
    "catalog_changes": Policy(PLATFORM, EVERYONE, PLATFORM),
    "orders": _TENANT_ROWS,
    "order_lines": _TENANT_ROWS,
    "order_units": Policy(either(OWN_TENANT, PLATFORM, OWN_SUPPLIER), either(OWN_TENANT, PLATFORM)),
    "trial_orders": _TENANT_ROWS,
    "claims": _TENANT_ROWS,
    "stores": Policy(either(PLATFORM, PUBLIC, OWN_TENANT), either(PLATFORM, OWN_TENANT)),
    "store_hosts": Policy(either(PLATFORM, PUBLIC, OWN_TENANT), either(PLATFORM, OWN_TENANT)),
    "domains": _TENANT_ROWS,
    "store_looks": _TENANT_ROWS,
    "builds": _TENANT_ROWS,
    "themes": _TENANT_ROWS,
    "key_events": Policy(PLATFORM, EVERYONE, PLATFORM),
    "log_state": Policy(EVERYONE, PLATFORM),
    "log_leaves": Policy(EVERYONE, PLATFORM),
    "log_nodes": Policy(EVERYONE, PLATFORM),
    "log_heads": Policy(EVERYONE, PLATFORM),
    "log_batches": Policy(either(PLATFORM, TRADE), PLATFORM),
    "log_keys": Policy(EVERYONE, PLATFORM),
    "log_secrets": Policy(PLATFORM, PLATFORM),
    "sales_figures": Policy(
        either(OWN_TENANT, PLATFORM, f"{OWN_SUPPLIER} and tenant_id = '00000000-0000-0000-0000-000000000000'"),
        PLATFORM,
    ),
    "figures_fold": Policy(EVERYONE, PLATFORM),
    "store_buyers": Policy(either(OWN_TENANT, PLATFORM), PLATFORM),
}


class Fixed(NamedTuple):
    """A trigger that refuses `change` to everyone, on the rows of which `when` holds (empty: on all)."""

    name: str
    table: str
    change: str
    when: str = ""

    @property
    def statement(self) -> str:
        rows = f" when ({self.when})" if self.when else ""
        return (
            f"create trigger {self.name} before {self.change} on {self.table} for each row{rows}"
            " execute function refuse_change()"
        )


_RUN = "id, method, currency, cutoff, lines, total_minor, made_by, created_at"
_LINE = "owner_id, id, run_id, withdrawal_id, currency, amount_minor, stripe_account"
FIXED = (
    # A theme that was checked is a version: worn, or taken away, never another.
    Fixed("themes_no_change", "themes", "update", "old.status <> 'checking'"),
    # A look that was published is history; the draft beside it changes all the time.
    Fixed("store_looks_no_change", "store_looks", "update or delete", "old.status = 'published'"),
    # What two people answered for stays as they saw it.
    Fixed("payout_runs_fixed", "payout_runs", f"update of {_RUN}"),
    Fixed("payout_runs_approved_once", "payout_runs", "update of approved_by", "old.approved_by is not null"),
    Fixed("payout_lines_fixed", "payout_lines", f"update of {_LINE}"),
    Fixed("advance_terms_no_edit", "advance_terms", "update"),
    Fixed("advances_no_edit", "advances", "update"),
    # A closed day stays as it was sealed.
    Fixed("daily_closes_sealed", "daily_closes", "update or delete", "old.digest is not null"),
)

APPEND_ONLY = (
    "journal_entries",
    "postings",
    "audit_records",
    "card_keys",
    "key_events",
    "log_leaves",
    "log_nodes",
    "log_heads",
    "log_batches",
    "log_keys",
    "fx_rates",
)
"""Rows that nobody changes or deletes: not granted to the app's role, refused to everyone by a trigger.

One change of a card key is let through, and only the owner has the right to make it: sealing it anew with a newer data
key (`cardmesh keys rotate-data`).
"""

FUNCTIONS = """
create function app_realm() returns text stable parallel safe language sql
  as $$ select coalesce(current_setting('app.realm', true), '') $$;
create function app_tenant() returns uuid stable parallel safe language sql
  as $$ select nullif(current_setting('app.tenant', true), '')::uuid $$;
create function app_supplier() returns uuid stable parallel safe language sql
  as $$ select nullif(current_setting('app.supplier', true), '')::uuid $$;
create function offer_open(offer uuid, audience text, min_tier int) returns boolean stable parallel safe
language plpgsql as $$
begin
  if audience = 'all' then
    return true;
  elsif audience = 'tier' then
    return exists (select from tenants t where t.id = app_tenant() and substring(t.tier from 4)::int >= min_tier);
  end if;
  return exists (select from offer_tenants o where o.offer_id = offer and o.tenant_id = app_tenant());
end $$;
create function refuse_change() returns trigger language plpgsql
  as $$ begin raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation'; end $$;
create function allow_reseal() returns trigger language plpgsql as $$
begin
  if to_jsonb(new) - 'sealed' - 'key_version' <> to_jsonb(old) - 'sealed' - 'key_version'
    or new.key_version <= old.key_version then
    raise exception '% is append-only but for a newer seal', tg_table_name using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
"""


def protect(table: str, policy: Policy) -> list[str]:
    """The statements that put `table` under its policy, for its owner too."""
    change = policy.change or policy.write
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy {table}_read on {table} for select using ({policy.read})",
        f"create policy {table}_insert on {table} for insert with check ({policy.write})",
        f"create policy {table}_update on {table} for update using ({change}) with check ({change})",
        f"create policy {table}_delete on {table} for delete using ({change})",
    ]


RESEALED = "card_keys"


def freeze(table: str) -> list[str]:
    """The statements that make `table` append-only for everyone."""
    change = "allow_reseal" if table == RESEALED else "refuse_change"
    return [
        f"create trigger {table}_no_change before update on {table} for each row execute function {change}()",
        f"create trigger {table}_no_delete before delete on {table} for each row execute function refuse_change()",
        f"create trigger {table}_no_truncate before truncate on {table}"
        " for each statement execute function refuse_change()",
    ]
