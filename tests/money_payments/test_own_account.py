"""The distributor collects with an account of its own: its wallet answers for what supplier and platform get."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from cardmesh.app import create_app
from cardmesh.goods.custody.sealed import TABLES
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.money import Money
from cardmesh.money.models import Refund
from cardmesh.money.payments import channels, sealing
from cardmesh.money.payments import refunds as gateway_refunds
from cardmesh.money.payments import service as payments
from cardmesh.money.payments.errors import LastMerchant, MerchantRefused, PaymentMethodUnavailable, SignatureRefused
from cardmesh.money.payments.merchants import service as merchants
from cardmesh.money.payments.merchants.routes import routes
from cardmesh.money.payments.models import Merchant
from cardmesh.money.payments.rules import channel
from cardmesh.money.reconciliation import rounds
from cardmesh.money.reconciliation.service import open_tasks, reconcile
from cardmesh.settings import Settings
from cardmesh.sims.stripe import running_sim
from cardmesh.trade import payments as collecting
from cardmesh.trade.errors import CollectorShortOfFunds
from cardmesh.trade.models import OrderStatus
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Placed
from cardmesh.trade.refunds import service as refunds
from cardmesh.trade.settlement import service as settlement
from tests.fixtures.market import KEY, SECRET, Market, StripeDesk, signed
from tests.money_payments.tills import payment_of
from tests.sims.desk import client, item, new_session, pay, visit

OWN = "sk_test_51TheDistributorsOwn"
RETAIL, COST, FEE = 10_800, 9_500, 475


class OwnDesk(StripeDesk):
    """The same simulator, seen with the distributor's key."""

    def get(self, path: str) -> Any:
        answer = visit(f"{self.url}{path}", headers={"Authorization": f"Bearer {OWN}"})
        assert answer.status == 200, answer.text
        return json.loads(answer.text)


@pytest.fixture
def desk() -> Iterator[OwnDesk]:
    with running_sim(api_keys=(KEY, OWN), async_after=0.0, country="CN") as url:
        yield OwnDesk(url)


@pytest.fixture
def app(settings: Settings, desk: OwnDesk) -> Iterator[Flask]:
    paying = replace(settings, stripe_api_key=KEY, stripe_webhook_secret=SECRET, stripe_api_base=desk.url)
    made = create_app(paying)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def connect(market: Market, key: str = OWN) -> Merchant:
    return merchants.connect(
        tenancy.tenant(market.tenant_id), owner_id=market.tenant_id, gateway="stripe", fields={"secret_key": key}
    )


@pytest.fixture
def own(market: Market) -> Merchant:
    """Connected and in use, with money in the wallet for two orders."""
    made = connect(market)
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        merchants.activate(session, owner_id=market.tenant_id, merchant_id=made.id)
    market.fund(2 * COST)
    return made


def tell(own: Merchant, desk: OwnDesk, *types: str) -> list[str]:
    with transaction(tenancy.platform()) as session:
        secret = sealing.opened(session, session.get_one(Merchant, own.id))["webhook_secret"]
    name = channel("stripe", own.id)
    return [collecting.receive(name, *signed(event, secret=secret)) for event in desk.events(*types)]


def paid(market: Market, own: Merchant, desk: OwnDesk, count: int = 1) -> Placed:
    placed = market.order((market.sell(keys=count), count))
    assert desk.pay(market.checkout(placed)) == 303
    assert tell(own, desk, "checkout.session.completed")[-1] == "applied"
    return placed


def cancel(market: Market, placed: Placed) -> None:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=placed.order.id)


def test_what_it_owes_is_held_at_the_order_and_paid_at_delivery(
    market: Market, own: Merchant, desk: OwnDesk
) -> None:
    placed = market.order((market.sell(keys=1), 1))
    assert placed.order.collected_by == "distributor"
    assert market.books() == {"platform adjustment": -2 * COST, "tenant available": COST, "tenant held": COST}
    assert desk.pay(market.checkout(placed)) == 303
    assert tell(own, desk, "checkout.session.completed", "payment_intent.succeeded") == ["applied", "applied"]
    assert market.state(placed.order.id)[0].status == OrderStatus.COMPLETED
    sold = {"platform adjustment": -2 * COST, "platform revenue": FEE, "tenant available": COST}
    assert market.books() == sold | {"supplier pending": COST - FEE}
    with transaction(tenancy.trade(market.tenant_id)) as session:
        at = clock.now() + timedelta(days=60)
        assert settlement.settle_tenant(session, tenant_id=market.tenant_id, at=at).units == 1
    assert market.books() == sold | {"supplier available": COST - FEE}


def test_an_order_that_the_wallet_does_not_cover_is_refused_and_takes_nothing(
    market: Market, own: Merchant
) -> None:
    sku, before = market.sell(keys=3), market.books()
    with pytest.raises(CollectorShortOfFunds):
        market.order((sku, 3))
    assert market.stock(sku) == 3 and market.books() == before
    market.order((sku, 2))
    with pytest.raises(CollectorShortOfFunds):
        market.order((sku, 1), contact="another@example.test")


def test_an_order_that_is_given_up_frees_what_was_held(market: Market, own: Merchant) -> None:
    before = market.books()
    placed = market.order((market.sell(keys=2), 2))
    cancel(market, placed)
    cancel(market, placed)
    assert market.books() == before


def test_a_refund_goes_through_its_own_account_and_its_wallet_is_as_before(
    market: Market, own: Merchant, desk: OwnDesk
) -> None:
    before = market.books()
    placed = paid(market, own, desk, count=2)
    for unit in market.state(placed.order.id)[1]:
        with transaction(tenancy.trade(market.tenant_id)) as session:
            refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=unit.id, reason="broken")
    market.run_refunds()
    assert market.books() == before
    assert [one["amount"] for one in desk.get("/v1/refunds")["data"]] == [RETAIL, RETAIL]
    with transaction(tenancy.platform()) as session:
        assert set(session.scalars(select(Refund.status))) == {"succeeded"}


def test_its_account_is_compared_with_what_it_collected(market: Market, own: Merchant, desk: OwnDesk) -> None:
    """Its other business is its own; nothing of it is in the platform's ledger."""
    name, now = channel("stripe", own.id), clock.now()
    for_sale, kept = paid(market, own, desk), paid(market, own, desk)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refunds.refund_order(session, tenant_id=market.tenant_id, order_id=for_sale.order.id, reason="broken")
    market.run_refunds()
    api = client(desk.url, OWN)
    pay(new_session(api, line_items=[item(5_00)]))
    books = market.books()

    def differences() -> list[str]:
        reconcile(since=now - timedelta(days=1), until=clock.now() + timedelta(minutes=1), name=name)
        with transaction(tenancy.platform()) as session:
            return sorted(task.cause for task in open_tasks(session))

    assert differences() == []
    api.v1.refunds.create({"payment_intent": str(payment_of(kept.order.id).intent_ref), "amount": 1_00})
    desk.pay(market.checkout(market.order((market.sell(keys=1), 1), contact="c@example.test")))
    assert differences() == ["missing_here", "refund_not_booked"]
    assert {one.gateway for one in rounds.reconcile_now(1).made} == {"stripe", name}
    assert {key: books[key] for key in books if "tenant" not in key} == {
        key: minor for key, minor in market.books().items() if "tenant" not in key
    }


@pytest.mark.parametrize("funds", [True, False])
def test_paid_late_it_is_delivered_if_the_wallet_still_covers_it(
    market: Market, own: Merchant, desk: OwnDesk, funds: bool
) -> None:
    placed = market.order((market.sell(keys=1), 1))
    page = market.checkout(placed)
    desk.pay(page)
    cancel(market, placed)
    if not funds:
        market.wallet_order((market.sell(keys=2), 2))
    before = market.books()
    tell(own, desk, "checkout.session.completed")
    market.run_refunds()
    state = market.state(placed.order.id)[0].status
    assert state == (OrderStatus.COMPLETED if funds else OrderStatus.REFUNDED)
    assert bool(desk.get("/v1/refunds")["data"]) != funds and (market.books() == before) != funds


def test_its_messages_pay_for_nobody_else(market: Market, own: Merchant, desk: OwnDesk) -> None:
    """Who holds an account's keys can sign anything, but only about what that account collects."""
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        merchants.let_platform_collect(session, tenant_id=market.tenant_id)
    ours = market.order((market.sell(keys=1), 1))
    market.checkout(ours)
    payment = payment_of(ours.order.id)
    assert (payment.gateway, payment.collector) == ("stripe", "platform")
    with transaction(tenancy.platform()) as session:
        secret = sealing.opened(session, session.get_one(Merchant, own.id))["webhook_secret"]
    about = {
        "id": payment.session_ref, "client_reference_id": str(payment.id), "livemode": False, "currency": "cny",
        "amount_total": payment.amount_minor, "status": "complete", "payment_status": "paid",
        "metadata": {"tenant": str(payment.tenant_id), "order": str(payment.order_id)},
    }  # fmt: skip
    event = {"id": "evt_made_up", "type": "checkout.session.completed", "livemode": False, "data": {"object": about}}
    letter = signed(event, secret=secret)
    assert collecting.receive(channel("stripe", own.id), *letter) == "refused"
    with pytest.raises(SignatureRefused):
        collecting.receive("stripe", *letter)
    assert market.state(ours.order.id)[0].status == OrderStatus.PENDING_PAYMENT


def test_a_failed_refund_of_its_own_is_asked_for_again(market: Market, own: Merchant, desk: OwnDesk) -> None:
    before = market.books()
    placed = paid(market, own, desk)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        found = refunds.refund_order(session, tenant_id=market.tenant_id, order_id=placed.order.id, reason="all")
        found[0].status = "failed"
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        gateway_refunds.retry(session, refund_id=found[0].id)
    market.run_refunds()
    assert market.books() == before and len(desk.get("/v1/refunds")["data"]) == 1


def test_bad_keys_are_refused_and_nothing_is_kept(market: Market) -> None:
    with pytest.raises(MerchantRefused):
        connect(market, "sk_test_of_nobody")
    with transaction(tenancy.platform()) as session:
        assert not session.scalars(select(Merchant)).all()


def test_a_secret_is_sealed_and_moves_with_its_owners_key(market: Market, own: Merchant) -> None:
    """And connected again, the same account gets the new key in its old row."""
    with transaction(tenancy.platform()) as session:
        row = session.get_one(Merchant, own.id)
        stored = session.execute(text("select to_jsonb(m)::text from merchants m")).scalar_one()
        opened = sealing.opened(session, row)
    assert opened["secret_key"] == OWN and opened["webhook_secret"].startswith("whsec_")
    assert OWN not in stored and opened["webhook_secret"] not in stored
    assert "merchants" in {one.table for one in TABLES}
    again = connect(market)
    assert (again.id, again.status) == (own.id, "active") and again.changed_at > own.changed_at


def test_who_collects_is_the_distributors_choice_and_top_ups_are_the_platforms(market: Market, own: Merchant) -> None:
    def seen(**more: Any) -> set[str]:
        with transaction(tenancy.tenant(market.tenant_id)) as session:
            found = routes(session, tenant_id=market.tenant_id, currency="CNY", **more)
        return {one.collector for one in found.values()}

    assert (seen(), seen(top_up=True)) == ({"distributor"}, {"platform"})
    with transaction(tenancy.tenant(market.tenant_id)) as session, pytest.raises(LastMerchant):
        merchants.retire(session, owner_id=market.tenant_id, merchant_id=own.id)
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        merchants.let_platform_collect(session, tenant_id=market.tenant_id)
        top_up = payments.top_up(session, tenant_id=market.tenant_id, amount=Money(1, "CNY"), method="alipay")
    assert seen() == {"platform"} and top_up.gateway == "stripe"
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        merchants.retire(session, owner_id=market.tenant_id, merchant_id=own.id)
    assert channels.gateway(channel("stripe", own.id)).account == ""  # for refunds of what it took


def test_a_method_that_nobody_takes_is_refused_before_anything_is_taken(market: Market) -> None:
    sku: uuid.UUID = market.sell(keys=1)
    with pytest.raises(PaymentMethodUnavailable):
        market.order((sku, 1), method="cash")
    assert market.stock(sku) == 1
