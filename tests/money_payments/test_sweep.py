"""What no webhook told us is found by asking."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import new_id
from cardmesh.money.models import GatewayEvent, Payment
from cardmesh.money.payments import inbox, queries
from cardmesh.money.payments.errors import GatewayUnavailable
from cardmesh.money.payments.gateways.stripe import StripeGateway
from cardmesh.money.payments.sweep import sweep_missed
from cardmesh.trade import payments as collecting
from cardmesh.trade.models import OrderStatus
from tests.fixtures.market import Market, StripeDesk, deliver, signed
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


def test_an_event_that_makes_no_sense_is_refused_and_stands_in_nobodys_way(
    market: Market, stripe_desk: StripeDesk
) -> None:
    """Whoever owns an account may write what it likes into the gateway's objects, and sign what it likes."""
    placed = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(placed))
    odd = {"amount": 1, "currency": "cny", "id": "re_1", "status": "succeeded", "metadata": {"attempt": "first"}}
    event = {"id": "evt_odd", "type": "refund.created", "livemode": False, "data": {"object": odd}}
    assert deliver(event) == "refused" == deliver({**event, "id": "evt_empty", "data": {}})
    inbox.keep("stripe", inbox.verify("stripe", *signed({**event, "id": "evt_later"})))
    assert collecting.sweep_missed().failed == 0
    assert market.state(placed.order.id)[0].status == OrderStatus.COMPLETED
    with transaction(tenancy.platform()) as session:
        refused = session.scalars(select(GatewayEvent.event_ref).where(GatewayEvent.reason == "unreadable")).all()
    assert set(refused) == {"evt_odd", "evt_empty", "evt_later"}


def test_a_failure_nobody_thought_of_does_not_stop_the_sweep(
    market: Market, stripe_desk: StripeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(placed))

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(StripeGateway, "list_events_since", broken)
    swept = sweep_missed(collecting.EFFECTS, patience=timedelta(0))
    assert (swept.failed, swept.sessions) == (1, 1)
    assert market.state(placed.order.id)[0].status == OrderStatus.COMPLETED


def test_a_channel_that_is_never_answered_keeps_no_other_waiting(
    market: Market, stripe_desk: StripeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account whose keys are gone leaves open payments behind, more than a sweep takes at a time."""
    placed = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(placed))
    with transaction(tenancy.platform()) as session:
        session.add_all(_abandoned(market) for _ in range(3))
        session.flush()
        found = queries.open_sessions(session, before=clock.now(), limit=1)
    assert sorted(name for name, _ in found) == ["alipay/gone", "stripe"]
    asked: list[str] = []

    def silent(_: object, ref: str) -> None:
        asked.append(ref)
        raise GatewayUnavailable

    monkeypatch.setattr(StripeGateway, "retrieve", silent)
    monkeypatch.setattr(StripeGateway, "list_events_since", lambda *_: iter(()))
    market.checkout(market.order((market.sell(), 1), contact="other@example.test"))
    assert sweep_missed(collecting.EFFECTS, patience=timedelta(0)).sessions == 0 and len(asked) == 1


def _abandoned(market: Market) -> Payment:
    return Payment(
        tenant_id=market.tenant_id,
        purpose="top_up",
        gateway="alipay/gone",
        livemode=False,
        method="alipay",
        currency="CNY",
        amount_minor=1,
        session_ref=new_id().hex,
        created_at=clock.now() - timedelta(days=1),
    )
