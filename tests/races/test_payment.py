"""A payment that is heard of while its order is given up, heard of twice, or looked for."""

from datetime import timedelta

import time_machine

from cardmesh.kit import clock
from cardmesh.money.models import PaymentStatus
from cardmesh.trade import payments as collecting
from cardmesh.trade.orders import service as orders
from tests.fixtures.market import STORE_URL, Market, StripeDesk

from .deal import COMPLETED, SOLD, End, expire, unheard, unpaid
from .interleave import UNCOMMITTED, Race, between

REFUSED = "order_state_conflict"


@between(
    ("pay", "payment.event.stored", "cancel"),
    ("pay", "payment.event.locked", "cancel"),
    ("pay", "payment.booked", "cancel"),
    ("pay", "order.paid", "cancel"),
    ("pay", "delivery.split", "cancel"),
    ("cancel", "order.released", "pay"),
)
def test_pay_and_cancel(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """Canceled before the order is marked as paid: its stock is taken again. After: it cannot be canceled."""
    deal = unheard(market, stripe_desk)
    ends = race.run(pay=deal.pay, cancel=deal.cancel)
    too_late = race.point in ("order.paid", "delivery.split")
    assert ends == {"pay": "applied", "cancel": REFUSED if too_late else "canceled"}
    assert race.waited == (too_late or race.first == "cancel")
    deal.close()
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(
    ("pay", "payment.event.locked", "expire"),
    ("pay", "payment.booked", "expire"),
    ("pay", "order.paid", "expire"),
    ("pay", "delivery.concluded", "expire"),
    ("expire", "order.released", "pay"),
)
def test_pay_and_expire(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """The sweeper waits for nobody: an order that a payment holds is none of its business."""
    deal = unheard(market, stripe_desk)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=True):
        ends = race.run(pay=deal.pay, expire=expire)
    let_go = race.point not in ("order.paid", "delivery.concluded")
    assert ends == {"pay": "applied", "expire": int(let_go)}
    assert race.waited == (race.first == "expire")
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(
    ("pay", "payment.event.stored", "again"),
    ("pay", "payment.event.locked", "again"),
    ("pay", "order.paid", "again"),
    ("pay", "delivery.handed", "again"),
    ("pay", "payment.event.applied", "again"),
    ("pay", "payment.event.committed", "again"),
)
def test_one_webhook_twice(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    deal = unheard(market, stripe_desk)
    assert race.run(pay=deal.pay, again=deal.pay) == {"pay": "applied", "again": "applied"}
    assert race.waited == (race.point not in ("payment.event.stored", "payment.event.committed"))
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(
    ("sweep", "payment.sweep.fetched", "pay"),
    ("pay", "payment.event.stored", "sweep"),
    ("pay", "payment.booked", "sweep"),
)
def test_the_sweep_finds_what_is_being_told(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    deal = unheard(market, stripe_desk)
    ends = race.run(pay=deal.pay, sweep=lambda: collecting.sweep_missed().failed)
    assert ends == {"pay": "applied", "sweep": 0}
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(("sweep", "payment.sweep.asked", "pay"))
def test_the_sweep_asks_while_we_are_told(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """It asks for a page that was open when it looked; meanwhile the buyer pays and the event arrives."""
    deal = unpaid(market)
    page = orders.open_payment(tenant_id=market.tenant_id, order_id=deal.order_id, store_url=STORE_URL).url

    def pay() -> str:
        assert stripe_desk.pay(page) == 303
        [deal.event] = stripe_desk.events("checkout.session.completed")
        return deal.pay()

    with time_machine.travel(clock.now() + timedelta(minutes=3), tick=True):
        ends = race.run(pay=pay, sweep=lambda: collecting.sweep_missed().failed)
    assert ends == {"pay": "applied", "sweep": 0}
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(
    ("close", "payment.closing", "pay"),
    ("close", "payment.closed", "pay"),
    ("pay", "payment.event.locked", "close"),
    ("pay", "payment.booked", "close"),
)
def test_a_late_webhook_and_the_closing_of_its_page(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """The order was canceled after the buyer had paid; both learn of the payment, one books it."""
    deal = unheard(market, stripe_desk)
    assert deal.cancel() == "canceled" and deal.end() == End("canceled", "released", 1, "open")
    assert race.run(pay=deal.pay, close=deal.close) == {"pay": "applied", "close": None}
    assert deal.end() == COMPLETED and market.books() == SOLD


@between(("close", "payment.closing", "open"))
def test_a_page_that_is_made_while_its_payment_is_closed(race: Race, market: Market, stripe_desk: StripeDesk) -> None:
    """Who closes saw no page yet: the one that is there by now is closed by another job, not forgotten."""
    deal = unpaid(market)

    def open_page() -> str:
        return orders.open_payment(tenant_id=market.tenant_id, order_id=deal.order_id, store_url=STORE_URL).url

    ends = race.run(close=deal.close, open=open_page)
    assert deal.payment().status == PaymentStatus.OPEN and len(market.jobs("payments.close")) == 1
    deal.close()
    assert deal.payment().status == PaymentStatus.EXPIRED and stripe_desk.pay(str(ends["open"])) != 303


@between(
    ("cancel", "order.released", "again"),
    ("cancel", "order.released", "expire"),
    ("expire", "order.released", "cancel"),
    ("expire", "order.released", "again"),
)
def test_an_order_is_given_up_twice(race: Race, market: Market) -> None:
    """Its key is back on sale once."""
    deal = unpaid(market)
    verbs = {"cancel": deal.cancel, "expire": expire}
    verbs["again"] = verbs[race.first]
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=True):
        ends = race.run(**verbs)
        assert expire() == 0
    first = {"cancel": "canceled", "expire": 1}[race.first]
    second = 0 if race.second == "expire" or race.first == "expire" == _verb(race) else "canceled"
    assert ends == {race.first: first, race.second: second}
    deal.close()
    assert deal.end() == End("canceled", "released", 1, "expired") and market.books() == {}
    assert len(market.jobs("payments.close")) == 1


def _verb(race: Race) -> str:
    return race.first if race.second == "again" else race.second


@between(
    ("pay", "order.late.recovering", "buy"),
    ("buy", "order.store.reserved", "pay"),
    ("buy", "order.store.placed", "pay"),
)
def test_a_late_payment_and_another_buyer_of_the_last_key(
    race: Race, market: Market, stripe_desk: StripeDesk
) -> None:
    """The other one gets it; the late one's money goes back."""
    deal = unheard(market, stripe_desk)
    deal.cancel()

    def buy() -> str:
        return market.order((deal.sku_id, 1), contact="other@example.test").order.status

    assert race.run(pay=deal.pay, buy=buy) == {"pay": "applied", "buy": "pending_payment"}
    assert not race.waited
    assert deal.end() == End("refunded", "refunded", 0, "paid", ((10_800, "requested"),))
    market.run_refunds()
    assert deal.end().refunds == ((10_800, "succeeded"),) and market.books() == {}


@between(
    ("page", "payment.session.asking", "cancel"),
    ("page", "payment.session.opened", "cancel"),
    ("cancel", UNCOMMITTED, "page"),
)
def test_a_page_is_opened_for_an_order_that_is_being_canceled(
    race: Race, market: Market, stripe_desk: StripeDesk
) -> None:
    """Nobody can pay on it in the end."""
    deal = unpaid(market)

    def page() -> str:
        return orders.open_payment(tenant_id=market.tenant_id, order_id=deal.order_id, store_url=STORE_URL).url

    def cancel() -> str:
        status = deal.cancel()
        if race.second == "cancel":  # its job too has run before the page is stored
            deal.close()
        return status

    ends = race.run(page=page, cancel=cancel)
    assert ends["cancel"] == "canceled"
    if race.first == "cancel":
        assert ends["page"] == REFUSED and deal.payment().url is None
    deal.close()
    assert deal.end() == End("canceled", "released", 1, PaymentStatus.EXPIRED)
    assert {session["status"] for session in stripe_desk.get("/v1/checkout/sessions")["data"]} <= {"expired"}


