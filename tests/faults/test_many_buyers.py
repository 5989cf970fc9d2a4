"""64 buyers in 4 processes fight over few keys: none is sold twice, nobody pays for nothing while there are any.

A smaller version runs in every run: tests/trade/test_rush.py.
"""

import json
import subprocess
from collections import Counter

import pytest
from sqlalchemy import func, select

from cardmesh.goods.models import StockUnit
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import Payment
from cardmesh.settings import Settings
from cardmesh.trade.models import Order, OrderUnit
from tests.fixtures.market import Market
from tests.fixtures.promises import Promise

from .children import ROOT, environment

PROCESSES, BUYERS_EACH = 4, 16
SHORT = {"insufficient_stock"}


ORDERS, SKUS, KEYS = 20_000, 20, 50
"""How many orders are tried, over how many SKUs of how many keys each."""

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]


def test_few_keys_many_buyers(paying: Settings, python: str, market: Market, promise: Promise) -> None:
    market.fund(1_000_000_000)
    skus = [market.sell(KEYS, price=1_000, retail=1_200) for _ in range(SKUS)]
    ids = {"tenant": str(market.tenant_id), "store": str(market.store.store_id), "skus": [str(sku) for sku in skus]}
    each = ORDERS // PROCESSES
    running = [
        subprocess.Popen(
            [python, "-m", "tests.faults.storm", str(number * each), str(each), str(BUYERS_EACH)],
            env=environment(paying), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(PROCESSES)
    ]  # fmt: skip
    for process in running:
        assert process.stdin
        process.stdin.write(json.dumps(ids))
        process.stdin.close()
        process.stdin = None
    outcomes: Counter[str] = Counter()
    for process in running:
        outcomes += Counter(json.loads(process.communicate(timeout=1_000)[0]))
    served, refused = outcomes["completed"], sum(outcomes[code] for code in SHORT)
    assert served == SKUS * KEYS and served + refused == ORDERS, outcomes
    with transaction(tenancy.platform()) as session:
        keys = session.scalars(select(OrderUnit.stock_unit_id)).all()
        paid = session.scalar(select(func.count()).select_from(Payment).where(Payment.status == "paid")) or 0
        left = session.scalar(select(func.count()).select_from(StockUnit)) or 0
        states = Counter(session.scalars(select(Order.status)))
    assert len(keys) == len(set(keys)) == served and None not in keys
    assert left == 0 and states == {"completed": served}
    assert market.books()["platform revenue"] == 50 * served
    promise(
        f"no key sold twice, {PROCESSES * BUYERS_EACH} buyers, {PROCESSES} processes",
        demanded="0 twice, 0 paid without a key while in stock",
        seen=f"0 of {served} twice, 0 of {paid} payments without, {ORDERS:,} orders tried",
        faults=refused,
    )
