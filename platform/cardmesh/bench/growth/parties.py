"""Tenants with stores, wallets and API keys; suppliers with offers; listings. By the verbs, the listings by COPY."""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...goods.catalog.service import ensure_categories, find_or_create_sku
from ...goods.offers import service as offers
from ...identity.api_keys import service as api_keys
from ...identity.models import Party
from ...identity.suppliers.service import create_supplier
from ...kit import tenancy
from ...kit.db import transaction
from ...kit.money import Money
from ...money.wallets.service import credit
from ...stores.opening import open_tenant
from .size import Size

CATEGORIES = ("games", "phone-cards", "education")
WORDS = ("星穹手游", "腾讯视频", "京东E卡", "Steam wallet", "云盘会员", "话费充值", "考研讲义", "Office key")
_AT_ONCE = 100
FUNDS = 100_000_000


@dataclass(frozen=True)
class Pool:
    """An offer and what its keys sell for; `keys` of them are made, `sold` of those sold."""

    offer_id: uuid.UUID
    supplier_id: uuid.UUID
    sku_id: uuid.UUID
    product: str
    sku: str
    cost_minor: int
    keys: int
    sold: int


@dataclass(frozen=True)
class World:
    """`tenants`: (tenant id, store id); `api_keys`: a distributor's, a supplier's and the operator's secrets."""

    tenants: list[tuple[uuid.UUID, uuid.UUID]]
    pools: list[Pool]
    api_keys: dict[str, str]


def make(size: Size) -> World:
    """Needs an app context on an empty, migrated database."""
    keys: dict[str, str] = {}
    with transaction(tenancy.platform()) as session:
        ensure_categories(session)
        keys["operator"] = api_keys.issue(session, party=Party.PLATFORM).secret
    tenants = [one for start in range(0, size.tenants, _AT_ONCE) for one in _tenants(size, start, keys)]
    pools = _pools(size, keys)
    with transaction(tenancy.platform()) as session:
        _list(session, size)
        session.execute(text("delete from outbox"))  # invitations and builds: nobody here to receive them
    return World(tenants, pools, keys)


def _tenants(size: Size, start: int, keys: dict[str, str]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    made: list[tuple[uuid.UUID, uuid.UUID]] = []
    with transaction(tenancy.platform()) as session:
        for number in range(start, min(start + _AT_ONCE, size.tenants)):
            opened = open_tenant(
                session, name=f"分销商 {number}", handle=f"grown-{number}", owner_email=f"t{number}@example.com"
            )
            owner = opened.tenant.id
            credit(session, owner_id=owner, amount=Money(FUNDS, "CNY"), reason="bench grow", key=f"grow:{number}")
            keys.setdefault("distributor", opened.api_key)
            made.append((owner, opened.store.id))
    return made


def _pools(size: Size, keys: dict[str, str]) -> list[Pool]:
    """One offer for each SKU; the first has a tenth of all keys, so that there is a hot one."""
    with transaction(tenancy.platform()) as session:
        suppliers = [
            create_supplier(session, name=f"供应商 {number}", email=f"s{number}@example.com").id
            for number in range(size.suppliers)
        ]
        issued = api_keys.issue(session, party=Party.SUPPLIER, party_id=suppliers[0])
        keys["supplier"] = issued.secret
    pools: list[Pool] = []
    for start in range(0, size.skus, _AT_ONCE):
        with transaction(tenancy.platform()) as session:
            for number in range(start, min(start + _AT_ONCE, size.skus)):
                pools.append(_pool(session, size, number, suppliers[number % len(suppliers)]))
    return pools


def _pool(session: Session, size: Size, number: int, supplier_id: uuid.UUID) -> Pool:
    product, sku = f"{WORDS[number % len(WORDS)]} {number // 4}", f"{number % 4 * 50 + 50} 元"
    cost = 900 + number % 100
    row = find_or_create_sku(
        session, product_name=product, category_slug=CATEGORIES[number // 4 % len(CATEGORIES)], sku_name=sku
    )
    offer = offers.create_offer(
        session, supplier_id=supplier_id, sku_id=row.id, kind="card_key", base_price=Money(cost, "CNY")
    )
    offers.review(session, offer_id=offer.id, decision="approve")
    keys, sold = (_share(total, number, size.skus) for total in (size.keys, size.orders))
    return Pool(offer.id, supplier_id, row.id, product, sku, cost, keys, sold)


def _share(total: int, number: int, of: int) -> int:
    """A tenth for the first, the rest evenly; adds up to `total`."""
    if of == 1:
        return total
    first = total // 10
    rest, more = divmod(total - first, of - 1)
    return first if number == 0 else rest + (number <= more)


def _list(session: Session, size: Size) -> None:
    """Each store lists the SKUs that follow its number, round the catalog."""
    session.execute(
        text("""
            insert into listings (tenant_id, id, store_id, sku_id, currency, markup_percent)
            select s.tenant_id, uuidv7(), s.id, k.id, 'CNY', 20
            from (select tenant_id, id, row_number() over (order by id) as place from stores) s
              cross join generate_series(1, :each) as step
              join (select id, row_number() over (order by id) as place from skus) k
                on k.place = 1 + (s.place * 7 + step) % :skus
            on conflict do nothing
        """),
        {"each": -(-size.listings // size.tenants), "skus": size.skus},
    )
