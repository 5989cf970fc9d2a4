"""What each gateway tells of our money against what we have: in agreement, then with every kind of mistake in it."""

import secrets
from collections import Counter
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import text

from cardmesh.kit import clock, tenancy
from cardmesh.kit.days import day_of, start_of
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id
from cardmesh.money.ledger import service as ledger
from cardmesh.money.models import PLATFORM_OWNER, AccountKind, Payment
from cardmesh.money.payments import channels
from cardmesh.money.payments.errors import GatewayUnavailable
from cardmesh.money.payments.gateways.base import CheckoutItem, CheckoutRequest, RefundRequest
from cardmesh.money.payments.merchants import queries
from cardmesh.money.reconciliation import rounds
from cardmesh.money.reconciliation.models import Comparison
from cardmesh.money.reconciliation.service import open_tasks, reconcile
from cardmesh.trade import payments as collecting
from cardmesh.trade.orders.service import Placed
from cardmesh.trade.refunds import service as refunds
from tests.fixtures.market import Market
from tests.money.books import credit, debit
from tests.money_payments.tills import AlipayTill, Till, WechatTill, payment_of

ONE_OF_EACH = pytest.mark.parametrize("till", ["stripe", "alipay-code", "wechat-code"], indirect=True)
BILLED = pytest.mark.parametrize("till", ["alipay-code", "wechat-code"], indirect=True)
NAME = "腾讯Q币, 秒充"


def tomorrow(hour: int) -> datetime:
    """By Beijing's clock."""
    return start_of(day_of(clock.now()) + timedelta(days=1)) + timedelta(hours=hour)


def look(till: Till, hour: int = 12) -> Comparison:
    until = tomorrow(hour)
    with time_machine.travel(until, tick=True):
        return reconcile(since=until - timedelta(days=3), until=until, name=till.channel)


def causes() -> Counter[str]:
    with transaction(tenancy.platform()) as session:
        return Counter(task.cause for task in open_tasks(session))


def unpaid(market: Market, till: Till) -> Placed:
    placed = market.order((market.sell(keys=1), 1), method=till.method, phone=till.phone)
    market.checkout(placed)
    return placed


def paid(market: Market, till: Till) -> Placed:
    placed = unpaid(market, till)
    assert till.pay(payment_of(placed.order.id))
    assert [collecting.receive(till.channel, *letter) for letter in till.letters(payment_of(placed.order.id))]
    return placed


def give_back(market: Market, placed: Placed) -> None:
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refunds.refund_order(session, tenant_id=market.tenant_id, order_id=placed.order.id, reason="broken")
    market.run_refunds()


def pay_past_us(market: Market, till: Till, minor: int) -> None:
    """Somebody sells through the same account, and not through the platform."""
    wish = CheckoutRequest(
        payment_id=new_id(), tenant_id=market.tenant_id, order_id=None, method=till.method, currency="CNY",
        amount_minor=minor, items=(CheckoutItem(NAME, 1, minor),), success_url="http://one.localhost/", cancel_url=
        "http://one.localhost/", expires_at=clock.now() + timedelta(minutes=40), channel=till.channel,
        way="page" if till.channel == "stripe" else "qr",
    )  # fmt: skip
    page = channels.gateway(till.channel).open_session(wish)
    assert till.pay(Payment(url=page.url, code=page.code))


def refund_past_us(till: Till, placed: Placed, minor: int) -> None:
    payment = payment_of(placed.order.id)
    wish = RefundRequest(
        refund_id=new_id(), attempt=1, tenant_id=payment.tenant_id, session_ref=payment.session_ref or "", intent_ref=
        payment.intent_ref or "", currency="CNY", amount_minor=minor, total_minor=payment.amount_minor,
    )  # fmt: skip
    channels.gateway(till.channel).refund(wish)


def book_what_never_was(market: Market, till: Till) -> None:
    with transaction(tenancy.platform()) as session:
        fake = Payment(tenant_id=market.tenant_id, id=new_id(), purpose="top_up", gateway=till.channel, livemode=False,
                       method="card", currency="CNY", amount_minor=77, status="paid", intent_ref="nowhere")  # fmt: skip
        session.add(fake)
        legs = [debit(AccountKind.GATEWAY, 77), credit(AccountKind.AVAILABLE, 77, owner=market.tenant_id)]
        ledger.post(session, key=f"payment:{fake.id}", kind="payment.top_up", legs=legs)


@ONE_OF_EACH
def test_a_day_agrees_to_the_fen_and_what_was_done_past_us_is_found(market: Market, till: Till) -> None:
    kept, refunded = paid(market, till), paid(market, till)
    give_back(market, refunded)
    made = look(till)
    assert (made.differences, made.theirs, made.ours) == (0, 3, 3) and not causes()
    with transaction(tenancy.platform()) as session:
        held = ledger.balances(session, owner_id=PLATFORM_OWNER)["CNY"]
    assert -held[AccountKind.GATEWAY] == till.balance() and held[AccountKind.FEES] < 0, "fees and all"
    pay_past_us(market, till, 5_00)
    refund_past_us(till, kept, 1_00)
    book_what_never_was(market, till)
    late = unpaid(market, till)
    till.pay(payment_of(late.order.id))
    wanted = Counter({"missing_here": 2, "missing_there": 1, "refund_not_booked": 1})
    for _ in range(2):
        assert look(till).differences == 4 and causes() == wanted, "each is one task"
    collecting.receive(till.channel, *till.letters(payment_of(late.order.id))[0])
    assert look(till).differences == 3 and causes() == wanted - Counter({"missing_here": 1})


@BILLED
def test_whatever_is_wrong_in_a_bill_is_found_and_nothing_else(
    market: Market, till: AlipayTill | WechatTill
) -> None:
    told = [paid(market, till) for _ in range(5)]
    give_back(market, told[0])
    assert look(till).differences == 0
    fee, amount, twice, odd, *_ = (moved for moved in till.moved if moved["kind"] == "charge")
    till.books.bend(fee, fee=fee["fee"] + 1)
    till.books.bend(amount, fen=amount["fen"] - 1)
    till.books.bend(twice, id=f"{twice['id']}9")
    till.books.bend(odd, id=f"{odd['id']}9", kind="other")
    known = {moved["id"] for moved in till.moved}
    fresh = [paid(market, till) for _ in range(4)]
    for placed in fresh[:2]:
        give_back(market, placed)
    sold = [moved for moved in till.moved if moved["id"] not in known and moved["kind"] == "charge"]
    backs = [moved for moved in till.moved if moved["id"] not in known and moved["kind"] == "refund"]
    till.books.lose(sold[3])
    till.books.lose(backs[0])
    till.books.bend(backs[1], fen=backs[1]["fen"] - 5)
    planted = ("fee", "amount", "amount", "duplicate_there", "unknown_kind", "missing_there", "refund_not_made")
    for _ in range(2):
        assert look(till).differences == len(planted) and causes() == Counter(planted)


def test_a_distributors_own_account_is_compared_with_its_payments_and_books_nothing(
    market: Market, own_till: AlipayTill | WechatTill
) -> None:
    kept, refunded = paid(market, own_till), paid(market, own_till)
    give_back(market, refunded)
    pay_past_us(market, own_till, 5_00)
    made = look(own_till)
    assert (made.differences, made.theirs, made.ours) == (0, 4, 3), "the rest of its business is not ours to judge"
    refund_past_us(own_till, kept, 1_00)
    lost = unpaid(market, own_till)
    own_till.pay(payment_of(lost.order.id))
    own_till.books.bend(next(one for one in own_till.moved if one["kind"] == "refund"), fen=-3)
    books = market.books()
    assert look(own_till).differences == 3
    assert causes() == Counter({"refund_not_booked": 1, "missing_here": 1, "amount": 1})
    renamed = {"id": payment_of(kept.order.id).id}
    with transaction(tenancy.platform()) as session:
        session.execute(text("update payments set intent_ref = 'other' where id = :id"), renamed)
    assert look(own_till).differences == 5, "theirs without ours, and ours without theirs"
    assert market.books() == books


@BILLED
def test_once_a_day_when_the_bills_are_written(market: Market, till: AlipayTill | WechatTill) -> None:
    paid(market, till)
    with time_machine.travel(tomorrow(10), tick=True):
        early = rounds.reconcile_daily()
        seen = [(one.theirs, one.ours, one.differences) for one in early.made if one.gateway == till.channel]
        assert seen == [(0, 0, 0)], "yesterday's bill is not due yet"
    with time_machine.travel(tomorrow(12), tick=True):
        done = rounds.reconcile_daily()
        assert [(one.theirs, one.differences) for one in done.made if one.gateway == till.channel] == [(1, 0)]
        assert not rounds.reconcile_daily().made and not done.failed
    if isinstance(till, WechatTill):
        day = tomorrow(-24), tomorrow(0)
        with time_machine.travel(tomorrow(8), tick=True), pytest.raises(GatewayUnavailable):
            list(channels.gateway(till.channel).list_movements(*day))


@pytest.mark.parametrize("till", ["wechat-code"], indirect=True)
def test_a_refund_on_its_way_is_no_difference(market: Market, till: WechatTill) -> None:
    """The account moves when it is taken on, our books when the buyer's bank has it."""
    till.sim.app.refunds_wait = True
    try:
        placed = paid(market, till)
        give_back(market, placed)
        assert look(till).differences == 0 and till.refunded(payment_of(placed.order.id)) == [10_800]
    finally:
        till.sim.app.refunds_wait = False


@BILLED
def test_a_file_that_is_not_whole_is_no_bill(
    market: Market, till: AlipayTill | WechatTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid(market, till)
    if isinstance(till, WechatTill):
        whole = till.sim.app.orders.bill

        def other(*asked: str) -> bytes:
            """Reads well, and is not what was promised a moment ago."""
            return whole(*asked).replace(b"OTHERS", secrets.token_hex(3).encode())

        monkeypatch.setattr(till.sim.app.orders, "bill", other)
        with pytest.raises(GatewayUnavailable):
            look(till)
        monkeypatch.setattr(till.sim.app.orders, "bill", whole)
    module = "alipay" if isinstance(till, AlipayTill) else "wechat"
    monkeypatch.setattr(f"cardmesh.sims.{module}.bills.yuan", lambda fen: "1.0.0")
    with pytest.raises(GatewayUnavailable):
        look(till)
    assert not causes()


def test_keys_that_are_taken_back_show_as_a_problem_of_the_account(
    market: Market, own_till: AlipayTill | WechatTill
) -> None:
    paid(market, own_till)
    own_till.revoke()
    with time_machine.travel(tomorrow(12), tick=True):
        assert set(rounds.reconcile_daily().failed) == {own_till.channel}
    with transaction(tenancy.platform()) as session:
        (row,) = queries.of_owner(session, market.tenant_id)
    assert row.problem
