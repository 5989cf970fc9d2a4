"""400 buyers for 200 keys from 4 processes: 200 served, 200 clean refusals, nothing left over and nothing twice."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import JournalEntry
from cardmesh.settings import Settings
from cardmesh.trade.models import Order, OrderUnit
from tests.fixtures.market import Market

ROOT = Path(__file__).parents[2]
PROCESSES, BUYERS, KEYS = 4, 100, 200


def storm(settings: Settings, python: str, market: Market, sku_id: object, channel: str) -> Counter[str]:
    """How the buyers of all processes fared."""
    fields = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
    named = {name.upper(): str(value) for name, value in fields.items() if value and name != "env"}
    environ = {**os.environ, **named, "PYTHONPATH": f"{ROOT / 'platform'}:{ROOT}"}
    asked = {"tenant": market.tenant_id, "store": market.store.store_id, "sku": sku_id}
    running = [
        subprocess.Popen(
            [python, "-m", "tests.trade.rush", channel, str(number * BUYERS), str(BUYERS)],
            env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )
        for number in range(PROCESSES)
    ]  # fmt: skip
    for process in running:
        assert process.stdin
        process.stdin.write(json.dumps({name: str(value) for name, value in asked.items()}))
        process.stdin.close()
        process.stdin = None
    answers = [process.communicate(timeout=240)[0] for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES
    return Counter(outcome for answer in answers for outcome in json.loads(answer))


@pytest.mark.parametrize(("channel", "served"), [("store", "applied"), ("wallet", "completed")])
def test_four_hundred_buyers_for_two_hundred_keys(
    paying: Settings, python: str, market: Market, channel: str, served: str
) -> None:
    market.fund(100_000 * 1_000)
    sku_id = market.sell(keys=KEYS, price=1_000, retail=1_200)
    outcomes = storm(paying, python, market, sku_id, channel)
    assert outcomes == {served: KEYS, "insufficient_stock": PROCESSES * BUYERS - KEYS}
    assert market.stock(sku_id) == 0
    with transaction(tenancy.platform()) as session:
        statuses = Counter(session.scalars(select(OrderUnit.status)))
        keys = session.scalars(select(OrderUnit.stock_unit_id)).all()
        orders = Counter(session.scalars(select(Order.status)))
        sales = session.scalar(select(func.count()).select_from(JournalEntry).where(JournalEntry.kind == "sale"))
    assert statuses == {"delivered": KEYS} and orders == {"completed": KEYS} and sales == KEYS
    assert len(set(keys)) == KEYS and None not in keys
    books = market.books()
    assert books["supplier pending"] == 950 * KEYS and books["platform revenue"] == 50 * KEYS
    assert books.get("tenant pending", 0) == (200 * KEYS if channel == "store" else 0)
