"""Coupons: who bears them, who may use them, how often; raced, retried, given back, refunded."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from cardmesh.goods.offers import service as offers
from cardmesh.insight.verify.checks import ORDERS
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError
from cardmesh.kit.money import Money
from cardmesh.money.commission.errors import LossGuard
from cardmesh.money.commission.rules import Rule
from cardmesh.money.commission.service import create_rule
from cardmesh.money.models import RuleBasis
from cardmesh.trade.coupons import rules
from cardmesh.trade.coupons import service as coupons
from cardmesh.trade.coupons.errors import CouponInvalid, CouponLoses, CouponTaken
from cardmesh.trade.coupons.models import Coupon, CouponKind, CouponStatus, CouponUse
from cardmesh.trade.coupons.service import CouponDraft
from cardmesh.trade.models import Order, OrderStatus
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Item, Placed
from cardmesh.trade.quotes.service import quote
from cardmesh.trade.refunds.service import refund_unit
from cardmesh.trade.rules import retail_shares
from tests.fixtures.market import Market, StripeDesk


def coupon(market: Market, code: str = "SPRING", **terms: Any) -> Coupon:
    draft = CouponDraft(code=code, **(terms or {"percent": Decimal(5)}))
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        return coupons.create(
            session, tenant_id=market.tenant_id, store_id=market.store.store_id, currency="CNY", draft=draft
        )


def used(made: Coupon) -> int:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Coupon.used).where(Coupon.id == made.id)).one()


def sound() -> None:
    """The verify check of coupons, on what there is."""
    check = next(one for one in ORDERS if one.name == "orders.coupons_counted")
    with transaction(tenancy.platform()) as session:
        assert session.execute(text(check.sql)).one().defects == []


def refusal(market: Market, *items: tuple[uuid.UUID, int], code: str = "SPRING", **more: Any) -> str:
    with pytest.raises(MeshError) as refused:
        market.order(*items, coupon=code, **more)
    return refused.value.code


def test_the_distributor_bears_it_and_a_refund_gives_back_what_was_paid(
    market: Market, stripe_desk: StripeDesk
) -> None:
    """108.00 − 5 % = 102.60. Cost 95.00, commission 5 % of it 4.75: supplier 90.25, platform 4.75 as without the
    coupon; the distributor's 13.00 become 13.00 − 5.40 = 7.60."""
    sku = market.sell(3)
    made = coupon(market)
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        seen = quote(
            session,
            tenant_id=market.tenant_id,
            store_id=market.store.store_id,
            items=[Item(sku, 1)],
            coupon=" spring ",
        )
    assert seen.totals == [Money(10_260, "CNY")] and seen.discount and seen.discount.per_line == (540,)
    placed = market.order((sku, 1), coupon="spring", expected_total=seen.totals[0])
    assert (placed.order.total_minor, placed.order.discount_minor, placed.order.coupon_code) == (10_260, 540, "SPRING")
    stripe_desk.pay(market.checkout(placed))
    stripe_desk.tell("checkout.session.completed")
    order, (unit,) = market.state(placed.order.id)
    assert order.status == OrderStatus.COMPLETED
    assert (unit.retail_minor, unit.discount_minor) == (10_260, 540)
    assert (unit.supplier_minor, unit.platform_minor, unit.distributor_minor) == (9_025, 475, 760)
    assert market.books() == {
        "platform gateway": -10_260,
        "platform revenue": 475,
        "supplier pending": 9_025,
        "tenant pending": 760,
    }
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refund = refund_unit(session, tenant_id=market.tenant_id, unit_id=unit.id, reason="test")
    assert refund.amount_minor == 10_260
    market.run_refunds()
    assert market.books() == {} and used(made) == 1
    sound()


def test_lines_bear_it_in_proportion_and_only_those_it_is_for(market: Market) -> None:
    dear, cheap = market.sell(3), market.sell(3, retail=5_000, price=3_000)
    other = market.sell(3, retail=2_000, price=99)
    coupon(market, "TEN", amount_minor=1_000, threshold_minor=15_000, sku_ids=[dear, cheap])
    assert refusal(market, (dear, 1), (other, 2), code="TEN") == "coupon_threshold"
    assert refusal(market, (other, 1), code="TEN") == "coupon_goods"
    placed = market.order((dear, 1), (cheap, 1), (other, 1), coupon="TEN")
    with transaction(tenancy.platform()) as session:
        order = session.scalars(select(Order).where(Order.id == placed.order.id)).one()
        view = orders.view(session, order)
    per_line = {line.line.sku_id: line.line.discount_minor for line in view.lines}
    assert per_line == {dear: 684, cheap: 316, other: 0}  # 10.00 × 108 / 158 = 6.835…, 3.164…
    assert order.total_minor == 10_800 + 5_000 + 2_000 - 1_000
    sound()


def test_who_may_not_use_it(market: Market) -> None:
    sku = market.sell(9)
    made = coupon(market)
    assert refusal(market, (sku, 1), code="NOBODY") == "coupon_not_found"
    assert refusal(market, (sku, 1), expected_total=Money(10_800, "CNY")) == "price_changed"
    coupon(market, "LATER", percent=Decimal(1), starts_at=clock.now() + timedelta(days=1))
    assert refusal(market, (sku, 1), code="LATER") == "coupon_not_found"
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        coupons.set_status(session, tenant_id=market.tenant_id, coupon_id=made.id, status=CouponStatus.PAUSED)
    assert refusal(market, (sku, 1)) == "coupon_not_found"
    coupon(market, "ONCE", percent=Decimal(1), most_per_buyer=1)
    market.order((sku, 1), coupon="once")
    assert refusal(market, (sku, 1), code="ONCE") == "coupon_used_by_buyer"
    market.order((sku, 1), coupon="once", contact="another@example.test")
    assert market.stock(sku) == 7
    sound()


def test_it_is_refused_where_it_would_be_a_loss(market: Market) -> None:
    """13.00 of 108.00 are the distributor's: 12.03 % is all there is to give."""
    sku = market.sell(9)
    with pytest.raises(CouponLoses) as refused:
        coupon(market, "GREEDY", percent=Decimal("12.1"))
    assert refused.value.extra["count"] == 1
    coupon(market, "JUST", percent=Decimal(12))
    with pytest.raises(CouponLoses):
        coupon(market, "FIXED", amount_minor=1_301)
    coupon(market, "FROM", amount_minor=1_301, threshold_minor=10_801)  # two of them earn 26.00
    with transaction(tenancy.supplier(market.suppliers[0].id)) as session:
        dearer = next(row.Offer for row in offers.page(session).rows if row.Offer.sku_id == sku)
        offers.update_offer(session, offer_id=dearer.id, base_price_minor=9_700)
    assert refusal(market, (sku, 1), code="JUST") == "coupon_not_applicable"
    with transaction(tenancy.supplier(market.suppliers[0].id)) as session:
        offers.update_offer(session, offer_id=dearer.id, base_price_minor=5_000, retail_bounds=(10_700, None))
    assert refusal(market, (sku, 1), code="JUST") == "coupon_not_applicable", "below the supplier's lowest price"
    assert market.stock(sku) == 9


def test_no_unit_is_for_nothing(market: Market) -> None:
    """Of two cents for three units one would cost nothing, and nothing cannot be given back."""
    coupon(market, "CENT", amount_minor=1)
    sku = market.sell(3, price=1, retail=1)
    shares: Any = {"supplier_share": Decimal("0.5"), "platform_share": Decimal(0), "distributor_share": Decimal("0.5")}
    with transaction(tenancy.platform()) as session:
        create_rule(session, basis=RuleBasis.SHARE, sku_id=sku, **shares)
    assert refusal(market, (sku, 3), code="CENT") == "coupon_not_applicable"
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        place = {"tenant_id": market.tenant_id, "store_id": market.store.store_id}
        assert quote(session, items=[Item(sku, 3)], coupon="CENT", **place).discount is None


def test_what_a_draft_may_say(market: Market) -> None:
    for terms in (
        {"percent": Decimal(0)},
        {"percent": Decimal(101)},
        {},
        {"percent": Decimal(1), "amount_minor": 1},
        {"percent": Decimal(1), "most_uses": 0},
        {"percent": Decimal(1), "ends_at": clock.now()},
        {"percent": Decimal(1), "code": "A B"},
    ):
        with pytest.raises(CouponInvalid):
            given: dict[str, Any] = {"amount_minor": None} | terms
            coupon(market, **given)
    coupon(market)
    with pytest.raises(CouponTaken):
        coupon(market, "spring")


def rush(app: Flask, market: Market, sku: uuid.UUID, contacts: list[str]) -> list[str]:
    """All at once; what each was told ("" for an order)."""

    def buy(contact: str) -> str:
        with app.app_context():
            try:
                market.order((sku, 1), coupon="SPRING", contact=contact)
            except MeshError as refused:
                return refused.code
        return ""

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(buy, contacts))


def test_the_last_uses_raced_by_many_buyers(app: Flask, market: Market) -> None:
    sku = market.sell(30)
    made = coupon(market, percent=Decimal(5), most_uses=3)
    told = rush(app, market, sku, [f"buyer{n}@example.test" for n in range(16)])
    assert sorted(told) == ["", "", "", *["coupon_used_up"] * 13]
    assert used(made) == 3 and market.stock(sku) == 27, "who gets no discount gets no goods"
    with pytest.raises(IntegrityError), transaction(tenancy.platform()) as session:
        session.execute(update(Coupon).where(Coupon.id == made.id).values(used=4))
    sound()


def test_one_buyers_uses_raced_by_the_buyer(app: Flask, market: Market) -> None:
    sku = market.sell(30)
    made = coupon(market, percent=Decimal(5), most_per_buyer=2)
    told = rush(app, market, sku, ["one@example.test"] * 8)
    assert told.count("") == 2 and set(told) == {"", "coupon_used_by_buyer"}
    assert used(made) == 2
    sound()


def expire(market: Market, placed: Placed) -> None:
    with transaction(tenancy.platform()) as session:
        past = clock.now() - timedelta(seconds=1)
        session.execute(update(Order).where(Order.id == placed.order.id).values(expires_at=past))
    orders.expire_due()


def test_an_unpaid_order_gives_its_use_back_once(market: Market) -> None:
    sku = market.sell(9)
    made = coupon(market, percent=Decimal(5), most_uses=1, most_per_buyer=1)
    first = market.order((sku, 1), coupon="SPRING")
    assert refusal(market, (sku, 1), contact="b@example.test") == "coupon_used_up"
    expire(market, first)
    orders.expire_due()
    with transaction(tenancy.trade(market.tenant_id)) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=first.order.id)
    assert used(made) == 0
    market.order((sku, 1), coupon="SPRING")
    assert used(made) == 1
    sound()


@pytest.mark.parametrize("gone", [False, True])
def test_paid_after_all(market: Market, stripe_desk: StripeDesk, gone: bool) -> None:
    """A payment that comes late takes the use again; when somebody else has it, the money goes back."""
    sku = market.sell(9)
    made = coupon(market, percent=Decimal(5), most_uses=1)
    late = market.order((sku, 1), coupon="SPRING")
    page = market.checkout(late)
    expire(market, late)
    if gone:
        market.order((sku, 1), coupon="SPRING", contact="quick@example.test")
    stripe_desk.pay(page)
    stripe_desk.tell("checkout.session.completed")
    order, (unit,) = market.state(late.order.id)
    market.run_refunds()
    assert (order.status, unit.status) == (("refunded", "refunded") if gone else ("completed", "delivered"))
    assert used(made) == 1
    books = market.books()
    assert books == ({} if gone else books | {"platform gateway": -10_260, "tenant pending": 760})
    with transaction(tenancy.platform()) as session:
        held = session.scalars(select(CouponUse).where(CouponUse.status == "held")).all()
    assert len(held) == 1
    sound()


SHARED = Rule(
    id=uuid.uuid4(),
    basis=RuleBasis.SHARE,
    supplier_share=Decimal("0.7"),
    platform_share=Decimal("0.1"),
    distributor_share=Decimal("0.2"),
)


@given(
    cost=st.integers(1, 10**7),
    price=st.integers(1, 10**7),
    count=st.integers(1, 50),
    percent=st.decimals(Decimal("0.01"), 100, places=2),
    rate=st.decimals(0, 1, places=4),
    fee=st.decimals(0, Decimal("0.2"), places=4),
    share=st.booleans(),
)
def test_a_discount_is_the_distributors_alone_to_the_last_coin(
    cost: int, price: int, count: int, percent: Decimal, rate: Decimal, fee: Decimal, share: bool
) -> None:
    rule = SHARED if share else Rule(id=uuid.uuid4(), basis=RuleBasis.RETAIL, rate=rate, fee_rate=fee)
    made = Coupon(kind=CouponKind.PERCENT, percent=percent)
    off = rules.discount(made, price * count)
    line = {"unit_price_minor": price, "cost_minor": cost, "count": count}
    try:
        before = retail_shares(rule, **line)
        after = retail_shares(rule, **line, discount_minor=off)
    except LossGuard:
        return
    assert sum(one.retail_minor for one in after) == price * count - off
    for name in ("supplier_minor", "platform_minor"):
        assert [getattr(one, name) for one in after] == [getattr(one, name) for one in before]
    assert sum(one.distributor_minor for one in before) - sum(one.distributor_minor for one in after) == off
    assert all(one.retail_minor == sum(one[1:4]) and min(one[1:]) >= 0 for one in after)
