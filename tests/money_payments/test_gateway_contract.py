"""What every gateway keeps to: created, paid, told fifty times, forged, missed, closed, refunded, paid late."""

import threading
from contextlib import suppress

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from cardmesh.identity.audit.service import trail
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import PLATFORM_OWNER, GatewayEvent, JournalEntry, Payment, Refund
from cardmesh.money.payments import refunds as gateway_refunds
from cardmesh.money.payments import service as payments
from cardmesh.money.payments.errors import GatewayUnavailable, RefundNotFailed, SignatureRefused
from cardmesh.money.payments.sweep import sweep_missed
from cardmesh.trade import payments as collecting
from cardmesh.trade.models import OrderStatus
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Placed
from cardmesh.trade.refunds import service as refunds
from tests.fixtures.market import Market, StripeDesk
from tests.money_payments.tills import Letter, Till, payment_of

RETAIL = 10_800


def order(market: Market, till: Till, keys: int = 3, count: int = 1) -> Placed:
    placed = market.order((market.sell(keys=keys), count), method=till.method, phone=till.phone)
    market.checkout(placed)
    return placed


def bought(market: Market, till: Till, count: int = 1) -> tuple[Placed, Payment]:
    placed = order(market, till, keys=count, count=count)
    payment = payment_of(placed.order.id)
    assert till.pay(payment)
    assert [tell(till, letter) for letter in till.letters(payment)] == ["applied"]
    return placed, payment_of(placed.order.id)


def tell(till: Till, letter: Letter) -> str:
    return collecting.receive(till.channel, *letter)


def give_back(market: Market, placed: Placed, place: int = 0) -> Refund:
    _, units = market.state(placed.order.id)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        return refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=units[place].id, reason="broken")


def row(refund: Refund) -> Refund:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Refund).where(Refund.id == refund.id)).one()


def test_a_page_or_code_is_made_once_and_says_what_we_ordered(market: Market, till: Till) -> None:
    placed = order(market, till)
    payment = payment_of(placed.order.id)
    assert market.checkout(placed) == payment.url
    assert (payment.gateway, payment.status, payment.amount_minor) == (till.channel, "open", RETAIL)
    assert bool(payment.code) == (till.channel != "stripe" and not till.phone)
    if payment.code:
        assert payment.url and payment.url.startswith("http://one.localhost:8000/-/pay/")
    assert till.pay(payment)
    assert till.channel == "stripe" or not till.pay(payment)  # its page leads on who comes back


def test_told_fifty_times_at_once_it_is_paid_once(app: Flask, market: Market, till: Till) -> None:
    placed = order(market, till)
    payment = payment_of(placed.order.id)
    till.pay(payment)
    letters = [letter for _ in range(50) for letter in till.letters(payment)]
    outcomes: list[str] = []

    def carry(share: list[Letter]) -> None:
        with app.app_context():
            outcomes.extend(tell(till, letter) for letter in share)

    threads = [threading.Thread(target=carry, args=(letters[n::5],)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["applied"] * 50
    with transaction(tenancy.platform()) as session:
        entries = session.scalar(select(func.count()).where(JournalEntry.idempotency_key == f"payment:{payment.id}"))
        assert (entries, session.scalar(select(func.count()).select_from(GatewayEvent))) == (1, 1)
    assert market.state(placed.order.id)[0].status == OrderStatus.COMPLETED
    assert market.books()["platform gateway"] == -RETAIL


def test_no_false_letter_changes_anything(market: Market, till: Till) -> None:
    placed = order(market, till)
    payment = payment_of(placed.order.id)
    till.pay(payment)
    headers, body = till.letters(payment)[0]
    false = [till.forged(payment), (headers, b""), (headers, body[:-1] + b"~"), (headers, b"\xff"), ({}, b"{}")]
    for letter in false:
        with pytest.raises(SignatureRefused):
            tell(till, letter)
    for letter in (till.bent(payment, amount=1), till.bent(payment, currency="USD"), till.foreign(payment)):
        try:
            assert tell(till, letter) == "refused"
        except SignatureRefused:
            assert letter != till.bent(payment, amount=1)
    with time_machine.travel(clock.now() + till.too_old, tick=False), pytest.raises(SignatureRefused):
        tell(till, (headers, body))
    with time_machine.travel(clock.now() - till.too_old, tick=False), pytest.raises(SignatureRefused):
        tell(till, (headers, body))
    assert market.state(placed.order.id)[0].status == OrderStatus.PENDING_PAYMENT and market.books() == {}
    with transaction(tenancy.platform()) as session:
        refusals = [one.reason for one in trail(session, party_id=PLATFORM_OWNER) if one.action == "payment.refused"]
    assert "amount_mismatch" in refusals
    assert tell(till, (headers, body)) == "applied"


def test_one_gateways_letter_is_nothing_to_another(market: Market, till: Till, stripe_desk: StripeDesk) -> None:
    placed = order(market, till)
    payment = payment_of(placed.order.id)
    till.pay(payment)
    if till.channel != "stripe":
        with pytest.raises(SignatureRefused):
            collecting.receive("stripe", *till.letters(payment)[0])
    assert market.books() == {} and market.state(placed.order.id)[0].paid_at is None


def test_a_lost_letter_is_found_by_asking(market: Market, till: Till) -> None:
    paid, unpaid = order(market, till), order(market, till)
    assert till.pay(payment_of(paid.order.id))
    collecting.sweep_missed()  # Stripe's list tells at once; where there is none, each open payment is asked for later
    sweep_missed(collecting.EFFECTS, patience=payments.LIFETIME * 0)
    assert market.state(paid.order.id)[0].status == OrderStatus.COMPLETED
    assert market.state(unpaid.order.id)[0].status == OrderStatus.PENDING_PAYMENT
    assert payment_of(unpaid.order.id).status == "open"
    books = market.books()
    for letter in till.letters(payment_of(paid.order.id)):
        tell(till, letter)
    assert market.books() == books


def test_a_released_order_cannot_be_paid_any_more(market: Market, till: Till) -> None:
    placed = order(market, till)
    payment = payment_of(placed.order.id)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=placed.order.id)
    for _ in range(2):
        collecting.close(tenant_id=market.tenant_id, payment_id=payment.id)
    if payment_of(placed.order.id).status == "expired":
        assert not till.pay(payment)
    else:  # a page of Alipay's that nobody opened ends by its own time, and is asked for until then
        assert till.channel.startswith("alipay")
        with time_machine.travel(clock.now() + payments.LIFETIME * 2, tick=False):
            sweep_missed(collecting.EFFECTS)
            assert payment_of(placed.order.id).status == "expired" and not till.pay(payment)


def test_paid_in_the_last_moment_is_booked_when_it_is_closed(market: Market, till: Till) -> None:
    placed = order(market, till)
    till.pay(payment_of(placed.order.id))
    collecting.close(tenant_id=market.tenant_id, payment_id=payment_of(placed.order.id).id)
    assert market.state(placed.order.id)[0].status == OrderStatus.COMPLETED


@pytest.mark.parametrize("in_stock", [True, False])
def test_a_late_payment_is_delivered_or_given_back(market: Market, till: Till, in_stock: bool) -> None:
    sku = market.sell(keys=1)
    late = market.order((sku, 1), method=till.method, phone=till.phone)
    market.checkout(late)
    payment = payment_of(late.order.id)
    till.pay(payment)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=late.order.id)
    if not in_stock:
        market.order((sku, 1), contact="other@example.test", method=till.method)
    tell(till, till.letters(payment)[0])
    market.run_refunds()
    state = market.state(late.order.id)[0].status
    assert state == (OrderStatus.COMPLETED if in_stock else OrderStatus.REFUNDED)
    assert till.refunded(payment_of(late.order.id)) == ([] if in_stock else [RETAIL])
    letter = "mail.order_delivered" if in_stock else "mail.order_paid_late"
    assert len(market.jobs(letter)) == 1
    assert (market.books() == {}) != in_stock


def test_units_are_refunded_one_by_one_and_each_once(market: Market, till: Till) -> None:
    placed, payment = bought(market, till, count=3)
    for place in (0, 0, 2):
        give_back(market, placed, place)
    market.run_refunds()
    market.run_refunds()
    assert till.refunded(payment) == [RETAIL, RETAIL]
    assert market.books()["platform gateway"] == -RETAIL
    with transaction(tenancy.trade(market.tenant_id)) as session:
        everything = {"tenant_id": market.tenant_id, "order_id": placed.order.id}
        assert len(refunds.refund_order(session, **everything, reason="all")) == 3
    market.run_refunds()
    assert till.refunded(payment) == [RETAIL] * 3 and market.books() == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_refund_without_an_answer_is_asked_again_and_done_once(market: Market, till: Till, when: str) -> None:
    placed, payment = bought(market, till)
    refund = give_back(market, placed)
    till.cut_refunds(when)
    with pytest.raises(GatewayUnavailable):
        market.run_refunds()
    assert row(refund).status == "requested"
    with suppress(GatewayUnavailable):  # Stripe lists what was made: it needs no answer to a second request
        market.run_refunds()
    till.heal()
    market.run_refunds()
    assert row(refund).status == "succeeded" and till.refunded(payment) == [RETAIL] and market.books() == {}


def test_a_failed_refund_is_asked_for_again_by_a_person(market: Market, till: Till) -> None:
    placed, payment = bought(market, till)
    refund = give_back(market, placed)
    with transaction(tenancy.platform()) as session:
        with pytest.raises(RefundNotFailed):
            gateway_refunds.retry(session, refund_id=refund.id)
        stored = session.scalars(select(Refund).where(Refund.id == refund.id)).one()
        stored.status, stored.failure = "failed", "SELLER_BALANCE_NOT_ENOUGH"
    market.run_refunds()
    assert row(refund).status == "failed" and till.refunded(payment) == []
    with transaction(tenancy.platform()) as session:
        gateway_refunds.retry(session, refund_id=refund.id)
    market.run_refunds()
    again = row(refund)
    assert (again.status, again.attempt, again.failure) == ("succeeded", 2, None)
    assert till.refunded(payment) == [RETAIL] and market.books() == {}
