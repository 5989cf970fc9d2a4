"""Search by the store's API, as the pages of a large shop ask it: Chinese without word boundaries, and all of it."""

import itertools
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from cardmesh.goods.catalog import service as catalog
from cardmesh.goods.models import Listing, ListingStatus, Offer, OfferStatus
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.money import Money
from cardmesh.stores import showcase
from cardmesh.stores.models import Store, StoreHost
from tests.fixtures.market import Market

GOODS = (
    ("腾讯Q币", "games", "100元"),
    ("腾讯Q币", "games", "30元"),
    ("腾讯视频VIP会员", "memberships", "年卡"),
    ("星穹铁道 创世结晶", "games", "980枚"),
    ("Office 365 家庭版", "office", "1年 100% 正版"),
    ("考研政治讲义", "education", "2027"),
)


@pytest.fixture
def shop(market: Market) -> Market:
    with transaction(tenancy.platform()) as session:
        row = session.scalars(select(Store)).one()
        session.add(StoreHost(tenant_id=row.tenant_id, host="one.localhost", store_id=row.id))
    for product, category, name in GOODS:
        market.put_on_sale(offered(market, product, category, name), 10_800)
    return market


def offered(market: Market, product: str, category: str, name: str) -> uuid.UUID:
    with transaction(tenancy.platform()) as session:
        sku = catalog.find_or_create_sku(
            session, product_name=product, category_slug=category, sku_name=name, face=Money(10_000, "CNY")
        )
        sku_id = sku.id
    market.offer(sku_id, 1)
    return sku_id


def ask(app: Flask, q: str, **more: Any) -> dict[str, Any]:
    query = {"q": q, **more}
    answer = app.test_client().get("/api/products", base_url="http://one.localhost:8000", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def found(app: Flask, q: str) -> list[tuple[str, str]]:
    return sorted((row["product_name"], row["name"]) for row in ask(app, q)["data"])


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("Q币", ["100元", "30元"]),
        ("ｑ币　１００", ["100元"]),
        ("q币 ¥100.00", ["100元"]),
        ("100块 腾讯", ["100元"]),
        ("视频", ["年卡"]),
        ("频VIP会", ["年卡"]),
        ("穹", ["980枚"]),
        ("铁道结晶", []),
        ("铁道 结晶", ["980枚"]),
        ("讲义 2027", ["2027"]),
        ("office365", ["1年 100% 正版"]),
        ("影音", ["年卡"]),
        ("membership 腾讯", ["年卡"]),
        ("100%", ["100元", "1年 100% 正版"]),
        ("_", ["100元", "30元", "年卡", "980枚", "1年 100% 正版", "2027"]),
        ("没有这样的商品", []),
    ],
)
def test_what_a_buyer_types_finds_what_is_meant(app: Flask, shop: Market, q: str, names: list[str]) -> None:
    assert sorted(name for _, name in found(app, q)) == sorted(names)


def test_goods_that_cannot_be_sold_do_not_end_the_list(
    app: Flask, shop: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page asks for more as long as `has_more` says so: a listing whose offer is gone must not stop it."""
    monkeypatch.setattr(showcase, "LARGEST_LOOK", 3)
    skus = [offered(shop, "点卡", "games", f"{number}号") for number in range(9)]
    for sku_id in skus:
        shop.put_on_sale(sku_id, 10_800)
    with transaction(tenancy.platform()) as session:
        gone = [sku_id for number, sku_id in enumerate(skus) if number % 3]
        for offer in session.scalars(select(Offer).where(Offer.sku_id.in_(gone))):
            offer.status = OfferStatus.PAUSED
    seen, after = [], None
    for _ in itertools.count():
        page = ask(app, "点卡", limit=2, **({"after": after} if after else {}))
        seen += [row["name"] for row in page["data"]]
        after = page.get("next_cursor")
        if not page["has_more"]:
            break
    assert sorted(seen) == ["0号", "3号", "6号"]


def test_what_is_paused_is_not_found(app: Flask, shop: Market) -> None:
    with transaction(tenancy.tenant(shop.tenant_id)) as session:
        for listing in session.scalars(select(Listing)):
            listing.status = ListingStatus.PAUSED
    assert found(app, "Q币") == []
