"""Cost, retail, the choice of an offer, and the guard against selling at a loss."""

import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from cardmesh.goods.listings import service as listings
from cardmesh.goods.listings.service import Markup
from cardmesh.goods.models import GoodsKind, Listing
from cardmesh.goods.offers import service as offers
from cardmesh.goods.pricing import rules
from cardmesh.goods.pricing.errors import LossGuard
from cardmesh.goods.pricing.rules import PriceRow, Prices, Terms
from cardmesh.goods.pricing.service import PricedLine, price_lines, price_wholesale
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.money import Money
from cardmesh.money.commission.rules import Rule
from cardmesh.money.models import RuleBasis

from .conftest import World

PRICES = Prices(9_500, (PriceRow("VIP2", 1, 9_400), PriceRow("VIP3", 1, 9_300), PriceRow("", 10, 9_350)))


@pytest.mark.parametrize(
    ("tier", "quantity", "expected"),
    [
        ("VIP1", 1, 9_500),
        ("VIP2", 1, 9_400),
        ("VIP2", 9, 9_400),
        ("VIP2", 10, 9_350),
        ("VIP3", 10, 9_300),
        ("VIP1", 10, 9_350),
    ],
)
def test_the_best_matching_row_is_the_cost(tier: str, quantity: int, expected: int) -> None:
    assert rules.cost(PRICES, tier=tier, quantity=quantity) == expected


@pytest.mark.parametrize(
    ("terms", "cost", "expected"),
    [
        (Terms(retail_minor=10_800), 9_500, 10_800),
        (Terms(markup_percent=Decimal("12")), 9_500, 10_640),
        (Terms(markup_percent=Decimal("0.0001")), 9_500, 9_501),
        (Terms(markup_percent=Decimal("8"), markup_fixed_minor=100, round_to_minor=50), 9_333, 10_200),
        (Terms(markup_percent=Decimal("15"), round_to_minor=100, floor_minor=500), 99, 500),
        (Terms(markup_percent=Decimal("10"), round_to_minor=100), 1_000, 1_100),
        (Terms(markup_percent=Decimal("-100")), 1_000, 0),
    ],
)
def test_retail(terms: Terms, cost: int, expected: int) -> None:
    assert rules.retail(terms, cost) == expected


@given(
    cost=st.integers(1, 10**9),
    percent=st.decimals(0, 500, places=4),
    fixed=st.integers(0, 10**6),
    step=st.integers(1, 10**4),
    floor=st.integers(0, 10**9),
)
def test_retail_is_the_least_step_that_covers_the_markup(
    cost: int, percent: Decimal, fixed: int, step: int, floor: int
) -> None:
    exact = cost * (100 + percent) / 100 + fixed
    retail = rules.retail(Terms(None, percent, fixed, step, floor), cost)
    assert retail >= exact and retail >= floor
    assert retail == floor or (retail % step == 0 and retail - step < exact)


def rule(**terms: object) -> Rule:
    return Rule(id=uuid.uuid4(), **({"basis": RuleBasis.COST, "fee_rate": Decimal("0.01")} | terms))  # pyright: ignore[reportArgumentType]


def test_the_guard_stops_below_cost_and_fees_and_says_by_how_much() -> None:
    sound = rules.check_loss(rule(), retail_minor=10_000, cost_minor=9_900, currency="CNY")
    assert (sound.fees_minor, sound.profit_minor) == (100, 0)
    with pytest.raises(LossGuard) as refused:
        rules.check_loss(rule(), retail_minor=9_999, cost_minor=9_900, currency="CNY")
    assert refused.value.extra == {"retail": 9_999, "cost": 9_900, "fees": 100, "loss": 1, "currency": "CNY"}
    assert "99.99" in refused.value.message("zh-CN") and "0.01" in refused.value.message("en")


def test_below_cost_is_a_loss_under_a_share_rule_too() -> None:
    shares = {"supplier_share": Decimal("0.7"), "platform_share": Decimal("0.1"), "distributor_share": Decimal("0.2")}
    share = rule(basis=RuleBasis.SHARE, fee_rate=Decimal(0), **shares)
    assert rules.is_loss(share, retail_minor=9_999, cost_minor=10_000)
    assert not rules.is_loss(share, retail_minor=10_000, cost_minor=10_000)


def listed(session: Session, world: World, **terms: object) -> Listing:
    given = terms or {"markup": Markup(Decimal(10))}
    return listings.list_sku(
        session,
        tenant_id=world.tenant.id,
        store_id=world.store_id,
        sku_id=world.sku.id,
        **given,  # pyright: ignore[reportArgumentType]
    )


def priced(session: Session, world: World, quantity: int = 1) -> PricedLine:
    items = [(world.sku.id, quantity)]
    return price_lines(session, tenant=world.tenant, items=items, at=clock.now(), store_id=world.store_id)[0]


def test_the_cheapest_offer_with_stock_serves_and_the_others_stand_behind(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        dear = world.stocked(session, keys=5, price=9_500)
        cheap = world.stocked(session, keys=2, price=9_000, supplier=1)
        listed(session, world)
    with transaction(tenancy.trade(world.tenant.id)) as session:
        line = priced(session, world)
        assert [choice.offer_id for choice in line.offers] == [cheap.id, dear.id]
        assert (line.offer_id, line.cost_minor, line.unit_price_minor, line.problem) == (cheap.id, 9_000, 9_900, None)
        more = priced(session, world, 3)
        assert (more.offer_id, more.unit_price_minor, more.total_minor) == (dear.id, 10_450, 31_350)
        none = priced(session, world, 6)
        assert (none.problem, none.offers, none.unit_price_minor) == ("insufficient_stock", (), 9_900)


def test_a_preferred_supplier_goes_first_while_it_has_stock(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        dear = world.stocked(session, keys=2, price=9_500)
        cheap = world.stocked(session, keys=5, price=9_000, supplier=1)
        listed(session, world, markup=Markup(Decimal(10)), supplier_id=dear.supplier_id)
        assert priced(session, world).offer_id == dear.id
        assert priced(session, world, 3).offer_id == cheap.id


def test_a_fallback_that_would_lose_money_at_the_quoted_price_is_none(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        world.stocked(session, keys=5, price=9_900)
        cheap = world.stocked(session, keys=5, price=9_000, supplier=1)
        listed(session, world, retail=Money(9_500, "CNY"))
        assert [choice.offer_id for choice in priced(session, world).offers] == [cheap.id]
        offers.update_offer(session, offer_id=cheap.id, base_price_minor=9_501)
        line = priced(session, world)
        assert (line.problem, line.offers, line.unit_price_minor) == ("loss_guard", (), 9_500)


def test_every_other_problem_has_its_code(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        assert priced(session, world).problem == "listing_not_active"
        offer = world.stocked(session, keys=5, min_quantity=2, max_quantity=3)
        listing = listed(session, world)
        assert priced(session, world, 1).problem == "quantity_out_of_range"
        assert priced(session, world, 4).problem == "quantity_out_of_range"
        assert priced(session, world, 2).problem is None
        listings.pause(session, tenant_id=world.tenant.id, listing_id=listing.id)
        assert priced(session, world, 2).problem == "listing_not_active"
        listings.resume(session, tenant_id=world.tenant.id, listing_id=listing.id)
        offers.pause(session, offer_id=offer.id)
        assert priced(session, world, 2).problem == "offer_not_active"
        unknown = price_lines(session, tenant=world.tenant, items=[(uuid.uuid4(), 1)], at=clock.now())
        assert unknown[0].problem == "listing_not_active"


def test_an_offer_in_another_currency_does_not_serve(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        world.stocked(session, keys=5)
        listed(session, world)
        session.execute(update(Listing).values(currency="USD"))
        assert priced(session, world).problem == "offer_not_active"


def test_a_file_offer_sells_once_it_has_its_file(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session, kind=GoodsKind.FILE)
        listed(session, world)
        assert priced(session, world).problem == "insufficient_stock"
        offers.attach_file(session, offer_id=offer.id, filename="a.pdf", content_type="application/pdf", body=b"x")
        line = priced(session, world, 50)
        assert (line.problem, line.kind, line.available_hint) == (None, "file", "in_stock")


def test_wholesale_is_at_cost_and_needs_no_listing(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        world.stocked(session, keys=5, price=9_500, tier_prices={"VIP2": 9_200})
        (line,) = price_wholesale(session, tenant=world.tenant, items=[(world.sku.id, 2)], at=clock.now())
        assert (line.unit_price_minor, line.total_minor, line.problem, line.listing_id) == (9_200, 18_400, None, None)
        (dollars,) = price_wholesale(
            session, tenant=world.tenant, items=[(world.sku.id, 2)], at=clock.now(), currency="USD"
        )
        assert dollars.problem == "offer_not_active"


def test_a_basket_costs_one_select_beside_the_book_that_is_remembered(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        world.stocked(session, keys=5)
        world.stocked(session, keys=5, supplier=1)
        listed(session, world)
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    items = [(world.sku.id, n) for n in (1, 2, 3)]
    for most in (2, 1):  # rules and rates, in one select, are read once a second
        seen.clear()
        with transaction(tenancy.trade(world.tenant.id)) as session:
            lines = price_lines(session, tenant=world.tenant, items=items, at=clock.now())
        assert [line.total_minor for line in lines] == [10_450, 20_900, 31_350]
        assert sum("set_config" not in statement for statement in seen) == most
