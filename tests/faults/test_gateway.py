"""A gateway that is cut, fails, answers late or not at all: buyers get a clear answer and nothing is doubled."""

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text

from cardmesh.embedded.postgres import OWNER, SUPERUSER
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.errors import MeshError
from cardmesh.kit.jobs import run
from cardmesh.money.models import Payment, Refund
from cardmesh.settings import Settings
from cardmesh.trade.refunds import service as refunds
from tests.fixtures.market import Market, StripeDesk
from tests.fixtures.promises import Promise
from tests.sims.desk import control
from workers.registry import JOBS

TRIES = 3
"""How often the client asks by itself."""
IDLE = """
select count(*) from pg_stat_activity
where datname = current_database() and state like 'idle in transaction%' and now() - state_change > interval '1 second'
"""


@contextmanager
def watching(settings: Settings) -> Iterator[list[int]]:
    """Ten times a second: how many sessions sit idle in a transaction for more than a second."""
    seen: list[int] = []
    stopping = threading.Event()

    def watch() -> None:
        superuser = settings.database_url.replace(f"//{OWNER}@", f"//{SUPERUSER}@")  # nobody else sees what others do
        with psycopg.connect(superuser, autocommit=True) as connection:
            while not stopping.wait(0.1):
                row = connection.execute(IDLE).fetchone()
                seen.append(row[0] if row else -1)

    thread = threading.Thread(target=watch)
    thread.start()
    yield seen
    stopping.set()
    thread.join()


@pytest.mark.parametrize("seconds", [2.0, pytest.param(10.0, marks=pytest.mark.faults)])
def test_a_slow_gateway_holds_no_transaction(
    app: Flask, paying: Settings, market: Market, stripe_desk: StripeDesk, promise: Promise, seconds: float
) -> None:
    buyers = 6
    placed = [market.order((market.sell(keys=1), 1), contact=f"b{n}@example.test") for n in range(buyers)]
    slow = {"match": "POST /v1/checkout/sessions", "times": buyers, "how": "delay", "seconds": seconds}
    control(stripe_desk.url, "/faults", slow)

    def page(number: int) -> str:
        with app.app_context():
            return market.checkout(placed[number])

    began = time.monotonic()
    with watching(paying) as idle, ThreadPoolExecutor(buyers) as pool:
        pages = list(pool.map(page, range(buyers)))
    waited = time.monotonic() - began
    assert len(set(pages)) == buyers
    assert idle and max(idle) == 0
    promise(
        f"no network call inside a transaction, gateway {seconds:g} s slow",
        demanded="0 sessions idle in transaction > 1 s",
        seen=f"0 in {len(idle)} looks",
        faults=buyers if waited >= seconds else 0,
    )


FAULTS = {
    "error": {"when": "before", "how": "error", "status": 500},
    "cut": {"when": "before", "how": "cut"},
    "time-out": {"when": "before", "how": "hang", "seconds": 0.5},
    "reply cut": {"when": "after", "how": "cut"},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_buyer_meets_a_failing_gateway(
    app: Flask, market: Market, stripe_desk: StripeDesk, promise: Promise, fault: str
) -> None:
    """For good: a clear error, the goods back on sale. Once: the page, and only one of it."""
    sku_id = market.sell(keys=1)
    order = {"match": "POST /v1/checkout/sessions", **FAULTS[fault]}
    lost = market.order((sku_id, 1))
    control(stripe_desk.url, "/faults", {**order, "times": TRIES})
    with pytest.raises(MeshError) as refused:
        market.checkout(lost)
    assert (refused.value.status, refused.value.retryable, refused.value.code) == (503, True, "unavailable")
    assert market.state(lost.order.id)[0].status == "canceled" and market.stock(sku_id) == 1
    run.drain(JOBS)
    placed = market.order((sku_id, 1))
    control(stripe_desk.url, "/faults", {**order, "times": 1})
    page = market.checkout(placed)
    assert market.checkout(placed) == page
    assert stripe_desk.pay(page) == 303
    stripe_desk.tell("checkout.session.completed", "payment_intent.succeeded")
    assert market.state(placed.order.id)[0].status == "completed"
    with transaction(tenancy.platform()) as session:
        statuses = session.scalars(select(Payment.status).order_by(Payment.id)).all()
    assert statuses == ["expired", "paid"]
    assert len(stripe_desk.events("charge.succeeded")) == 1
    promise(
        f"a failing gateway ({fault}) at checkout",
        demanded="clear error, 0 doubled",
        seen="503 unavailable, 1 charge",
        faults=TRIES + 1 - control(stripe_desk.url, "/faults", method="DELETE")["left"],
    )


@pytest.mark.parametrize("count", [12, pytest.param(200, marks=pytest.mark.faults)])
def test_cut_replies_to_refunds_are_settled_by_asking_again(
    app: Flask,
    market: Market,
    stripe_desk: StripeDesk,
    promise: Promise,
    caplog: pytest.LogCaptureFixture,
    count: int,
) -> None:
    """The gateway has done it, we do not know: no refund twice, none forgotten."""
    market_orders = [_bought(market, stripe_desk, number) for number in range((count + 19) // 20)]
    units = [unit for order_id in market_orders for unit in market.state(order_id)[1]][:count]
    cut = {"match": "POST /v1/refunds", "times": count * TRIES, "when": "after", "how": "cut"}
    control(stripe_desk.url, "/faults", cut)
    for unit in units:
        with transaction(tenancy.trade(market.tenant_id)) as session:
            refunds.refund_unit(session, tenant_id=market.tenant_id, unit_id=unit.id, reason="test")
    while market.jobs("refunds.execute"):
        run.drain(JOBS)
        _due_at_once()
    failed = sum("refunds.execute failed" in line for line in caplog.messages)
    assert failed == count
    with transaction(tenancy.platform()) as session:
        found = session.execute(select(Refund.status, Refund.gateway_ref)).all()
    assert [row.status for row in found] == ["succeeded"] * count
    assert len({row.gateway_ref for row in found}) == count
    made = {event["data"]["object"]["id"] for event in _all_refunds(stripe_desk)}
    assert made == {row.gateway_ref for row in found}
    promise(
        "unknown results: replies cut after the effect",
        demanded="0 double refunds, all settled",
        seen=f"0 of {count} doubled, {count} settled",
        faults=failed,
    )


def _bought(market: Market, desk: StripeDesk, number: int) -> uuid.UUID:
    placed = market.order((market.sell(keys=20), 20), contact=f"c{number}@example.test")
    page = market.checkout(placed)
    assert desk.pay(page) == 303
    desk.tell("checkout.session.completed")
    return placed.order.id


def _due_at_once() -> None:
    with transaction(tenancy.platform()) as session:
        session.execute(text("update outbox set run_at = now() where state = 'ready'"))


def _all_refunds(desk: StripeDesk) -> list[dict[str, dict[str, dict[str, str]]]]:
    """Every `refund.created`, page by page."""
    found: list[dict[str, dict[str, dict[str, str]]]] = []
    after = ""
    while True:
        page = desk.get(f"/v1/events?limit=100&type=refund.created{after}")
        found += page["data"]
        if not page["has_more"]:
            return found
        after = f"&starting_after={page['data'][-1]['id']}"
