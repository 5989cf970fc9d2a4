"""Small stories that pass the fail points. Each is set up in peace, then told under fire, then comes to rest."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from sqlalchemy import delete

from cardmesh.goods.models import GoodsKind
from cardmesh.identity.models import Party
from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.ids import public_id
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.trade.orders import service as orders
from tests.fixtures import papers
from tests.sims.desk import control

from . import treasury
from .arena import Stage

LIMIT_SECONDS = 180
KEYS = 5
RETAIL, COST = 10_800, 9_500
FAIL_REFUNDS = {"match": "POST /v1/refunds", "times": 3, "how": "error", "status": 500}
"""As often as the client tries by itself: the job fails once."""


@dataclass(frozen=True)
class Story:
    """`setting` is built unarmed; `told` under fire."""

    setting: Callable[[Stage], None]
    told: Callable[[Stage], None]


def until(true: Callable[[], object], what: str, do: Callable[[], object] = lambda: None) -> None:
    """Wait; `do` is done again every two seconds (work that may die with its worker is asked for again)."""
    end, again = time.monotonic() + LIMIT_SECONDS, 0.0
    while not true():
        if time.monotonic() >= again:
            do()
            again = time.monotonic() + 2
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.1)


def goods(stage: Stage) -> None:
    sku = stage.market.sell(KEYS, price=COST, retail=RETAIL, warranty_hours=0)
    stage.notes["sku"] = public_id("sku", sku)


def order(stage: Stage, quantity: int = 1, buyer: str = "b1") -> dict[str, Any]:
    """Placed through the store's own API; the answer with the page to pay on."""
    body = {
        "items": [{"sku": stage.notes["sku"], "quantity": quantity}],
        "contact": {"email": f"{buyer}@{stage.market.store.handle}.test"},
        "payment": {"method": "card"},
    }
    placed = stage.store.post("/api/orders", body)
    stage.notes |= {"number": placed["order"]["number"], "token": placed["order"]["token"]}
    stage.notes["page"] = placed["payment"]["url"]
    return placed


def pay(stage: Stage) -> None:
    assert stage.arena.desk.pay(stage.notes["page"]) == 303


def seen(stage: Stage) -> dict[str, Any]:
    """The order as its buyer sees it."""
    headers = {"Host": stage.store.host or "", "X-Order-Token": stage.notes["token"]}
    while True:
        try:
            address = f"{stage.arena.url}/api/orders/{stage.notes['number']}"
            answer = requests.get(address, headers=headers, timeout=30)
            if answer.status_code == 200:
                return answer.json()
        except requests.RequestException:
            pass
        time.sleep(0.2)


def is_state(stage: Stage, *states: str) -> Callable[[], bool]:
    return lambda: seen(stage)["order"]["status"] in states


def buy(stage: Stage) -> None:
    """Order, pay, see the key: twice the same."""
    order(stage)
    pay(stage)
    until(is_state(stage, "completed"), "delivery")
    codes = seen(stage)["codes"]
    assert len(codes) == 1 and seen(stage)["codes"] == codes


def buy_unnoticed(stage: Stage) -> None:
    """No webhook arrives: the worker finds the payment in the gateway's list."""
    stage.mischief("drop")
    order(stage)
    pay(stage)
    until(is_state(stage, "completed"), "delivery", lambda: stage.arena.send("payments.sweep"))


def buy_in_silence(stage: Stage) -> None:
    """Neither webhook nor list: the worker asks after the session itself."""
    stage.mischief("drop")
    order(stage)
    pay(stage)
    fault = {"match": "GET /v1/events*", "times": 999, "how": "error", "status": 500}
    control(stage.arena.desk.url, "/faults", fault)
    stage.arena.run("update payments set created_at = created_at - interval '1 hour' where status = 'open'")
    until(is_state(stage, "completed"), "delivery", lambda: stage.arena.send("payments.sweep"))


def funded(stage: Stage) -> None:
    goods(stage)
    stage.market.fund(50_000)
    with transaction(tenancy.platform()) as session:
        papers.prove(session, Party.DISTRIBUTOR, stage.market.tenant_id)


def spend(stage: Stage) -> None:
    """Buy from the wallet, give one unit back, ask to be paid, be refused."""
    body = {"external_ref": "W-1", "items": [{"sku": stage.notes["sku"], "quantity": 2}]}
    bought = stage.tenant.post("/v1/orders", body)
    unit = bought["items"][0]["units"][0]["id"]
    stage.tenant.post("/v1/refunds", {"unit": unit, "reason": "test"})
    amount = {"amount": 1_000, "currency": "CNY"}
    asked = stage.tenant.post("/v1/withdrawals", {"amount": amount, "note": ""})
    stage.platform.post(f"/v1/platform/withdrawals/{asked['id']}/decide", {"outcome": "failed"})


def spend_on_what_is_left(stage: Stage) -> None:
    """More than there is: the order goes the plain way."""
    items = [{"sku": stage.notes["sku"], "quantity": KEYS + 1}]
    bought = stage.tenant.post("/v1/orders", {"external_ref": "W-1", "items": items, "on_shortage": "partial"})
    assert bought["status"] == "partially_completed"


def sold(stage: Stage) -> None:
    goods(stage)
    buy(stage)
    numbers = stage.tenant.get("/v1/orders")["data"]
    stage.notes["unit"] = numbers[0]["items"][0]["units"][0]["id"]


def give_back(stage: Stage) -> None:
    stage.tenant.post("/v1/refunds", {"unit": stage.notes["unit"], "reason": "test"})
    until(is_state(stage, "refunded"), "the refund")


def give_back_stubbornly(stage: Stage) -> None:
    """The gateway fails the first time."""
    control(stage.arena.desk.url, "/faults", FAIL_REFUNDS)
    give_back(stage)


def ordered(stage: Stage) -> None:
    goods(stage)
    order(stage)


def let_go(stage: Stage) -> None:
    """Nobody pays in time."""
    _out_of_time(stage)
    until(is_state(stage, "canceled"), "the release")


def pay_too_late(stage: Stage) -> None:
    """Paid in the last moment, unnoticed: the job that closes the page finds it out."""
    stage.mischief("drop")
    pay(stage)
    _out_of_time(stage)
    until(is_state(stage, "completed"), "the recovery")


def pay_after_cancel(stage: Stage) -> None:
    """The webhook of a canceled order: its job that closes the page comes too late."""
    stage.mischief("hold")
    pay(stage)
    tenant_id = stage.market.tenant_id
    with transaction(tenancy.trade(tenant_id)) as session:
        found = orders.find_by_token(
            session, tenant_id=tenant_id, number=stage.notes["number"], token=stage.notes["token"]
        )
        orders.cancel(session, tenant_id=tenant_id, order_id=found.id)
        session.execute(delete(OutboxJob).where(OutboxJob.name == "payments.close", OutboxJob.tenant_id == tenant_id))
    control(stage.arena.desk.url, "/webhooks/release", {})
    until(is_state(stage, "completed"), "the recovery")


def let_go_of(stage: Stage, number: str) -> None:
    """The time to pay for one order is over."""
    stage.arena.run("update orders set expires_at = now() - interval '1 second' where number = :n", n=number)


def _out_of_time(stage: Stage) -> None:
    past = "update orders set expires_at = now() - interval '1 minute' where tenant_id = :tenant"
    stage.arena.run(past, tenant=stage.market.tenant_id)


def offered(stage: Stage) -> None:
    offer = stage.market.offer(stage.market.sku(), keys=0, kind=GoodsKind.CARD_KEY)
    stage.notes["offer"] = public_id("off", offer.id)


def load(stage: Stage) -> None:
    keys = [f"{stage.market.store.handle}-{number:04}" for number in range(20)]
    offer = stage.notes["offer"]
    started = stage.supplier.call("POST", f"/v1/supplier/offers/{offer}/keys", {"keys": [*keys, keys[0]]})
    path = f"/v1/supplier/imports/{started['id']}"
    until(lambda: stage.supplier.get(path)["status"] == "completed", "the import")


def publish(stage: Stage) -> None:
    stage.tenant.post("/v1/store/publish", {})

    def ended() -> bool:
        builds = stage.tenant.get("/v1/store/builds")["data"]
        return bool(builds) and all(row["status"] in ("published", "failed") for row in builds)

    until(ended, "the build")


def pay_out(stage: Stage) -> None:
    until(lambda: treasury.pay_out(stage), "the payout", lambda: treasury.ask_again(stage))


def ask_by_schedule(stage: Stage) -> None:
    until(lambda: treasury.asked_by_schedule(stage), "the withdrawal", lambda: stage.arena.send("payouts.schedule"))


def compare(stage: Stage) -> None:
    since = datetime.now(UTC)
    until(lambda: treasury.is_compared(since), "the comparison", lambda: stage.arena.send("reconciliation.daily"))


# The first sale makes the ledger's accounts and goes the plain way; a second one's payment is booked in two statements.
STORIES = {
    "sale": Story(goods, buy),
    "second": Story(sold, buy),
    "unnoticed": Story(goods, buy_unnoticed),
    "silence": Story(goods, buy_in_silence),
    "wallet": Story(funded, spend),
    "partial": Story(funded, spend_on_what_is_left),
    "refund": Story(sold, give_back),
    "stubborn": Story(sold, give_back_stubbornly),
    "expiry": Story(ordered, let_go),
    "late": Story(ordered, pay_too_late),
    "canceled": Story(ordered, pay_after_cancel),
    "import": Story(offered, load),
    "build": Story(goods, publish),
    "payout": Story(treasury.run_made, pay_out),
    "schedule": Story(treasury.scheduled, ask_by_schedule),
    "reconciliation": Story(sold, compare),
}
