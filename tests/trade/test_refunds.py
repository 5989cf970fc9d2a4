"""Every share of a refunded unit is reversed to the minor unit, from wherever it is by then."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from cardmesh.identity.audit.service import trail
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import NotFound
from cardmesh.kit.ids import new_id
from cardmesh.money.ledger import service as ledger
from cardmesh.money.ledger.service import Leg
from cardmesh.money.models import PLATFORM_OWNER, AccountKind, Refund
from cardmesh.trade.claims import service as claims
from cardmesh.trade.delivery import service as delivery
from cardmesh.trade.errors import ClaimStateConflict, OrderStateConflict, UnitStateConflict
from cardmesh.trade.models import Order, OrderStatus, OrderUnit
from cardmesh.trade.refunds import service as refunds
from cardmesh.trade.settlement import service as settlement
from tests.fixtures.market import Market, StripeDesk


def refund(market: Market, unit: OrderUnit, reason: str = "broken") -> Refund:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        return refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=unit.id, reason=reason)


def settle(market: Market, days: int = 30) -> int:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        at = clock.now() + timedelta(days=days)
        return settlement.settle_tenant(session, tenant_id=market.tenant_id, at=at).units


def move(owner: uuid.UUID, minor: int, kind: AccountKind, other: AccountKind) -> None:
    """Money leaves (or reaches) an account, so that a refund finds less there."""
    with transaction(tenancy.platform()) as session:
        legs = [Leg(owner, kind, minor, "CNY"), Leg(PLATFORM_OWNER, other, -minor, "CNY")]
        ledger.post(session, key=f"test:{new_id()}", kind="test", legs=legs)


def bought(market: Market, desk: StripeDesk, count: int = 3) -> tuple[Order, list[OrderUnit]]:
    placed = market.order((market.sell(keys=count, price=1_001, retail=1_103), count))
    desk.pay(market.checkout(placed))
    desk.tell("checkout.session.completed")
    order, units = market.state(placed.order.id)
    return order, list(units)


def test_unit_by_unit_until_nothing_is_left(market: Market, stripe_desk: StripeDesk) -> None:
    order, units = bought(market, stripe_desk)
    for unit in units:
        before = market.books()
        refund(market, unit)
        after = market.books()
        changed = {name: after.get(name, 0) - before.get(name, 0) for name in before | after}
        assert {name: minor for name, minor in changed.items() if minor} == {
            "supplier pending": -unit.supplier_minor,
            "tenant pending": -unit.distributor_minor,
            "platform revenue": -unit.platform_minor,
            "platform clearing": unit.retail_minor,
        }
        status = market.state(order.id)[0].status
        assert status == (OrderStatus.REFUNDED if unit is units[-1] else OrderStatus.PARTIALLY_REFUNDED)
    market.run_refunds()
    assert market.books() == {}


def test_again_changes_nothing(market: Market, stripe_desk: StripeDesk) -> None:
    _, units = bought(market, stripe_desk)
    first, books = refund(market, units[0]), market.books()
    assert refund(market, units[0]).id == first.id and market.books() == books
    assert len(market.jobs("refunds.execute")) == 1


def test_settled_shares_come_from_the_wallets(market: Market, stripe_desk: StripeDesk) -> None:
    _, units = bought(market, stripe_desk)
    assert settle(market) == 3
    refund(market, units[0])
    books = market.books()
    assert books["supplier available"] == sum(unit.supplier_minor for unit in units[1:])
    assert books["tenant available"] == sum(unit.distributor_minor for unit in units[1:])


def test_then_from_the_deposit_then_below_zero(market: Market, stripe_desk: StripeDesk) -> None:
    _, units = bought(market, stripe_desk)
    settle(market)
    supplier = market.suppliers[0].id
    income = sum(unit.supplier_minor for unit in units)
    move(supplier, income - 100, AccountKind.AVAILABLE, AccountKind.PAID_OUT)
    move(supplier, -300, AccountKind.DEPOSIT, AccountKind.ADJUSTMENT)
    refund(market, units[0])
    books = market.books()
    assert "supplier deposit" not in books
    assert books["supplier available"] == 400 - units[0].supplier_minor < 0
    refund(market, units[1])
    assert market.books()["supplier available"] == 400 - units[0].supplier_minor - units[1].supplier_minor


def test_a_distributors_money_is_in_its_wallet_at_once(market: Market) -> None:
    market.fund(10_000)
    order = market.wallet_order((market.sell(keys=2, price=1_001), 2))
    _, units = market.state(order.id)
    assert refund(market, units[0]).status == "succeeded"
    assert market.books()["tenant available"] == 10_000 - 1_001
    refund(market, units[1])
    assert market.books() == {"platform adjustment": -10_000, "tenant available": 10_000}
    assert market.state(order.id)[0].status == OrderStatus.REFUNDED and not market.jobs("refunds.execute")


def test_an_unpaid_order_has_nothing_to_give_back(market: Market) -> None:
    placed = market.order((market.sell(), 1))
    _, units = market.state(placed.order.id)
    with pytest.raises(OrderStateConflict):
        refund(market, units[0])
    with pytest.raises(NotFound):
        refund(market, OrderUnit(id=new_id()))
    assert market.books() == {} and market.state(placed.order.id)[0].status == OrderStatus.PENDING_PAYMENT


def test_only_some_states_can_be_refunded(market: Market, stripe_desk: StripeDesk) -> None:
    _, units = bought(market, stripe_desk)
    with transaction(tenancy.platform()) as session:
        session.execute(update(OrderUnit).where(OrderUnit.id == units[0].id).values(status="unknown"))
    books = market.books()
    with pytest.raises(UnitStateConflict) as refused:
        refund(market, units[0])
    assert refused.value.extra["state"] == "unknown" and market.books() == books


def test_refunded_goods_are_not_shown_any_more(market: Market, stripe_desk: StripeDesk) -> None:
    order, units = bought(market, stripe_desk)
    refund(market, units[0])
    with transaction(tenancy.trade(market.tenant_id)) as session:
        shown = delivery.reveal(session, order=order)
    assert {codes.unit_id for codes in shown} == {unit.id for unit in units[1:]}


def test_who_why_and_how_much_is_on_record(market: Market, stripe_desk: StripeDesk) -> None:
    _, units = bought(market, stripe_desk)
    refund(market, units[0], reason="key was used")
    with transaction(tenancy.platform()) as session:
        row = next(row for row in trail(session, party_id=market.tenant_id) if row.action == "unit.refunded")
    assert row.reason == "key was used" and row.subject_id == units[0].id
    assert row.details["amount"] == {"amount": 1_103, "currency": "CNY"}


def test_a_claim_stops_the_settlement_and_accepted_refunds_the_line(market: Market, stripe_desk: StripeDesk) -> None:
    order, units = bought(market, stripe_desk)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        claim = claims.open_claim(session, order=order, line_id=units[0].line_id, reason="卡密无效")
    with pytest.raises(ClaimStateConflict), transaction(tenancy.trade(market.tenant_id)) as session:
        claims.open_claim(session, order=order, line_id=units[0].line_id, reason="again")
    assert settle(market) == 0
    with transaction(tenancy.trade(market.tenant_id)) as session:
        claims.decide(session, tenant_id=market.tenant_id, claim_id=claim.id, accept=True, reason="true")
    assert market.state(order.id)[0].status == OrderStatus.REFUNDED and settle(market) == 0
    with pytest.raises(ClaimStateConflict), transaction(tenancy.trade(market.tenant_id)) as session:
        claims.decide(session, tenant_id=market.tenant_id, claim_id=claim.id, accept=False, reason="no")


def test_a_rejected_claim_lets_the_money_go_on(market: Market, stripe_desk: StripeDesk) -> None:
    order, units = bought(market, stripe_desk)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        claim = claims.open_claim(session, order=order, line_id=units[0].line_id, reason="卡密无效")
        claims.decide(session, tenant_id=market.tenant_id, claim_id=claim.id, accept=False, reason="it works")
    assert settle(market) == 3
