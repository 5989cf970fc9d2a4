"""One SKU for one thing, also when two suppliers create it at once; a search sees what one distributor may sell."""

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from cardmesh.goods.catalog import service as catalog
from cardmesh.goods.catalog.errors import CategoryUnknown, FaceInvalid, NameInvalid
from cardmesh.goods.models import Category, Product, Sku
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.money import Money

from .conftest import World


def test_the_eight_categories_are_made_once(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        catalog.ensure_categories(session)
        assert [row.slug for row in catalog.list_categories(session)] == [
            "games",
            "phone-cards",
            "memberships",
            "software",
            "education",
            "office",
            "cloud-ai",
            "gift-cards",
        ]
        assert session.scalar(select(func.count()).select_from(Category)) == 8


def test_two_spellings_from_two_suppliers_are_one_sku(world: World) -> None:
    with transaction(tenancy.supplier(world.suppliers[1].id)) as session:
        same = catalog.find_or_create_sku(
            session, product_name="【腾讯】Ｑ币", category_slug="games", sku_name="¥１００", description="later"
        )
        assert same.id == world.sku.id
        assert (same.name, same.face_minor) == ("100元", 10_000)
        other = catalog.find_or_create_sku(session, product_name="腾讯Q币", category_slug="games", sku_name="10元")
        assert other.product_id == same.product_id and other.id != same.id


def test_racing_creators_agree(world: World, app: Flask) -> None:
    found: list[object] = []
    start = threading.Barrier(8)

    def create(number: int) -> None:
        with app.app_context():
            start.wait()
            with transaction(tenancy.supplier(world.suppliers[number % 2].id)) as session:
                sku = catalog.find_or_create_sku(
                    session, product_name=f"新 商品{' ' * number}", category_slug="software", sku_name="1 年"
                )
                found.append(sku.id)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    with transaction(tenancy.platform()) as session:
        assert session.scalar(select(func.count()).select_from(Product).where(Product.match_name == "新商品")) == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"category_slug": "nope"}, CategoryUnknown),
        ({"product_name": " （） "}, NameInvalid),
        ({"sku_name": "长" * 201}, NameInvalid),
        ({"face": Money(0, "CNY")}, FaceInvalid),
    ],
)
def test_what_is_refused_changes_nothing(world: World, change: dict[str, object], refusal: type[Exception]) -> None:
    given = {"product_name": "x", "category_slug": "games", "sku_name": "y", "face": None} | change
    with transaction(tenancy.platform()) as session:
        before = session.scalar(select(func.count()).select_from(Sku))
        with pytest.raises(refusal):
            catalog.find_or_create_sku(session, **given)  # pyright: ignore[reportArgumentType] - cases
        assert session.scalar(select(func.count()).select_from(Sku)) == before


def test_a_search_shows_own_cost_stock_and_the_best_supplier(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        world.suppliers[1].grade = "A"
        session.merge(world.suppliers[1])
        world.stocked(session, keys=2, price=9_500, tier_prices={"VIP2": 9_300, "VIP3": 9_000})
        world.stocked(session, keys=2, price=9_400, supplier=1)
        unsold = catalog.find_or_create_sku(session, product_name="腾讯Q币", category_slug="games", sku_name="5元")
        world.offer(session, sku=unsold, approve=False)
    with transaction(tenancy.tenant(world.tenant.id)) as session:
        (item,) = catalog.search(session, tier="VIP2", q="q币 100")
        assert (item.offers, item.cost, item.stock, item.grade) == (2, Money(9_300, "CNY"), "low", "A")
        (item,) = catalog.search(session, tier="VIP1")
        assert item.cost == Money(9_400, "CNY")


def test_a_search_narrows_by_words_category_supplier_and_stock(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        for number in range(3):
            sku = catalog.find_or_create_sku(
                session, product_name="Office 365 家庭版", category_slug="office", sku_name=f"{number + 1}年"
            )
            world.stocked(session, keys=number, sku=sku, supplier=number % 2)
        world.stocked(session, keys=1)

        def names(**narrow: object) -> list[str]:
            return [item.sku_name for item in catalog.search(session, **narrow)]  # pyright: ignore[reportArgumentType]

        assert names(q="office 家庭") == ["1年", "2年", "3年"]
        assert names(q="365 2年") == ["2年"]
        assert names(q="100%") == ["100元"]
        assert names(q="没有") == []
        assert names(category="games") == ["100元"]
        assert names(category="office", supplier_id=world.suppliers[1].id) == ["2年"]
        assert names(category="office", min_stock=2) == ["3年"]
        assert len(names(limit=2)) == 3
        first = catalog.search(session, limit=1)[0]
        assert len(names(after=first.sku_id)) == 3


def test_a_suspended_suppliers_goods_are_not_there(world: World) -> None:
    from cardmesh.identity.suppliers.service import change_supplier

    with transaction(tenancy.platform()) as session:
        world.stocked(session, keys=1)
        assert len(catalog.search(session)) == 1
        change_supplier(session, supplier_id=world.suppliers[0].id, status="suspended")
        assert catalog.search(session) == []
