"""Suppliers with their sheets, three distributors with their stores: as `examples/demo.json` tells."""

import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ..goods.listings import service as listings
from ..goods.listings.service import Filter, Markup
from ..goods.models import Category
from ..identity.api_keys import service as api_keys
from ..identity.models import Party, Supplier, Tenant
from ..identity.people import service as people
from ..identity.suppliers.service import create_supplier
from ..kit import runtime, tenancy
from ..kit.db import transaction
from ..kit.ids import public_id
from ..kit.money import Money
from ..money.commission import service as commission
from ..money.commission.drafts import Proposal
from ..money.models import CommissionRule, RuleBasis
from ..money.wallets import service as wallets
from ..stores import embed, opening, publish
from ..stores import service as stores
from . import goods, papers
from .credentials import Credentials, new_password
from .operator import SEEDER

STARTING_FUNDS = Money(2_000_000, "CNY")


def build(credentials: Credentials, examples: Path) -> None:
    """Everything, in the order in which it would happen."""
    story = json.loads((examples / "demo.json").read_text())
    suppliers = {entry["name"]: _supplier(credentials, entry) for entry in story["suppliers"]}
    for entry in story["suppliers"]:
        goods.load(suppliers[entry["name"]], entry, examples)
    goods.approve_all()
    tenants = {entry["handle"]: _tenant(credentials, entry) for entry in story["tenants"]}
    _rules(story["commission_rules"], suppliers, tenants)
    for entry in story["suppliers"]:
        papers.prove(Party.SUPPLIER, suppliers[entry["name"]], entry["name"])
    for entry in story["tenants"]:
        papers.prove(Party.DISTRIBUTOR, tenants[entry["handle"]], entry["name"][entry["locale"]])
    for entry in story["tenants"]:
        _stock_store(tenants[entry["handle"]], entry)


def _supplier(credentials: Credentials, entry: dict[str, Any]) -> uuid.UUID:
    def make() -> dict[str, Any]:
        password = new_password()
        with transaction(tenancy.platform(SEEDER)) as session:
            found = session.scalar(select(Supplier).where(Supplier.name == entry["name"]))
            supplier = found or create_supplier(session, name=entry["name"], email=entry["email"])
            person = people.ensure_person(session, email=entry["email"], password=password, name=entry["contact"])
            people.join(session, person_id=person.id, party=Party.SUPPLIER, party_id=supplier.id)
            key = api_keys.issue(session, party=Party.SUPPLIER, party_id=supplier.id, name="development")
        return {
            "id": public_id("sup", supplier.id),
            "name": supplier.name,
            "email": entry["email"],
            "password": password,
            "api_key": key.secret,
        }

    credentials.party("suppliers", entry["email"], make)
    with transaction(tenancy.platform(SEEDER)) as session:
        return session.scalars(select(Supplier.id).where(Supplier.name == entry["name"])).one()


def _tenant(credentials: Credentials, entry: dict[str, Any]) -> uuid.UUID:
    def make() -> dict[str, Any]:
        password = new_password()
        with transaction(tenancy.platform(SEEDER)) as session:
            people.ensure_person(session, email=entry["owner"]["email"], password=password, name=entry["owner"]["name"])
            found = session.scalar(select(Tenant).where(Tenant.handle == entry["handle"]))
            if found is None:
                opened = opening.open_tenant(
                    session,
                    name=entry["name"][entry["locale"]],
                    handle=entry["handle"],
                    owner_email=entry["owner"]["email"],
                    theme=entry["theme"],
                    preset=entry["preset"],
                    locale=entry["locale"],
                    tier=entry["tier"],
                )
                tenant, secret = opened.tenant, opened.api_key
            else:
                tenant = found
                secret = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=tenant.id, name="development").secret
        settings = runtime.current().settings
        return {
            "id": public_id("ten", tenant.id),
            "handle": tenant.handle,
            "store_url": settings.store_url(f"{tenant.handle}.{settings.base_host}"),
            "email": entry["owner"]["email"],
            "password": password,
            "api_key": secret,
        }

    credentials.party("distributors", entry["owner"]["email"], make)
    with transaction(tenancy.platform(SEEDER)) as session:
        return session.scalars(select(Tenant.id).where(Tenant.handle == entry["handle"])).one()


def _rules(entries: list[dict[str, Any]], suppliers: dict[str, uuid.UUID], tenants: dict[str, uuid.UUID]) -> None:
    """A default that supersedes a new installation's, and the agreements beside it; once."""
    with transaction(tenancy.platform(SEEDER)) as session:
        if session.scalars(select(CommissionRule.id).limit(2)).all()[1:]:
            return
        categories = {row.slug: row.id for row in session.scalars(select(Category))}
        for entry in entries:
            narrowed = {
                "category_id": categories.get(entry.get("category", "")),
                "supplier_id": suppliers.get(entry.get("supplier", "")),
                "tenant_id": tenants.get(entry.get("tenant", "")),
            }
            commission.create_rule(session, note=entry["note"]["zh-CN"], **_proposal(entry, narrowed))


def _proposal(entry: dict[str, Any], narrowed: dict[str, uuid.UUID | None]) -> Proposal:
    made = Proposal(basis=RuleBasis(entry["basis"]))
    for name in ("rate", "fee_rate", "supplier_share", "platform_share", "distributor_share"):
        if name in entry:
            made[name] = Decimal(entry[name])
    for name, value in narrowed.items():
        if value is not None:
            made[name] = value
    return made


def _stock_store(tenant_id: uuid.UUID, entry: dict[str, Any]) -> None:
    """Money to buy with, the shop's own words, goods by category at its markup, and the pages."""
    with transaction(tenancy.platform(SEEDER)) as session:
        wallets.credit(session, owner_id=tenant_id, amount=STARTING_FUNDS, reason="demo", key=f"demo:{tenant_id}")
    markup = Markup(
        Decimal(entry["markup"]["percent"]),
        entry["markup"]["fixed_minor"],
        entry["markup"]["round_to_minor"],
        entry["markup"]["floor_minor"],
    )
    with transaction(tenancy.tenant(tenant_id, SEEDER)) as session:
        store = stores.list_stores(session)[0]
        profile = {"contact": {"email": entry["contact"]["email"]}, "announcement": entry["announcement"]}
        if store.profile != profile:
            stores.update_store(session, store_id=store.id, changes={"profile": profile})
        if runtime.current().settings.env == "development" and not store.embed_origins:
            embed.set_origins(session, store_id=store.id, origins=[embed.ANY_LOCALHOST])
        for category in entry["categories"]:
            listings.list_matching(
                session, tenant_id=tenant_id, store_id=store.id, matching=Filter(category=category), markup=markup
            )
    publish.run_build(tenant_id=tenant_id, store_id=store.id)
