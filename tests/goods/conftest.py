"""A small world of goods: two suppliers, a tenant with a store, and shorthand for what the tests say most."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cardmesh.goods.catalog import service as catalog
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.inventory.credentials import Credential, fingerprint_text, serialise
from cardmesh.goods.inventory.load import Counts
from cardmesh.goods.models import GoodsKind, Offer, Sku, StockUnit
from cardmesh.goods.offers import service as offers
from cardmesh.identity.models import Supplier, Tenant
from cardmesh.identity.suppliers.service import create_supplier
from cardmesh.identity.tenants.service import create_tenant
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id
from cardmesh.kit.money import Money


@dataclass(frozen=True)
class Code:
    """A key record as a sheet gives one."""

    line: int
    value: str
    expires_on: date | None = None

    @property
    def credentials(self) -> tuple[Credential, ...]:
        return (Credential("code", "卡密", self.value),)

    @property
    def payload(self) -> str:
        return serialise(self.credentials)

    @property
    def fingerprint_text(self) -> str:
        return fingerprint_text(self.credentials)


@dataclass(frozen=True)
class World:
    tenant: Tenant
    store_id: uuid.UUID
    suppliers: tuple[Supplier, Supplier]
    sku: Sku

    def offer(
        self,
        session: Session,
        *,
        supplier: int = 0,
        price: int = 9_500,
        kind: str = GoodsKind.CARD_KEY,
        sku: Sku | None = None,
        approve: bool = True,
        **terms: object,
    ) -> Offer:
        made = offers.create_offer(
            session,
            supplier_id=self.suppliers[supplier].id,
            sku_id=(sku or self.sku).id,
            kind=kind,
            base_price=Money(price, "CNY"),
            **terms,  # pyright: ignore[reportArgumentType] - passed through as the test wrote them
        )
        return offers.review(session, offer_id=made.id, decision="approve") if approve else made

    def stocked(self, session: Session, keys: int = 3, **offer: object) -> Offer:
        made = self.offer(session, **offer)  # pyright: ignore[reportArgumentType] - passed through
        add(session, made, [f"{made.id.hex[-8:]}-{number:06}" for number in range(keys)])
        return made


def add(session: Session, offer: Offer, codes: Sequence[str], import_id: uuid.UUID | None = None) -> Counts:
    records = [Code(line, value) for line, value in enumerate(codes, start=1)]
    return inventory.add_keys(session, offer=offer, records=records, import_id=import_id)


def in_stock(session: Session, offer: Offer) -> int:
    return session.scalar(select(func.count()).select_from(StockUnit).where(StockUnit.offer_id == offer.id)) or 0


@pytest.fixture
def world(app: Flask) -> World:
    with transaction(tenancy.platform()) as session:
        catalog.ensure_categories(session)
        tenant = create_tenant(session, name="One", handle="one", tier="VIP2")
        first = create_supplier(session, name="First", email="first@example.test")
        second = create_supplier(session, name="Second", email="second@example.test")
        sku = catalog.find_or_create_sku(
            session, product_name="腾讯Q币", category_slug="games", sku_name="100元", face=Money(10_000, "CNY")
        )
    return World(tenant, new_id(), (first, second), sku)
