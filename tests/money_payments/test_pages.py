"""The page to pay on: asked for outside any transaction, the same page when asked again, closed when it is over."""

import threading
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text

from cardmesh.app import create_app
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import Payment
from cardmesh.money.payments.errors import GatewayRefused, GatewayUnavailable, PaymentMethodUnavailable
from cardmesh.settings import Settings
from cardmesh.trade import payments as collecting
from cardmesh.trade.models import OrderStatus
from cardmesh.trade.orders import service as orders
from tests.fixtures.market import STORE_URL, Market, StripeDesk
from tests.sims.desk import control


def payment() -> Payment:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Payment)).one()


def test_the_page_says_what_is_bought_and_carries_our_ids(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(retail=10_800), 2))
    url = market.checkout(placed)
    assert market.checkout(placed) == url
    sessions = stripe_desk.get("/v1/checkout/sessions")["data"]
    assert len(sessions) == 1
    session, row = sessions[0], payment()
    assert (session["amount_total"], session["currency"]) == (21_600, "cny")
    assert session["client_reference_id"] == str(row.id) and session["payment_method_types"] == ["card"]
    assert session["metadata"] == {
        "payment": str(row.id),
        "tenant": str(market.tenant_id),
        "order": str(placed.order.id),
    }
    assert session["success_url"] == f"{STORE_URL}/order/?number={placed.order.number}"
    assert row.session_ref == session["id"] and row.url == url
    items = stripe_desk.get(f"/v1/checkout/sessions/{session['id']}/line_items")["data"]
    assert [(item["description"], item["quantity"]) for item in items] == [("腾讯Q币 · 1元", 2)]


def test_asked_again_after_a_lost_answer_it_is_the_same_page(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    control(stripe_desk.url, "/faults", {"match": "POST /v1/checkout/*", "times": 1, "when": "after", "how": "cut"})
    assert market.checkout(placed)
    assert len(stripe_desk.get("/v1/checkout/sessions")["data"]) == 1


def test_without_a_gateway_the_order_is_given_up(market: Market, stripe_desk: StripeDesk) -> None:
    sku_id = market.sell(keys=1)
    placed = market.order((sku_id, 1))
    control(stripe_desk.url, "/faults", {"match": "POST /v1/checkout/*", "times": 9, "how": "error", "status": 503})
    with pytest.raises(GatewayUnavailable):
        market.checkout(placed)
    order, units = market.state(placed.order.id)
    assert order.status == OrderStatus.CANCELED and [unit.status for unit in units] == ["released"]
    assert market.stock(sku_id) == 1


def test_a_refusal_of_the_gateway_is_not_the_buyers_to_read(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    fault = {"match": "POST /v1/checkout/*", "times": 9, "how": "error", "status": 401}
    control(stripe_desk.url, "/faults", fault)
    with pytest.raises(GatewayRefused):
        market.checkout(placed)
    assert market.state(placed.order.id)[0].status == OrderStatus.CANCELED


def test_methods_we_do_not_know_are_refused_before_anything_is_taken(market: Market) -> None:
    sku_id = market.sell(keys=1)
    with pytest.raises(PaymentMethodUnavailable), transaction(tenancy.trade(market.tenant_id)) as session:
        orders.place_store_order(
            session,
            store=market.store,
            items=[orders.Item(sku_id, 1)],
            contact=orders.parse_contact(phone_number="+86 138 0000 0000"),
            method="cash",
        )
    assert market.stock(sku_id) == 1


def test_an_installation_without_a_key_collects_nothing(app: Flask, market: Market, paying: Settings) -> None:
    sku_id = market.sell(keys=1)
    bare = create_app(replace(paying, stripe_api_key=None))
    assert runtime.current().settings.stripe_api_key is None and bare
    with pytest.raises(PaymentMethodUnavailable):
        market.order((sku_id, 1))
    assert market.stock(sku_id) == 1 and not collecting.sweep_missed().events


def test_closing_a_page_stops_its_payment(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    url = market.checkout(placed)
    collecting.close(tenant_id=market.tenant_id, payment_id=payment().id)
    collecting.close(tenant_id=market.tenant_id, payment_id=payment().id)
    assert payment().status == "expired" and stripe_desk.pay(url) != 303


def test_closing_a_page_that_was_just_paid_books_the_payment(market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    stripe_desk.pay(market.checkout(placed))
    collecting.close(tenant_id=market.tenant_id, payment_id=payment().id)
    assert payment().status == "paid" and market.state(placed.order.id)[0].status == OrderStatus.COMPLETED


def test_a_slow_gateway_keeps_no_transaction_open(app: Flask, market: Market, stripe_desk: StripeDesk) -> None:
    placed = market.order((market.sell(), 1))
    fault = {"match": "POST /v1/checkout/*", "times": 1, "how": "delay", "seconds": 3}
    control(stripe_desk.url, "/faults", fault)
    opened = threading.Event()

    def open_page() -> None:
        with app.app_context():
            market.checkout(placed)
        opened.set()

    thread = threading.Thread(target=open_page)
    thread.start()
    seen = []
    while not opened.wait(0.2):
        with transaction(tenancy.platform()) as session:
            busy = text(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and xact_start < clock_timestamp() - interval '1 second' and pid <> pg_backend_pid()"
            )
            seen.append(session.scalar(busy))
    thread.join()
    assert len(seen) > 3 and set(seen) == {0}
    assert payment().url
