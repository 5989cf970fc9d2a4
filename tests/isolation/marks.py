"""Every text that a distributor, a supplier or their buyers own says whose it is: `ZQ1.orders.contact`.

A mark names its side and its column, so what leaks says where it came from. Each column of text in a table with an
owner is either marked here or said to be a machine's word: a new one fails `unknown()`.
"""

import re
from collections.abc import Collection

import psycopg
from sqlalchemy import ARRAY, JSON, String

from cardmesh.kit.db import Base

OWNERS = ("tenant_id", "supplier_id", "owner_id", "party_id")

WORDS = {
    "api_keys": ("party_id", "name"),
    "audit_records": ("party_id", "actor_name", "reason", "details"),
    "builds": ("tenant_id", "reason", "failure"),
    "catalog_changes": ("tenant_id", "reason"),
    "claims": ("tenant_id", "reason", "evidence", "answer"),
    "commission_rules": ("coalesce(tenant_id, supplier_id)", "note"),
    "disputes": ("tenant_id", "reason", "gateway_ref"),
    "events": ("tenant_id", "data"),
    "idempotent_calls": ("party_id", "body"),
    "identity_documents": ("party_id", "review_reason"),
    "import_issues": ("supplier_id", "params"),
    "imports": ("supplier_id", "filename"),
    "merchants": ("owner_id", "account", "public"),
    "offer_files": ("supplier_id", "filename"),
    "offers": ("supplier_id", "review_reason"),
    "order_lines": ("tenant_id", "snapshot"),
    "orders": ("tenant_id", "external_ref", "contact", "ip"),
    "outbox": ("coalesce(tenant_id::text, queue)", "last_error"),
    "payments": ("tenant_id", "session_ref", "intent_ref", "url"),
    "persons": ("select party_id from memberships where person_id = persons.id limit 1", "name", "email"),
    "refunds": ("tenant_id", "reason", "gateway_ref", "failure"),
    "store_looks": ("tenant_id", "author"),
    "stores": ("tenant_id", "name", "profile"),
    "suppliers": ("id", "name", "email"),
    "tenants": ("id", "name"),
    "undos": ("party_id", "changes"),
    "themes": ("tenant_id", "name", "findings"),
    "trial_orders": ("tenant_id", "lines"),
    "web_sessions": ("party_id", "user_agent"),
    "webhook_deliveries": ("tenant_id", "error"),
    "webhook_endpoints": ("tenant_id", "url"),
    "withdrawals": ("owner_id", "note"),
}
"""By table: who owns the row, then the columns with words of people or of those they deal with."""

CODES = {
    *("status", "kind", "currency", "locale", "channel", "collected_by", "contact_kind", "tier", "party", "role"),
    *("type", "basis", "prefix", "scopes", "allowed_ips", "api_version", "purpose", "gateway", "method", "grade"),
    *("object_key", "content_type", "sha256", "host", "handle", "theme", "preset", "settings", "event_types", "number"),
    *("templates", "theme_version"),
    *("actor_kind", "action", "subject", "cursor", "failure_code", "code", "queue", "args", "dedupe_key", "state"),
    *("query_password_hash", "master_id", "gateway_account", "key", "token"),
    *("problem", "ended_because", "primary_host"),
    *("steps", "prices", "audience"),
    *("coupon_code", "bulk_steps", "category_ids", "product_ids", "sku_ids"),
    *("collector", "way"),
    *("schedule", "period", "shares", "payee_hint", "stripe_account", "transfer_ref", "payout_ref", "told"),
    *("version", "contract", "embed_origins", "embed_origin"),
    "face",
    *("step", "visit_party"),
}
"""Columns of machines' words: a mark in them would be no value at all. So is `outbox.name`, of a job."""

AS = {
    "orders.contact": "case when contact_kind = 'email' then lower('{mark}@example.test') end",
    "persons.email": "'{mark}-' || md5(id::text) || '@example.test'",
    "suppliers.email": "'{mark}@example.test'",
    "orders.external_ref": "external_ref || '-{mark}'",
    "payments.session_ref": "session_ref || '-{mark}'",
    "payments.intent_ref": "intent_ref || '-{mark}'",
    "merchants.public": "public || '{{\"mark\": \"{mark}\"}}'",
    "payments.url": "url || '#{mark}'",
    "webhook_endpoints.url": "url || '?{mark}'",
    "order_lines.snapshot": "snapshot || '{{\"product_name\": \"{mark}\"}}'",
    "stores.profile": "'{{\"announcement\": \"{mark}\"}}'",
    "idempotent_calls.body": "'{{\"mark\": \"{mark}\"}}'",
    "audit_records.details": "jsonb_build_object('mark', '{mark}') || details",
    "events.data": "data || '{{\"mark\": \"{mark}\"}}'",
    "undos.changes": "changes || '{{\"mark\": \"{mark}\"}}'",
    "themes.name": "'{{\"zh-CN\": \"{mark}\", \"en\": \"{mark}\"}}'",
    "themes.findings": "jsonb_build_array(jsonb_build_object('level', 'error', 'family', 'jinja', 'file', '{mark}',"
    " 'line', 0, 'message', '{mark}', 'fix', ''))",
    "trial_orders.lines": "jsonb_build_array(jsonb_build_object('name', '{mark}'))",
    "import_issues.params": "params || '{{\"value\": \"{mark}\"}}'",
}
"""How a mark is put where a plain one would not do; `{mark}` is the mark."""

_MARK = re.compile(r"ZQ(\d)\.([a-z_.]*)", re.IGNORECASE)


def mark(superuser: psycopg.Connection, side: int, owners: Collection[object]) -> set[str]:
    """Write side's mark into all its owners' rows; the columns that were marked in one row or more."""
    superuser.execute("set session_replication_role = replica")  # append-only tables too
    return {
        f"{table}.{column}"
        for table, (owner, *columns) in WORDS.items()
        for column in columns
        if _write(superuser, side, f"{table}.{column}", owner, owners)
    }


def _write(superuser: psycopg.Connection, side: int, name: str, owner: str, owners: Collection[object]) -> int:
    table, _, column = name.partition(".")
    value = AS.get(name, "'{mark}'").format(mark=f"ZQ{side}.{name}")
    statement = f"update {table} set {column} = {value} where ({owner})::text = any (%s)"  # noqa: S608 - names above
    return superuser.execute(statement.encode(), [[str(one) for one in owners]]).rowcount


def found(content: str) -> set[tuple[int, str]]:
    """The marks in it: side and column, or what is left of its name where a text was cut short."""
    return {(int(side), name.lower().rstrip(".")) for side, name in _MARK.findall(content)}


def unknown() -> list[str]:
    """Columns of text in tables with an owner that are neither marked nor a machine's."""
    told = {f"{table}.{column}" for table, (_, *columns) in WORDS.items() for column in columns}
    return [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if any(owner in table.c for owner in OWNERS)
        for column in table.c
        if isinstance(column.type, String | JSON | ARRAY)
        and column.name not in CODES
        and f"{table.name}.{column.name}" not in told | {"outbox.name"}
    ]
