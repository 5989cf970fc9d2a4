"""Everybody asks again: gateways, buyers, programs. One effect, and the first answer each time."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests
from sqlalchemy import func, select

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.money.models import JournalEntry
from cardmesh.trade.models import Order
from tests.fixtures.market import signed
from tests.fixtures.promises import Promise
from tests.sims.desk import visit

from . import stories
from .arena import Arena, Stage
from .callers import Refused
from .children import WEB
from .stories import until


def orders_of(stage: Stage) -> int:
    with transaction(tenancy.platform()) as session:
        mine = select(func.count()).select_from(Order).where(Order.tenant_id == stage.market.tenant_id)
        return session.scalar(mine) or 0


def entries(stage: Stage) -> Counter[str]:
    """The journal of the stage's orders and payments."""
    with transaction(tenancy.platform()) as session:
        mine = select(Order.id).where(Order.tenant_id == stage.market.tenant_id)
        return Counter(session.scalars(select(JournalEntry.kind).where(JournalEntry.reference_id.in_(mine))))


def test_one_event_fifty_times_over_sixteen_connections(arena: Arena, promise: Promise) -> None:
    stage = arena.stage()
    stories.goods(stage)
    stage.mischief("drop")
    stories.order(stage, quantity=3)
    stories.pay(stage)
    stage.peace()
    ours = stage.notes["page"].rsplit("/", 1)[-1].split("?")[0].split("#")[0]
    [event] = [e for e in arena.desk.events("checkout.session.completed") if e["data"]["object"]["id"] == ours]

    def once(_: int) -> int:
        headers, body = signed(event)
        headers |= {"Content-Type": "application/json"}
        return requests.post(f"{arena.url}/hooks/stripe", body, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = Counter(pool.map(once, range(50)))
    assert answers == {200: 50}
    assert stories.is_state(stage, "completed")()
    assert entries(stage) == {"payment.order": 1, "sale": 1}
    assert len({code["unit"] for code in stories.seen(stage)["codes"]}) == 3
    promise(
        "one payment event, one effect",
        demanded="×50 over 16: 1 payment, 1 entry, n keys, 50 × 2xx",
        seen="1 payment, 1 entry, 3 keys, 50 × 200",
        faults=answers.total() - 1,
    )


def test_a_buyer_is_cut_off_and_refreshes_the_page(arena: Arena, promise: Promise) -> None:
    """The order's answer is lost after the commit, the page to pay on is opened twenty times, paid twice."""
    stage = arena.stage()
    stories.goods(stage)
    arena.arm(WEB, "order.store.paged")
    placed = stories.order(stage)
    lost = sum(stage.store.unknown.values())
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: visit(stage.notes["page"]).status, range(20)))
    assert set(pages) == {200}
    with ThreadPoolExecutor(4) as pool:
        paid = list(pool.map(lambda _: arena.desk.pay(stage.notes["page"]), range(4)))
    assert 303 in paid
    until(stories.is_state(stage, "completed"), "delivery")
    codes = [stories.seen(stage)["codes"] for _ in range(20)]
    assert len(codes[0]) == 1 and codes == [codes[0]] * 20
    assert orders_of(stage) == 1 and entries(stage) == {"payment.order": 1, "sale": 1}
    charges = [
        event
        for event in arena.desk.events("charge.succeeded")
        if event["data"]["object"]["metadata"].get("tenant") == str(stage.market.tenant_id)
    ]
    assert len(charges) <= 1
    arena.disarm()
    promise(
        "buyer's view: cut after commit, page refreshed ×20",
        demanded="1 order, the same keys, ≤ 1 charge",
        seen=f"1 order, the same keys ×20, {len(charges)} charge, {lost} unknown answers",
        faults=lost,
    )
    assert placed["order"]["number"]


def test_one_key_thirty_two_times_at_once(arena: Arena, promise: Promise) -> None:
    stage, other = arena.stage(), arena.stage()
    for one in (stage, other):
        stories.funded(one)
    key = f"key-{uuid.uuid4().hex}"
    body = {"external_ref": "SAME", "items": [{"sku": stage.notes["sku"], "quantity": 1}]}
    waiting: Counter[str] = Counter()

    def ask(_: int) -> str:
        answer = stage.tenant.once("POST", "/v1/orders", body, key)
        if isinstance(answer, str):
            waiting[answer] += 1
            return str(stage.tenant.call("POST", "/v1/orders", body, key))
        return str(answer.json())

    with ThreadPoolExecutor(32) as pool:
        told = Counter(pool.map(ask, range(32)))
    answers = set(told)
    assert len(answers) == 1 and orders_of(stage) == 1
    assert set(waiting) <= {"409 idempotency_in_progress"}, waiting
    try:
        stage.tenant.call("POST", "/v1/orders", {**body, "external_ref": "OTHER"}, key)
        refused = "accepted"
    except Refused as refusal:
        refused = refusal.body["code"]
    assert refused == "idempotency_mismatch"
    theirs = {"external_ref": "SAME", "items": [{"sku": other.notes["sku"], "quantity": 1}]}
    independent = other.tenant.call("POST", "/v1/orders", theirs, key)
    assert str(independent) not in answers and orders_of(other) == 1
    assert stage.market.books()["tenant available"] == other.market.books()["tenant available"] == 50_000 - stories.COST
    promise(
        "API retries: one key ×32 at once",
        demanded="1 effect, 32 equal bodies; others apart",
        seen=f"1 effect, 32 equal, {sum(waiting.values())} told to wait first; other body refused",
        faults=told.total() - 1,
    )
