"""The sums of the dashboards: equal to the rows at every moment, whatever is folded, by whom, and whoever dies."""

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Numeric, cast, select, text

from cardmesh.app import create_app
from cardmesh.insight.boards import fold
from cardmesh.insight.boards import service as boards
from cardmesh.insight.boards.figures import Figures, Lens, snapshot
from cardmesh.insight.boards.goods import ranked
from cardmesh.insight.boards.rules import WAITS, ZONE, Step, start_of
from cardmesh.insight.boards.stock import at_risk
from cardmesh.insight.verify.figures import FIGURES
from cardmesh.insight.verify.service import verify
from cardmesh.kit import clock, tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.tenancy import Scope
from cardmesh.settings import Settings
from cardmesh.trade.orders import service as orders
from cardmesh.trade.refunds.service import refund_unit
from tests.fixtures.market import Market, StripeDesk
from tests.money.books import answers, together


@pytest.fixture
def app(paying: Settings) -> Iterator[Flask]:
    made = create_app(paying)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def defects() -> list[str]:
    with transaction(tenancy.platform()) as session:
        return [text for finding in verify(session, FIGURES) for text in finding.defects]


def seen(scope: Scope, currency: str = "CNY", **lens: Any) -> Figures:
    """What a reader of this scope is told of the last days."""
    period = boards.last_days(7, now=clock.now())
    with transaction(scope) as session:
        boards.freeze(session)
        look = Lens(since=period.since, until=period.until, currency=currency, **lens)
        return snapshot(session).total(look)


def undelivered(one: Figures) -> Figures:
    """A supplier is not told what never left: the fold knows, the rows that it may read do not."""
    return replace(one, failed=0, failed_minor=0)


def refund(market: Market, order_id: UUID) -> None:
    unit = market.state(order_id)[1][0]
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refund_unit(session, tenant_id=market.tenant_id, unit_id=unit.id, reason="test")


def busy_day(market: Market, desk: StripeDesk) -> None:
    """By wallet and by card, keys and files, one buyer twice; one never paid, one paid when the goods were gone."""
    keys, file = market.sell(keys=20), market.sku()
    market.offer(file, kind="file", supplier=1, price=3_000)
    market.put_on_sale(file, 5_000)
    last = market.sell(keys=1)
    market.fund(1_000_000)
    market.wallet_order((keys, 3))
    placed = [market.order((keys, 2), (file, 1)), market.order((file, 1))]
    placed.append(market.order((keys, 1), contact="b@example.test"))
    late, unpaid = market.order((last, 1)), market.order((keys, 1))
    pages = {one.order.id: market.checkout(one) for one in (*placed, late)}
    for one in placed:
        desk.pay(pages[one.order.id])
    desk.tell("checkout.session.completed")
    with transaction(tenancy.trade(market.tenant_id)) as session:
        for one in (late, unpaid):
            orders.cancel(session, tenant_id=market.tenant_id, order_id=one.order.id)
    market.order((last, 1))
    desk.pay(pages[late.order.id])
    desk.tell("checkout.session.completed")


def test_sums_are_the_rows_before_during_and_after_the_fold(market: Market, stripe_desk: StripeDesk) -> None:
    busy_day(market, stripe_desk)
    market_sees = seen(tenancy.platform())
    assert (market_sees.orders, market_sees.units, market_sees.failed) == (4, 8, 1)
    assert (market_sees.identified, market_sees.firsts, market_sees.anonymous) == (3, 2, 1)
    assert market_sees.retail_minor == 3 * 9_500 + 3 * 10_800 + 2 * 5_000
    assert market_sees.within_1s + market_sees.within_5s == 4
    own = tenancy.tenant(market.tenant_id)
    suppliers = [(tenancy.supplier(one.id), one.id) for one in market.suppliers]
    before = seen(own, tenant_id=market.tenant_id), [seen(scope, supplier_id=id) for scope, id in suppliers]
    assert before[0].units == 8 and [one.units for one in before[1]] == [6, 2]
    assert defects() == []
    assert fold.catch_up() > 0 and fold.catch_up() == 0
    assert defects() == []
    assert seen(tenancy.platform()) == market_sees
    assert seen(tenancy.platform(), currency="USD") == Figures(), "sums of one currency"
    after = seen(own, tenant_id=market.tenant_id), [undelivered(seen(scope, supplier_id=id)) for scope, id in suppliers]
    assert after == before, "what the fold has not reached is told like what it has"


def test_a_late_refund_is_in_the_figures_at_once_and_once(market: Market, stripe_desk: StripeDesk) -> None:
    sku = market.sell(keys=5)
    placed = market.order((sku, 2))
    stripe_desk.pay(market.checkout(placed))
    stripe_desk.tell("checkout.session.completed")
    fold.catch_up()
    refund(market, placed.order.id)
    told = [seen(tenancy.platform()), seen(tenancy.tenant(market.tenant_id), tenant_id=market.tenant_id),
            seen(tenancy.supplier(market.suppliers[0].id), supplier_id=market.suppliers[0].id)]  # fmt: skip
    fold.catch_up()
    assert {(one.units, one.refunded) for one in told} == {(2, 1)}
    assert seen(tenancy.platform()) == told[0] and told[0].take_minor * 2 == told[0].platform_minor
    assert defects() == []


def test_a_sale_that_began_first_and_ended_last_is_not_lost(app: Flask, market: Market) -> None:
    """Its ids and its clock are older than those of what was folded meanwhile."""
    sku = market.sell(keys=5)
    market.fund(1_000_000)
    placed, may_commit = Event(), Event()

    def slow() -> None:
        with transaction(tenancy.trade(market.tenant_id)) as session:
            session.execute(text("select pg_current_xact_id()"))
            orders.place_wallet_order(session, tenant_id=market.tenant_id, store_id=market.store.store_id,
                                      external_ref="slow", items=[orders.Item(sku, 1)])  # fmt: skip
            placed.set()
            assert may_commit.wait(timeout=60)

    def others() -> None:
        assert placed.wait(timeout=60)
        try:
            market.fund(5)
            fold.catch_up()
        finally:
            may_commit.set()

    answers(together(app, [slow, others]), AssertionError)
    assert seen(tenancy.platform()).units == 1, "in the tail"
    assert fold.catch_up() > 0
    assert seen(tenancy.platform()).units == 1 and defects() == []


def test_sellers_refunders_folders_and_readers_at_once(
    app: Flask, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows of a few postings, two folders that fall over each other: every reader sees whole orders, never fewer."""
    monkeypatch.setattr(fold, "POSTINGS", 7)
    sku = market.sell(keys=60)
    market.fund(10_000_000)
    done, seed = Event(), random.randrange(10**6)
    print(f"seed {seed}")

    def sellers(number: int) -> int:
        chance = random.Random(seed + number)
        for step in range(12):
            order = market.wallet_order((sku, 2), ref=f"{number}-{step}")
            if chance.random() < 0.4:
                refund(market, order.id)
        return 0

    def folder() -> int:
        while not done.is_set():
            fold.catch_up()
        return 0

    def reader() -> int:
        units = 0
        while not done.is_set():
            found = seen(tenancy.platform())
            assert found.units >= units and found.units == 2 * found.orders
            assert found.refunded_retail_minor * found.units == found.retail_minor * found.refunded
            units = found.units
        return 0

    def selling() -> int:
        try:
            answers(together(app, [lambda: sellers(1), lambda: sellers(2)]), ZeroDivisionError)
        finally:
            done.set()
        return 0

    answers(together(app, [selling, folder, folder, reader]), ZeroDivisionError)
    fold.catch_up()
    assert seen(tenancy.platform()).units == 48 and defects() == []


def test_a_fold_that_is_killed_in_the_middle_adds_nothing(market: Market, paying: Settings, tmp_path: Path) -> None:
    market.fund(1_000_000)
    market.wallet_order((market.sell(keys=3), 1))
    (tmp_path / "figures.added").write_text("kill")
    code = (
        "from cardmesh.settings import Settings; from cardmesh.app import create_app\n"
        "from cardmesh.insight.boards import fold\n"
        "with create_app(Settings.from_env()).app_context(): fold.catch_up()\n"
    )
    urls = {"DATABASE_URL": paying.database_url, "APP_DATABASE_URL": paying.app_database_url}
    environment = os.environ | urls | {"FAIL_POINTS": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-P", "-c", code], env=environment, check=False)
    assert ended.returncode == -9, "killed with its sums written and its state not moved"
    assert seen(tenancy.platform()).units == 1 and defects() == []
    assert fold.catch_up() == 1
    assert seen(tenancy.platform()).units == 1 and defects() == []


def test_sums_are_made_anew_from_the_first_row(market: Market) -> None:
    market.fund(1_000_000)
    market.wallet_order((market.sell(keys=3), 2))
    fold.catch_up()
    with transaction(tenancy.platform()) as session:
        fold.refold(session)
    assert seen(tenancy.platform()).units == 2
    assert fold.catch_up() == 1 and seen(tenancy.platform()).units == 2 and defects() == []


def test_a_day_begins_at_midnight_in_china(market: Market) -> None:
    """A second before it and at it: by hours, by days, and of goods, which are kept by day alone."""
    midnight = start_of(clock.now(), Step.DAY)
    sku = market.sell(keys=5)
    market.fund(1_000_000)
    for count, moment in ((1, midnight - timedelta(seconds=1)), (2, midnight)):
        order = market.wallet_order((sku, count), ref=f"{count}")
        with transaction(tenancy.platform()) as session:
            values = {"at": moment, "order": order.id}
            session.execute(text("update orders set paid_at = :at where id = :order"), values)
            session.execute(text("update order_units set delivered_at = :at where order_id = :order"), values)
    day = timedelta(days=1)
    for _ in range(2):
        with transaction(tenancy.platform()) as session:
            boards.freeze(session)
            now = snapshot(session)
            for skus in (None, (sku,)):
                days = [Lens(since=midnight - n * day, until=midnight - n * day + day, skus=skus) for n in (1, 0)]
                assert [now.total(one).units for one in days] == [1, 2]
                whole = replace(days[0], until=midnight + day)
                steps = {start.astimezone(ZONE): one.units for start, one in now.series(whole, Step.DAY).items()}
                assert steps == {midnight - day: 1, midnight: 2}
            hours = now.hours(Lens(since=midnight - day, until=midnight + day))
            assert {hour: one.units for hour, one in hours.items()} == {23: 1, 0: 2}
        fold.catch_up()


def test_full_weeks_stand_for_their_days_and_no_more(market: Market) -> None:
    """Rankings of any stretch of days, which read weeks, hold what its hours do."""
    midnight, day = start_of(clock.now(), Step.DAY), timedelta(days=1)
    sku = market.sell(keys=24)
    market.fund(1_000_000)
    for ago in range(24):
        order = market.wallet_order((sku, 1), ref=f"{ago}")
        with transaction(tenancy.platform()) as session:
            values = {"at": midnight - ago * day, "order": order.id}
            session.execute(text("update orders set paid_at = :at where id = :order"), values)
            session.execute(text("update order_units set delivered_at = :at where order_id = :order"), values)
    for _ in range(2):
        with transaction(tenancy.platform()) as session:
            boards.freeze(session)
            now = snapshot(session)
            for first, last in itertools.product(range(16, 24), range(8)):
                look = Lens(since=midnight - first * day, until=midnight - last * day + day, currency="CNY")
                (goods,), (store,) = ranked(now, look).skus, now.stores(look)
                assert goods[1].units == store[1].units == now.total(look).units == first - last + 1
        fold.catch_up()


@pytest.mark.parametrize("days", [1, 7, 30, 365])
def test_a_period_is_compared_with_as_much_time_right_before_it(days: int) -> None:
    period = boards.last_days(days, now=clock.now())
    before = period.before()
    assert (before.until, before.days, before.step) == (period.since, days, period.step)


@pytest.mark.parametrize(
    ("seconds", "name"),
    [
        *[(0, "within_1s"), (1, "within_1s"), (1.001, "within_5s"), (5, "within_5s"), (5.001, "within_30s")],
        *[(30, "within_30s"), (31, "within_5m"), (300, "within_5m"), (301, "within_1h"), (3600, "within_1h")],
        *[(3601, "slower"), (10**7, "slower")],
    ],
)
def test_each_wait_is_counted_once(app: Flask, seconds: float, name: str) -> None:
    waited = select(cast(seconds, Numeric).label("wait")).subquery()
    with transaction(tenancy.platform()) as session:
        found = [key for key, test in WAITS.items() if session.scalars(select(waited).where(text(test))).all()]
    assert found == [name]


def test_nobody_reads_anothers_figures(market: Market) -> None:
    """Row-level security, not the lens, keeps them apart."""
    market.fund(1_000_000)
    market.wallet_order((market.sell(keys=3), 1))
    for folded in (False, True):
        stranger = tenancy.tenant(market.suppliers[1].id)
        assert seen(stranger, tenant_id=market.tenant_id) == Figures()
        assert seen(tenancy.supplier(market.suppliers[1].id), supplier_id=market.suppliers[0].id) == Figures()
        assert seen(stranger) == Figures() == seen(tenancy.supplier(market.suppliers[0].id)), f"the market {folded}"
        fold.catch_up()


def test_stock_runs_out_at_the_rate_of_the_week(market: Market) -> None:
    scarce, plenty, file = market.sell(keys=4), market.sell(keys=200), market.sku()
    market.offer(file, kind="file", supplier=1)
    market.fund(10_000_000)
    for sku, count in ((scarce, 3), (plenty, 1), (file, 5)):
        market.wallet_order((sku, count))
    period = boards.last_days(7, now=clock.now())
    looks: list[tuple[Scope, dict[str, Any]]] = [
        (tenancy.platform(), {}),
        (tenancy.tenant(market.tenant_id), {"tenant_id": market.tenant_id}),
        (tenancy.supplier(market.suppliers[0].id), {"supplier_id": market.suppliers[0].id}),
    ]
    for scope, owner in looks:
        with transaction(scope) as session:
            boards.freeze(session)
            risks = at_risk(snapshot(session), Lens(since=period.since, until=period.until, **owner))
        assert [(one.sku_id, one.available, one.sold) for one in risks] == [(scarce, 1, 3)]
        assert timedelta(days=2) < timedelta(days=risks[0].days) < timedelta(days=3)
