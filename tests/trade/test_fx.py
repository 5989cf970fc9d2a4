"""Goods offered in one currency and sold in another; what a new rate does; how a price is explained."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from cardmesh.goods.listings import markup_rules
from cardmesh.goods.listings import service as listings
from cardmesh.goods.listings.explain import explain_price
from cardmesh.goods.listings.markup_rules import Scope
from cardmesh.goods.listings.service import Markup
from cardmesh.goods.models import CatalogChange, Category, Listing, Offer
from cardmesh.goods.pricing.errors import ListingNotActive, OfferNotActive, PriceRuleMissing
from cardmesh.goods.pricing.fx import set_rate
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import ValidationFailed
from cardmesh.kit.money import Money
from cardmesh.money.fx.models import FxRate
from cardmesh.trade.errors import PriceChanged
from cardmesh.trade.models import OrderLine
from tests.fixtures.market import Market


def state(rate: str, base: str = "USD", quote: str = "CNY") -> None:
    with transaction(tenancy.platform()) as session:
        set_rate(session, base=base, quote=quote, rate=Decimal(rate), source="a bank")


def test_dollars_in_a_store_of_yuan(market: Market) -> None:
    """10.00 $ at 7.1234 are 71.234 ¥, rounded up 71.24; + 10 % = 78.364, up 78.37. At 7.2: 72.00 and 79.20."""
    sku = market.sku()
    offer = market.offer(sku, keys=9, price=1_000)
    with transaction(tenancy.platform()) as session:
        session.execute(update(Offer).where(Offer.id == offer.id).values(currency="USD"))
    place: dict[str, Any] = {"tenant_id": market.tenant_id, "store_id": market.store.store_id, "sku_id": sku}
    with transaction(tenancy.tenant(market.tenant_id)) as session, pytest.raises(OfferNotActive):
        listings.list_sku(session, **place, markup=Markup(Decimal(10)))
    state("0.14", "CNY", "USD")  # no rate is guessed from its inverse
    with transaction(tenancy.tenant(market.tenant_id)) as session, pytest.raises(OfferNotActive):
        listings.list_sku(session, **place, markup=Markup(Decimal(10)))
    state("7.1234")
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        listing = listings.list_sku(session, **place, markup=Markup(Decimal(10)))
        why = explain_price(session, listing)
    assert why and (why.margin.cost_minor, why.margin.retail_minor) == (7_124, 7_837)
    told = " ".join(step.en for step in why.steps)
    assert all(one in told for one in ("$10.00", "7.1234", "a bank", "CN¥71.24", "CN¥78.37"))
    placed = market.order((sku, 1), expected_total=Money(7_837, "CNY"))
    with transaction(tenancy.platform()) as session:
        snapshot = session.scalars(select(OrderLine.snapshot).where(OrderLine.order_id == placed.order.id)).one()
        before = session.scalars(select(CatalogChange.id).where(CatalogChange.reason == "fx.stated")).all()
    assert snapshot["fx"]["cost_minor"] == 1_000 and snapshot["fx"]["rate"] == "7.1234"
    state("7.2")
    with transaction(tenancy.platform()) as session:
        after = session.scalars(select(CatalogChange.sku_id).where(CatalogChange.reason == "fx.stated")).all()
    assert len(after) == len(before) + 1 and after[-1] == sku, "stores that show it are built anew"
    with pytest.raises(PriceChanged) as refused:
        market.order((sku, 1), contact="b@example.test", expected_total=Money(7_837, "CNY"))
    assert refused.value.extra["total"] == {"amount": 7_920, "currency": "CNY"}
    market.order((sku, 1), contact="b@example.test", expected_total=Money(7_920, "CNY"))


def test_a_rate_is_stated_never_edited(market: Market) -> None:
    for wrong in (("0", "USD", "CNY"), ("1", "USD", "USD"), ("1", "usd", "CNY"), ("NaN", "USD", "CNY")):
        with pytest.raises(ValidationFailed):
            state(*wrong)
    state("7")
    for statement in ("update fx_rates set rate = 8", "delete from fx_rates"):
        with pytest.raises(DBAPIError) as refused, transaction(tenancy.platform()) as session:
            session.execute(text(statement))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(FxRate.rate)).one() == 7


def test_the_markup_rules_of_a_store(market: Market) -> None:
    """95.00 → the band from 50.00 on: + 20 % = 114.00; its category's + 5 % = 99.75, up to a full yuan: 100.00."""
    sku = market.sku()
    market.offer(sku, keys=9)
    place: dict[str, Any] = {"tenant_id": market.tenant_id, "store_id": market.store.store_id}

    def save(scope: Scope, markup: Markup) -> None:
        with transaction(tenancy.tenant(market.tenant_id)) as session:
            markup_rules.save(session, markup_rules.draft(**place, scope=scope, markup=markup))

    with transaction(tenancy.tenant(market.tenant_id)) as session, pytest.raises(PriceRuleMissing):
        listings.list_sku(session, **place, sku_id=sku, by_rules=True)
    save(Scope("CNY"), Markup(Decimal(40)))
    save(Scope("CNY", cost_from_minor=5_000), Markup(Decimal(30)))
    save(Scope("CNY", cost_from_minor=5_000), Markup(Decimal(20)))  # in its place
    save(Scope("CNY", cost_from_minor=10_000), Markup(Decimal(1)))  # beyond the cost
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        listings.list_sku(session, **place, sku_id=sku, by_rules=True)
    assert market.order((sku, 1)).order.total_minor == 11_400
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        category = session.scalars(select(Category.id).where(Category.slug == "games")).one()
        draft = markup_rules.draft(
            **place, scope=Scope("CNY", category_id=category), markup=Markup(Decimal(5), round_to_minor=100)
        )
        (tried,) = markup_rules.try_rule(session, draft)
        assert tried.follows and tried.now and tried.then
        assert (tried.now.retail_minor, tried.then.retail_minor, tried.then.profit_minor) == (11_400, 10_000, 500)
    assert market.order((sku, 1), contact="b@example.test").order.total_minor == 11_400, "a trial changes nothing"
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        markup_rules.save(session, draft)
        listing = session.scalars(select(Listing)).one()
        why = explain_price(session, listing)
    assert market.order((sku, 1), contact="c@example.test").order.total_minor == 10_000
    assert why and any("店铺加价规则 5%" in step.zh for step in why.steps)
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        for rule in markup_rules.list_rules(session, **place):
            markup_rules.remove(session, tenant_id=market.tenant_id, rule_id=rule.id)
    with pytest.raises(ListingNotActive):
        market.order((sku, 1), contact="d@example.test")
