"""What is traded in a bench: SKUs with keys, distributors with money. Made by the verbs, in this process."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ..goods.catalog import service as catalog
from ..goods.imports.records import KeyRecord
from ..goods.inventory import service as inventory
from ..goods.inventory.credentials import Credential
from ..goods.listings import service as listings
from ..goods.models import GoodsKind
from ..goods.offers import service as offers
from ..identity.suppliers.service import create_supplier
from ..kit import tenancy
from ..kit.db import transaction
from ..kit.ids import new_id
from ..kit.money import Money
from ..money.wallets import service as wallets
from ..stores.opening import open_tenant

CURRENCY = "CNY"
COST = Money(1000, CURRENCY)
RETAIL = Money(1200, CURRENCY)
FUNDS = Money(10**11, CURRENCY)
BATCH = 10_000
SKUS_EACH = 100
"""Of one product, so that the stores' pages are few and soon built: nothing here measures them."""


@dataclass(frozen=True)
class Buyer:
    """A distributor with a store, an API key and more money than a bench spends."""

    tenant_id: uuid.UUID
    store_id: uuid.UUID
    host: str
    api_key: str


@dataclass(frozen=True)
class Market:
    """SKUs in stock, all of one supplier, all listed by every buyer's store."""

    skus: list[uuid.UUID]
    buyers: list[Buyer]


def open_market(*, skus: int, keys_each: int, buyers: int) -> Market:
    """Everything new: a market may be opened on an installation of any size. Needs an app context."""
    mark = new_id().hex[-8:]
    with transaction(tenancy.platform()) as session:
        catalog.ensure_categories(session)
        supplier = create_supplier(session, name=f"Bench {mark}", email=f"{mark}@bench.example")
    goods = [_goods(supplier.id, mark, number, keys_each) for number in range(skus)]
    return Market(goods, [_buyer(f"b{number}-{mark}", goods) for number in range(buyers)])


def _goods(supplier_id: uuid.UUID, mark: str, number: int, keys: int) -> uuid.UUID:
    product, name = f"Bench {mark}-{number // SKUS_EACH}", f"{mark}-{number}"
    with transaction(tenancy.platform()) as session:
        sku = catalog.find_or_create_sku(
            session, product_name=product, category_slug="games", sku_name=str(number), face=None
        )
        made = offers.create_offer(
            session, supplier_id=supplier_id, sku_id=sku.id, kind=GoodsKind.CARD_KEY, base_price=COST
        )
        offer = offers.review(session, offer_id=made.id, decision="approve")
        for start in range(0, keys, BATCH):
            lines = range(start, min(start + BATCH, keys))
            records = [KeyRecord(line, (Credential("code", "卡密", f"{name}-{line:09}"),)) for line in lines]
            inventory.add_keys(session, offer=offer, records=records)
    return sku.id


def _buyer(handle: str, skus: list[uuid.UUID]) -> Buyer:
    with transaction(tenancy.platform()) as session:
        opened = open_tenant(session, name=handle, handle=handle, owner_email=f"{handle}@bench.example")
        tenant_id, store_id = opened.tenant.id, opened.store.id
        wallets.credit(session, owner_id=tenant_id, amount=FUNDS, reason="bench", key=f"bench:{new_id()}")
    with transaction(tenancy.tenant(tenant_id)) as session:
        _list(session, tenant_id, store_id, skus)
    return Buyer(tenant_id, store_id, f"{handle}.localhost", opened.api_key)


def _list(session: Session, tenant_id: uuid.UUID, store_id: uuid.UUID, skus: list[uuid.UUID]) -> None:
    for sku_id in skus:
        listings.list_sku(session, tenant_id=tenant_id, store_id=store_id, sku_id=sku_id, retail=RETAIL)
