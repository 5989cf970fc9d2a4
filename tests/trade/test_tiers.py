"""Tiers: earned by sales, kept for a while, what only they may buy; decided once however often it is asked."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from cardmesh.goods.catalog import service as catalog
from cardmesh.goods.listings import service as listings
from cardmesh.goods.models import Audience, CatalogChange, Offer
from cardmesh.goods.offers import audience, price_lists
from cardmesh.goods.offers import service as offers
from cardmesh.goods.pricing.errors import OfferNotActive
from cardmesh.goods.pricing.models import PriceList, PriceListStatus
from cardmesh.goods.pricing.rules import PriceRow, Prices
from cardmesh.goods.pricing.service import price_wholesale
from cardmesh.identity.audit.service import trail
from cardmesh.identity.models import Party, Tenant
from cardmesh.identity.people import service as people
from cardmesh.identity.tenants.service import change_tenant, create_tenant
from cardmesh.insight import prices as insight
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError, ValidationFailed
from cardmesh.kit.money import Money
from cardmesh.trade.models import OrderUnit
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Item
from cardmesh.trade.tiers import rules
from cardmesh.trade.tiers import service as tiers
from cardmesh.trade.tiers.models import TierLevel
from cardmesh.trade.tiers.rules import News, Standing, Threshold
from tests.fixtures.market import Market

LEVELS = [
    TierLevel(tier="VIP1", threshold_minor=0, currency="CNY", grace_days=7),
    TierLevel(tier="VIP2", threshold_minor=1_000, currency="CNY", grace_days=7),
    TierLevel(tier="VIP3", threshold_minor=9_000, currency="CNY", grace_days=3),
]
NOW = datetime.fromisoformat("2026-11-22T12:00:00+00:00")


def days(count: float) -> datetime:
    return NOW + timedelta(days=count)


@pytest.mark.parametrize(
    ("now", "sold", "expected"),
    [
        (Standing("VIP1"), 999, (Standing("VIP1"), None)),
        (Standing("VIP1"), 9_000, (Standing("VIP3"), News.PROMOTED)),
        (Standing("VIP3"), 8_999, (Standing("VIP3", days(3)), News.FALLING)),
        (Standing("VIP3", days(0.1)), 8_999, (Standing("VIP3", days(0.1)), None)),
        (Standing("VIP3", days(0)), 8_999, (Standing("VIP2"), News.DEMOTED)),
        (Standing("VIP3", days(0)), 9_000, (Standing("VIP3"), News.SAVED)),
        (Standing("VIP2", days(2)), 9_000, (Standing("VIP3"), News.PROMOTED)),
        (Standing("VIP9"), 0, (Standing("VIP9", days(14)), News.FALLING)),  # a tier that is no more
    ],
)
def test_up_at_once_down_after_the_grace(now: Standing, sold: int, expected: tuple[Standing, News | None]) -> None:
    assert rules.move(now, LEVELS, sold, NOW) == expected


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=30))
def test_nobody_falls_without_a_warning_and_asking_again_changes_nothing(sales: list[int]) -> None:
    standing, warned = Standing("VIP1"), False
    for day, sold in enumerate(sales):
        before = rules.rank(standing.tier)
        standing, news = rules.move(standing, LEVELS, sold, days(day))
        assert rules.move(standing, LEVELS, sold, days(day))[1] is None
        if rules.rank(standing.tier) < before:
            assert warned and news is News.DEMOTED
        warned = standing.grace_until is not None
        assert rules.rank(standing.tier) >= rules.rank(rules.earned(LEVELS, sold) or "VIP1")


def standing(market: Market) -> Standing:
    with transaction(tenancy.platform()) as session:
        tenant = session.get_one(Tenant, market.tenant_id)
        return Standing(tenant.tier, tenant.tier_grace_until)


def set_levels(*thresholds: int) -> None:
    drafts = [Threshold(f"VIP{place}", minor, 7) for place, minor in enumerate(thresholds, start=1)]
    with transaction(tenancy.platform()) as session:
        tiers.set_levels(session, drafts, currency="CNY")


def test_a_distributor_rises_is_warned_falls(market: Market) -> None:
    """Two units for 95.00 each are sales of 190.00; thirty days later they count no more."""
    set_levels(0, 19_000, 50_000)
    with transaction(tenancy.platform()) as session:
        people.invite(session, email="owner@example.test", party=Party.DISTRIBUTOR, party_id=market.tenant_id)
    sku = market.sell(keys=5)
    market.fund(100_000)
    market.wallet_order((sku, 1))
    assert tiers.review_all() == 0
    market.wallet_order((sku, 1))
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        seen = tiers.progress(session, session.get_one(Tenant, market.tenant_id))
    assert seen and (seen.sold_minor, seen.next_tier, seen.missing_minor) == (19_000, "VIP2", 0)
    assert (tiers.review_all(), tiers.review_all()) == (1, 0)
    assert standing(market) == Standing("VIP2")
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(CatalogChange).where(CatalogChange.reason == "tier.changed")).one()
        past = clock.now() - timedelta(days=31)
        session.execute(update(OrderUnit).values(delivered_at=past, hold_until=past))
    assert (tiers.review_all(), tiers.review_all()) == (1, 0)
    until = standing(market).grace_until
    assert until and timedelta(days=6) < until - clock.now() < timedelta(days=7)
    with time_machine.travel(until + timedelta(seconds=1), tick=False):
        assert (tiers.review_all(), tiers.review_all()) == (1, 0)
    assert standing(market) == Standing("VIP1")
    assert [job["news"] for job in market.jobs("mail.tier")] == ["promoted", "falling", "demoted"]
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        told = [row.action for row in trail(session, party_id=market.tenant_id) if row.subject == "tenant"]
    assert set(told) == {"tier.promoted", "tier.falling", "tier.demoted"}


def test_reviewed_by_many_at_once_it_moves_once(app: Flask, market: Market) -> None:
    set_levels(0, 1)
    sku = market.sell(keys=5)
    market.fund(100_000)
    market.wallet_order((sku, 1))

    def review(_: int) -> int:
        with app.app_context():
            return tiers.review_all()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(review, range(6))) == 1
    with transaction(tenancy.platform()) as session:
        rows = [row for row in trail(session, party_id=market.tenant_id) if row.action == "tier.promoted"]
    assert len(rows) == 1 and standing(market).tier == "VIP2"


def test_a_tier_set_by_hand_stays(market: Market) -> None:
    with transaction(tenancy.platform()) as session:
        change_tenant(session, tenant_id=market.tenant_id, tier="VIP3")
    assert tiers.review_all() == 0 and standing(market) == Standing("VIP3")
    with transaction(tenancy.platform()) as session:
        change_tenant(session, tenant_id=market.tenant_id, earns_tier=True)
    assert tiers.review_all() == 1 and standing(market).grace_until
    for wrong in ([0, 0], [5, 9], [0, 9, 3]):
        with pytest.raises(ValidationFailed):
            set_levels(*wrong)


# --- exclusive goods ---


def rival_of(name: str = "Two", handle: str = "two") -> uuid.UUID:
    with transaction(tenancy.platform()) as session:
        return create_tenant(session, name=name, handle=handle).id


def only_for(offer: Offer, chosen: Audience, **terms: Any) -> None:
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        audience.set_audience(session, offer_id=offer.id, audience=chosen, **terms)


def bought(market: Market, sku: uuid.UUID) -> str:
    """By every way that there is; one word for what all of them answered."""
    answers = set()
    for way in (express, plain, partial, in_store):
        try:
            way(market, sku)
            answers.add("sold")
        except MeshError as refused:
            answers.add(refused.code)
    assert len(answers) == 1, answers
    return answers.pop()


def express(market: Market, sku: uuid.UUID) -> None:
    """The one that leaves refusals to the plain version must not sell."""
    ref = uuid.uuid4().hex
    made = orders.place_express(
        tenant_id=market.tenant_id,
        request=orders.Call(ref, b""),
        external_ref=ref,
        items=[Item(sku, 1)],
        on_shortage="cancel_all",
        answer=lambda _view: {},
    )
    if made is None:
        plain(market, sku)


def plain(market: Market, sku: uuid.UUID) -> None:
    market.wallet_order((sku, 1))


def partial(market: Market, sku: uuid.UUID) -> None:
    market.wallet_order((sku, 1), on_shortage="partial")


def in_store(market: Market, sku: uuid.UUID) -> None:
    try:
        market.order((sku, 1), contact=f"{uuid.uuid4().hex[:8]}@example.test")
    except MeshError as refused:
        if refused.code == "listing_not_active":  # a buyer is told no more
            raise OfferNotActive from refused
        raise


def seen(market: Market, sku: uuid.UUID) -> bool:
    """In the catalogue, by search and by id, and the offer itself."""
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        found = {
            any(item.sku_id == sku for item in catalog.search(session, tier="VIP9")),
            bool(catalog.items(session, [sku], "VIP9")),
            session.scalar(select(Offer.id).where(Offer.sku_id == sku)) is not None,
        }
    assert len(found) == 1, found
    return found.pop()


def test_what_is_not_for_a_distributor_is_not_there(market: Market) -> None:
    sku = market.sku()
    offer = market.offer(sku, keys=40)
    market.put_on_sale(sku, 10_800)
    market.fund(1_000_000)
    rival = rival_of()
    assert (seen(market, sku), bought(market, sku)) == (True, "sold")
    only_for(offer, Audience.NAMED, tenant_ids=[rival])
    assert (seen(market, sku), bought(market, sku)) == (False, "offer_not_active")
    only_for(offer, Audience.NAMED, tenant_ids=[rival, market.tenant_id])
    assert (seen(market, sku), bought(market, sku)) == (True, "sold")
    only_for(offer, Audience.TIER, min_tier="VIP2")
    assert (seen(market, sku), bought(market, sku)) == (False, "offer_not_active")
    with transaction(tenancy.platform()) as session:
        change_tenant(session, tenant_id=market.tenant_id, tier="VIP10")
    assert (seen(market, sku), bought(market, sku)) == (True, "sold")
    assert audience.find_tenants(["TWO", " one"]).keys() == {"one", "two"}
    with pytest.raises(ValidationFailed):
        audience.find_tenants(["two", "nobody"])


def test_what_was_bought_before_still_comes_back(market: Market) -> None:
    """An order that is canceled after the offer was closed gives its stock back."""
    sku = market.sku()
    offer = market.offer(sku, keys=1)
    market.put_on_sale(sku, 10_800)
    placed = market.order((sku, 1))
    only_for(offer, Audience.TIER, min_tier="VIP9")
    with transaction(tenancy.trade(market.tenant_id)) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=placed.order.id)
    assert market.stock(sku) == 1


def test_partial_orders_do_not_count_what_is_not_for_them(market: Market) -> None:
    """Ten that are closed beside three that are open: three are sold."""
    sku = market.sku()
    only_for(market.offer(sku, keys=10, price=90), Audience.TIER, min_tier="VIP9")
    market.offer(sku, keys=3, supplier=1)
    market.fund(1_000_000)
    order = market.wallet_order((sku, 10), on_shortage="partial")
    assert order.total_minor == 3 * 9_500


# --- price lists ---


def test_a_list_comes_into_force_by_itself(market: Market) -> None:
    """Tier and quantity together: VIP2 from five on. A tier has what the tiers below it have."""
    sku = market.sell(keys=20)
    with transaction(tenancy.platform()) as session:
        offer = session.scalars(select(Offer).where(Offer.sku_id == sku)).one()
    rows = [PriceRow("VIP2", 1, 9_200), PriceRow("VIP2", 5, 9_000), PriceRow("", 10, 9_100)]
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        with pytest.raises(ValidationFailed):
            plan(session, offer, rows, clock.now())
        with pytest.raises(MeshError):
            plan(session, offer, [PriceRow("VIP2", 1, 9_401)], clock.now() + timedelta(days=1))
        made = plan(session, offer, rows, clock.now() + timedelta(days=1))
        dropped = plan(session, offer, [], clock.now() + timedelta(hours=1))
        price_lists.cancel(session, list_id=dropped.id)
    assert cost(market, sku, 1) == 9_500 and apply_due() == 0
    with transaction(tenancy.platform()) as session:
        session.execute(update(PriceList).values(effective_from=clock.now() - timedelta(seconds=1)))
    assert (apply_due(), apply_due()) == (1, 0)
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(PriceList.status).where(PriceList.id == made.id)).one() == PriceListStatus.APPLIED
    assert (cost(market, sku, 1), cost(market, sku, 10)) == (9_400, 9_100)
    with transaction(tenancy.platform()) as session:
        change_tenant(session, tenant_id=market.tenant_id, tier="VIP3")
    assert [cost(market, sku, count) for count in (1, 5, 10)] == [9_200, 9_000, 9_000]


def plan(session: Any, offer: Offer, rows: list[PriceRow], at: datetime) -> PriceList:
    return price_lists.plan(session, offer_id=offer.id, base_price_minor=9_400, rows=rows, effective_from=at)


def apply_due() -> int:
    with transaction(tenancy.platform()) as session:
        return price_lists.apply_due(session)


def cost(market: Market, sku: uuid.UUID, quantity: int) -> int:
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        tenant = session.get_one(Tenant, market.tenant_id)
        return price_wholesale(session, tenant=tenant, items=[(sku, quantity)], at=clock.now())[0].cost_minor


def test_the_supplier_sees_what_a_list_would_cost_each_distributor(market: Market) -> None:
    sku = market.sell(keys=20)
    market.fund(1_000_000)
    market.wallet_order((sku, 4))
    market.wallet_order((sku, 1))
    with transaction(tenancy.supplier(market.suppliers[0].id)) as session:
        offer = session.scalars(select(Offer).where(Offer.sku_id == sku)).one()
        lines, now = insight.bought(session, offer), insight.prices_now(session, offer)
    (change,) = insight.preview(lines, now, Prices(9_600, (PriceRow("", 4, 9_000),)))
    assert (change.name, change.tier, change.units) == ("One", "VIP1", 5)
    assert (change.now_minor, change.then_minor) == (5 * 9_500, 4 * 9_000 + 9_600)
    with transaction(tenancy.supplier(market.suppliers[1].id)) as session:
        assert insight.bought(session, offer) == []


def test_bulk_discounts_and_bounds_of_retail(market: Market) -> None:
    """108.00; from five on 3 % less: 104.76; from ten on 10 %, which the supplier's 100.00 stops."""
    sku = market.sku()
    offer = market.offer(sku, keys=20)
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        offers.update_offer(session, offer_id=offer.id, retail_bounds=(10_000, 12_000))
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        place: dict[str, Any] = {"tenant_id": market.tenant_id, "store_id": market.store.store_id, "sku_id": sku}
        with pytest.raises(MeshError, match="100"):
            listings.list_sku(session, **place, retail=Money(9_999, "CNY"))
        steps = [(5, Decimal(3)), (10, Decimal(10))]
        listings.list_sku(session, **place, retail=Money(10_800, "CNY"), bulk=steps)
    assert market.order((sku, 4)).order.total_minor == 4 * 10_800
    assert market.order((sku, 5), contact="b@example.test").order.total_minor == 5 * 10_476
    assert market.order((sku, 10), contact="c@example.test").order.total_minor == 10 * 10_000
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        offers.update_offer(session, offer_id=offer.id, retail_bounds=(None, 10_700))
    with pytest.raises(MeshError) as refused:
        market.order((sku, 1), contact="d@example.test")
    assert refused.value.code == "listing_not_active"
