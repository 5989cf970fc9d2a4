"""`verify schema`: every law of the schema, broken by somebody with a superuser's powers, is named."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from cardmesh.embedded.postgres import SUPERUSER
from cardmesh.insight.verify import command
from cardmesh.insight.verify.service import SCHEMA, Finding, verify
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.migrate import driver_url
from tests.fixtures.database import Databases

PLANTS = (
    ("schema.rls_forced", "alter table orders no force row level security", "orders is not protected"),
    ("schema.rls_forced", "alter table categories disable row level security", "categories is not protected"),
    ("schema.rls_forced", "create table notes (tenant_id uuid)", "notes is not protected"),
    ("schema.rls_forced", "drop policy claims_delete on claims", "claims has 0 policies for delete"),
    ("schema.rls_forced", "create policy more on claims using (false)", "claims has 2 policies for select"),
    (
        "schema.rls_forced",
        "alter policy outbox_delete on outbox using (true)",
        "outbox_delete shows every row of outbox",
    ),
    ("schema.rls_forced", "alter policy claims_read on claims using (true)", "claims_read shows every row of claims"),
    ("schema.app_role_is_powerless", "alter role cardmesh_app bypassrls", "too strong"),
    ("schema.app_role_is_powerless", "grant truncate on orders to cardmesh_app", "may TRUNCATE orders"),
    ("schema.app_role_is_powerless", "grant trigger on orders to public", "may TRIGGER orders"),
    ("schema.app_role_is_powerless", "grant references on orders to cardmesh_app", "may REFERENCES orders"),
    ("schema.app_role_is_powerless", "alter table claims owner to cardmesh_app", "owns o table claims"),
    ("schema.app_role_is_powerless", "alter function app_tenant() owner to cardmesh_app", "owns o function app_tenant"),
    ("schema.app_role_is_powerless", "grant create on schema public to cardmesh_app", "may create in schema public"),
    ("schema.app_role_is_powerless", "grant pg_read_all_data to cardmesh_app", "member of pg_read_all_data"),
    ("schema.append_only", "grant update (sealed) on card_keys to cardmesh_app", "may update card_keys"),
    ("schema.append_only", "grant delete on data_keys to cardmesh_app", "may delete from data_keys"),
    ("schema.append_only", "alter table postings disable trigger postings_no_change", "postings against update"),
    ("schema.append_only", "drop trigger card_keys_no_delete on card_keys", "card_keys against delete"),
    ("schema.append_only", "drop trigger audit_records_no_truncate on audit_records", "audit_records against truncate"),
    ("schema.records_are_kept", "grant delete on payout_lines to cardmesh_app", "may delete from payout_lines"),
    ("schema.no_side_doors", "create view leak as select * from orders", "view leak"),
    ("schema.no_side_doors", "create schema aside; create view aside.leak as select 1", "view aside.leak"),
    ("schema.no_side_doors", "create materialized view leak as select * from orders", "stored view leak"),
    (
        "schema.no_side_doors",
        "create table notes (tenant_id uuid) partition by hash (tenant_id); create table notes_1 partition of notes"
        " for values with (modulus 1, remainder 0); grant select on notes_1 to cardmesh_app",
        "partition notes_1",
    ),
    (
        "schema.no_side_doors",
        "create function peek() returns bigint security definer language sql as 'select count(*) from orders'",
        "function peek()",
    ),
    (
        "schema.keys_carry_the_owner",
        "alter table claims drop constraint claims_pkey; alter table claims add primary key (id)",
        "claims_pkey does not carry tenant_id",
    ),
    ("schema.keys_carry_the_owner", "create unique index once on claims (order_id)", "once does not carry tenant_id"),
    ("schema.keys_carry_the_owner", "create unique index on imports (size)", "imports_size_idx does not carry"),
    (
        "schema.keys_carry_the_owner",
        "alter table claims add foreign key (order_id) references payments (id)",
        "claims_order_id_fkey does not carry tenant_id",
    ),
    (
        "schema.keys_carry_the_owner",
        "alter table claims add constraint crossed foreign key (order_id, tenant_id) references orders (tenant_id, id)",
        "crossed does not carry tenant_id",
    ),
    (
        "schema.keys_carry_the_owner",
        "alter table payments drop constraint payments_id_key",
        "payments_id_key names nothing",
    ),
    ("schema.money_is_whole", "alter table orders alter total_minor type numeric", "orders.total_minor is numeric"),
    ("schema.money_is_whole", "alter table orders add price numeric(9, 2)", "orders.price is numeric"),
    ("schema.money_is_whole", "alter table orders add rating real", "orders.rating is real"),
    ("schema.money_is_whole", "alter table refunds add fee_minor integer", "refunds.fee_minor is integer"),
    ("schema.distributable", "create unique index once on events (id)", "once spans tenants"),
    (
        "schema.distributable",
        "alter table claims add constraint away foreign key (id) references withdrawals (id)",
        "away leads to another machine",
    ),
    (
        "schema.distributable",
        "alter table withdrawals add constraint inward foreign key (owner_id, id) references orders (tenant_id, id)",
        "inward leads into a spread table",
    ),
    (
        "schema.distributable",
        "create trigger busy before update on orders for each row execute function refuse_change()",
        "busy stands on a spread table",
    ),
)


def findings() -> dict[str, Finding]:
    with transaction(tenancy.platform()) as session:
        return {finding.check.name: finding for finding in verify(session, SCHEMA)}


def test_the_schema_keeps_its_laws(app: Flask) -> None:
    found = findings()
    assert {name: one.defects for name, one in found.items() if one.defects} == {}
    assert [name for name, one in found.items() if not one.looked_at and name != "schema.no_side_doors"] == []


@pytest.mark.parametrize(("law", "defect", "told"), PLANTS, ids=[told for *_, told in PLANTS])
def test_a_planted_defect_is_named(superuser: Engine, law: str, defect: str, told: str) -> None:
    """Planted and looked for in one transaction, which is never committed."""
    with Session(superuser) as session:
        session.execute(text(defect))
        check = next(check for check in SCHEMA if check.name == law)
        [finding] = verify(session, [check])
    assert any(told in one for one in finding.defects), finding.defects


@pytest.fixture(scope="module")
def superuser(databases: Databases) -> Iterator[Engine]:
    name = databases.create()
    engine = create_engine(driver_url(databases.server.url(name, user=SUPERUSER)))
    yield engine
    engine.dispose()
    databases.drop(name)


def test_every_law_was_seen_broken() -> None:
    assert {check.name for check in SCHEMA} == {law for law, *_ in PLANTS}


def test_the_command_tells_the_schema_alone(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["schema", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] and set(told["checks"]) == {check.name for check in SCHEMA}
    assert command.main(["--json"]) == 0
    assert set(told["checks"]) < set(json.loads(capsys.readouterr().out)["checks"])
