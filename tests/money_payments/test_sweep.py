"""What no webhook told us is found by asking."""

from datetime import timedelta

from sqlalchemy import select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import GatewayEvent, Payment
from cardmesh.money.payments import inbox
from cardmesh.money.payments.sweep import sweep_missed
from cardmesh.trade import payments as collecting
from cardmesh.trade.models import OrderStatus
from tests.fixtures.market import Market, StripeDesk, signed
from tests.sims.desk import control


def kept(desk: StripeDesk) -> str:
    """A webhook is stored, and its process dies; its ref."""
    headers, body = signed(desk.events("checkout.session.completed")[0])
    event = inbox.verify("stripe", headers, body)
    inbox.keep("stripe", event)
    return event.ref


def test_a_lost_webhook_is_found_in_the_gateways_list(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(placed))
    assert collecting.sweep_missed().events > 0
    assert market.state(placed.order.id)[0].status == OrderStatus.COMPLETED
    books = market.books()
    stripe_desk.tell()
    assert collecting.sweep_missed().events == 0 and market.books() == books


def test_a_session_is_asked_after_when_even_the_list_is_silent(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(placed))
    control(stripe_desk.url, "/faults", {"match": "GET /v1/events", "times": 9, "how": "error", "status": 500})
    assert collecting.sweep_missed().sessions == 0
    assert market.state(placed.order.id)[0].status == OrderStatus.PENDING_PAYMENT
    swept = sweep_missed(collecting.EFFECTS, patience=timedelta(0))
    assert (swept.sessions, swept.failed) == (1, 1)
    assert market.state(placed.order.id)[0].status == OrderStatus.COMPLETED


def test_an_event_that_was_stored_and_never_applied_is_applied(market: Market, stripe_desk: StripeDesk) -> None:
    """The process died between its two transactions."""
    placed = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(placed))
    kept(stripe_desk)
    control(stripe_desk.url, "/faults", {"match": "*", "times": 99, "how": "error", "status": 500})
    collecting.sweep_missed()
    assert market.state(placed.order.id)[0].status == OrderStatus.COMPLETED


def test_a_page_that_ran_out_closes_its_payment(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    market.checkout(placed)
    control(stripe_desk.url, "/clock", {"advance_seconds": 7200})
    control(stripe_desk.url, "/settle")
    sweep_missed(collecting.EFFECTS, patience=timedelta(0))
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(Payment.status)).all() == ["expired"]
    assert market.state(placed.order.id)[0].status == OrderStatus.PENDING_PAYMENT


def test_an_event_is_stored_before_it_is_understood(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(placed))
    ref = kept(stripe_desk)
    with transaction(tenancy.platform()) as session:
        event = session.get_one(GatewayEvent, ("stripe", ref))
        assert (event.outcome, event.applied_at) == ("stored", None)
