"""A payment's message in two round trips writes what the plain version writes, or nothing at all."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from cardmesh.bench.paid import event_of
from cardmesh.goods.models import GoodsKind
from cardmesh.kit import tenancy
from cardmesh.kit.db import Base, transaction
from cardmesh.kit.events import service as events
from cardmesh.kit.failpoints import armed
from cardmesh.kit.ids import new_id
from cardmesh.money.ledger import service as ledger
from cardmesh.money.models import JournalEntry, Payment
from cardmesh.money.payments import inbox
from cardmesh.money.payments.collect import receipt
from cardmesh.trade.delivery import shares
from cardmesh.trade.orders import express_paid
from cardmesh.trade.orders import service as orders
from cardmesh.trade.orders.service import Placed
from cardmesh.trade.payments import EFFECTS
from tests.fixtures.market import Market, StripeDesk, deliver, signed

Goods = Sequence[tuple[uuid.UUID, int]]
"""SKUs and how many of each."""
End = tuple[dict[str, int], dict[str, list[dict[str, Any]]]]
"""By how many rows each table has grown, and the rows of one order."""
OUTBOX = (
    "outbox left join (select id as event, type as told, data from events) e on cast(event as text) = args->>'event_id'"
)
WRITTEN = {
    "gateway_events": "event_ref = :event",
    "payments": "order_id = :order",
    "orders": "id = :order",
    "order_lines": "order_id = :order order by sku_id",
    "order_units": "order_id = :order order by sku_id, ordinal",
    "journal_entries": "reference_id = :order order by kind",
    "postings": "entry_id in (select id from journal_entries where reference_id = :order)"
    " order by account_id, amount_minor",
    "events": "tenant_id = :tenant and data->>'number' = :number order by id",
    OUTBOX: "data->>'number' = :number or args->>'order_id' = cast(cast(:order as uuid) as text)"
    " order by name, told, args->>'endpoint_id'",
}
"""Where a paid order leaves its rows."""
OWN = {
    *("id", "order_id", "line_id", "entry_id", "reference_id", "reference", "stock_unit_id", "file_id", "xid"),
    *("number", "token_hash", "session_ref", "intent_ref", "url", "event_ref", "payload", "content_hash"),
    *("idempotency_key", "event"),
}
"""Columns that tell two equal orders apart."""
TOLD = {"order", "number", "event_id", "order_id"}
"""The same inside of what is told about them."""


@pytest.fixture
def shop(market: Market) -> Goods:
    """Keys of two suppliers and a file, odd prices, programs that listen; every account has been posted to."""
    wanted = (
        (market.sell(keys=60, price=9_999, retail=12_345), 3),
        (market.sell(keys=60, price=333, retail=777, supplier=1, warranty_hours=24), 2),
        (market.sell(kind=GoodsKind.FILE, price=100, retail=150), 1),
    )
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        for name, types in (("all", []), ("done", ["order.completed"]), ("other", ["refund.succeeded"]), ("off", [])):
            made = events.create_endpoint(
                session, tenant_id=market.tenant_id, url=f"https://{name}.example/hook", event_types=types
            )
            if name == "off":
                events.disable_endpoint(session, tenant_id=market.tenant_id, endpoint_id=made.endpoint.id)
    for _ in range(2):
        assert plain(paid(market.order(*wanted))) == "applied"
    return wanted


def payment_of(placed: Placed) -> Payment:
    with transaction(tenancy.platform()) as session:
        return session.scalars(select(Payment).where(Payment.order_id == placed.order.id)).one()


def paid(placed: Placed, **other: Any) -> dict[str, Any]:
    """What a gateway sends when this order's page was paid; `other` facts of the session than the true ones."""
    payment = payment_of(placed)
    event = event_of(payment)
    event["data"]["object"] |= {"id": payment.session_ref or event["data"]["object"]["id"], **other}
    return event | {"id": f"evt_{new_id().hex}"}


def plain(event: dict[str, Any]) -> str:
    """What `trade.payments.receive` does when the express version could not see to it."""
    verified = inbox.verify("stripe", *signed(event))
    inbox.keep("stripe", verified)
    return inbox.apply("stripe", verified.ref, EFFECTS).outcome


def express(event: dict[str, Any]) -> str | None:
    return express_paid.receive("stripe", inbox.verify("stripe", *signed(event)))


def counts() -> dict[str, int]:
    """The rows of every table there is."""
    with transaction(tenancy.platform()) as session:
        tables = sorted(Base.metadata.tables)
        return {name: session.scalar(text(f"select count(*) from {name}")) or 0 for name in tables}  # noqa: S608 - ours


def more(before: dict[str, int]) -> dict[str, int]:
    return {name: count - before[name] for name, count in counts().items() if count != before[name]}


def written(placed: Placed, event: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The rows of one paid order, without what tells it from an equal one."""
    about = {
        "tenant": placed.order.tenant_id, "order": placed.order.id, "number": placed.order.number, "event": event["id"]
    }  # fmt: skip
    found = {}
    with transaction(tenancy.platform()) as session:
        began = session.scalar(text("select paid_at from orders where id = :order"), about) or placed.order.created_at
        for table, where in WRITTEN.items():
            rows = session.execute(text(f"select * from {table} where {where}"), about)  # noqa: S608 - constants
            found[table] = [_common(dict(row), began) for row in rows.mappings()]
    return found


def _common(row: dict[str, Any], began: datetime) -> dict[str, Any]:
    common: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, datetime):
            common[name] = round((value - began) / timedelta(hours=1))
        elif name in ("data", "args") and value:
            common[name] = {key: one for key, one in value.items() if key not in TOLD}
        elif name == "dedupe_key" and value:
            common[name] = value.split(":")[0]
        elif name not in OWN:
            common[name] = value
    return common


def alike(one: End, other: End) -> None:
    assert one[0] == other[0]
    for table in WRITTEN:
        for mine, theirs in zip(one[1][table], other[1][table], strict=True):
            assert mine == theirs, table


def test_both_write_the_same_rows(market: Market, stripe_desk: StripeDesk, shop: Goods) -> None:
    """Paid on the gateway's own page, its own messages; every table has grown by the same, row by row."""
    ends = []
    for tell in (plain, express):
        placed = market.order(*shop)
        assert stripe_desk.pay(market.checkout(placed)) == 303
        event = stripe_desk.events("checkout.session.completed")[-1]
        before = counts()
        assert tell(event) == "applied"
        ends.append((more(before), written(placed, event)))
        with transaction(tenancy.platform()) as session:
            kept = session.execute(text("select payload from gateway_events where event_ref = :id"), event).scalar_one()
        assert kept == event
    alike(*ends)
    assert ends[1][0] == {"gateway_events": 1, "journal_entries": 2, "postings": 7, "events": 2, "outbox": 4}
    assert {name: len(rows) for name, rows in ends[1][1].items()} == {
        "gateway_events": 1,
        "payments": 1,
        "orders": 1,
        "order_lines": 3,
        "order_units": 6,
        "journal_entries": 2,
        "postings": 7,
        "events": 3,
        OUTBOX: 6,
    }
    market.books()


def test_a_message_that_overtakes_the_page_and_a_buyer_without_an_address(market: Market, shop: Goods) -> None:
    ends = []
    for tell in (plain, express):
        placed = market.order(*shop)
        with transaction(tenancy.platform()) as session:
            session.execute(text("update orders set contact_kind = 'phone' where id = :id"), {"id": placed.order.id})
        event, before = paid(placed), counts()
        assert payment_of(placed).session_ref is None
        assert tell(event) == "applied"
        payment = payment_of(placed)
        facts = event["data"]["object"]
        assert (payment.session_ref, payment.intent_ref) == (facts["id"], facts["payment_intent"])
        ends.append((more(before), written(placed, event)))
    alike(*ends)
    assert ends[1][0]["outbox"] == 3


def test_entries_have_the_keys_and_hashes_of_the_plain_version(market: Market, shop: Goods) -> None:
    """Posting the same receipt and the same sale again finds those of the express version."""
    placed = market.order(*shop)
    assert express(paid(placed)) == "applied"
    order, units = market.state(placed.order.id)
    entries = [receipt(payment_of(placed)), shares.sale(order, units)]
    with transaction(tenancy.platform()) as session:
        assert [one.fresh for one in ledger.post_many(session, entries)] == [False, False]
        keys = session.scalars(select(JournalEntry.idempotency_key).where(JournalEntry.reference_id == order.id)).all()
    first = min(unit.id for unit in units)
    assert set(keys) == {f"payment:{payment_of(placed).id}", f"sale:{order.id}:{first}"}


def left_alone(event: dict[str, Any]) -> None:
    """Left to the plain version, and nothing has changed."""
    before = counts()
    assert express(event) is None and counts() == before


def test_facts_that_contradict_the_payment_are_left_to_be_refused(market: Market, shop: Goods) -> None:
    placed = market.order(*shop)
    wrong = {
        "amount_total": 1,
        "currency": "usd",
        "livemode": True,
        "client_reference_id": str(new_id()),
        "metadata": {"tenant": str(new_id()), "order": str(placed.order.id)},
        "payment_status": "unpaid",
        "status": "expired",
    }
    for name, value in wrong.items():
        left_alone(paid(placed, **{name: value}))
    left_alone(paid(placed) | {"account": "acct_of_somebody"})
    left_alone(paid(placed) | {"type": "checkout.session.async_payment_failed"})
    left_alone(paid(placed) | {"type": "charge.succeeded"})
    left_alone(paid(placed) | {"data": {}})
    assert plain(paid(placed, amount_total=1)) == "refused"
    assert express(paid(placed)) == "applied"


def test_states_that_are_left_to_the_plain_version(market: Market, shop: Goods) -> None:
    canceled, expired, booked, short = (market.order(*shop) for _ in range(4))
    with transaction(tenancy.trade(market.tenant_id)) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=canceled.order.id)
    left_alone(paid(canceled))
    change("update payments set status = 'expired' where order_id = :id", expired)
    left_alone(paid(expired))
    assert plain(paid(booked)) == "applied"
    left_alone(paid(booked))
    change("update order_lines set quantity = quantity + 1 where order_id = :id", short)
    left_alone(paid(short))


def test_a_message_that_was_seen_before(market: Market, shop: Goods) -> None:
    """Applied: its outcome again. Stored, never applied: the plain version's."""
    placed, stored = market.order(*shop), market.order(*shop)
    event = paid(placed)
    assert express(event) == "applied"
    before = counts()
    assert express(event) == "applied" and counts() == before
    event = paid(stored)
    inbox.keep("stripe", inbox.verify("stripe", *signed(event)))
    left_alone(event)
    refused = paid(stored, amount_total=1)
    assert plain(refused) == "refused" and express(refused) == "refused"


def change(statement: str, placed: Placed) -> None:
    with transaction(tenancy.platform()) as session:
        session.execute(text(statement), {"id": placed.order.id})


MEANWHILE = {
    "paid": "update payments set status = 'paid' where order_id = :id",
    "another session": "update payments set session_ref = 'cs_other' where order_id = :id",
    "another intent": "update payments set intent_ref = 'pi_other' where order_id = :id",
    "canceled": "update orders set status = 'canceled' where id = :id",
    "marked": "update orders set paid_at = now() where id = :id",
    "released": "update order_units set status = 'released', stock_unit_id = null"
    " where id = (select id from order_units where order_id = :id limit 1)",
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_changes_between_reading_and_writing(market: Market, shop: Goods, what: str) -> None:
    placed = market.order(*shop)
    event = paid(placed)
    with armed("payment.express.decided", lambda: change(MEANWHILE[what], placed)):
        left_alone(event)


def test_a_message_that_somebody_stores_meanwhile(market: Market, shop: Goods) -> None:
    """Whoever stored it applies it: else it would be stored for ever, and booked."""
    placed = market.order(*shop)
    event = paid(placed)
    verified = inbox.verify("stripe", *signed(event))
    with armed("payment.express.decided", lambda: inbox.keep("stripe", verified)):
        assert express(event) is None
    assert payment_of(placed).status == "open" and deliver(event) == "applied"


def test_the_page_that_is_stored_meanwhile(market: Market, shop: Goods) -> None:
    """The message names the session that our own request has just been answered with: no contradiction."""
    placed = market.order(*shop)
    event = paid(placed)
    same = "update payments set session_ref = 'cs_test_' || replace(cast(id as text), '-', '') where order_id = :id"
    with armed("payment.express.decided", lambda: change(same, placed)):
        assert express(event) == "applied"


def test_fifty_repeats_over_sixteen_connections_have_one_effect(app: Flask, market: Market, shop: Goods) -> None:
    """Express and plain, the session's message and the intent's, all at once."""
    placed, other = market.order(*shop), market.order(*shop)
    before = counts()
    told = [paid(placed), paid(placed), paid(placed)]
    tellers = [deliver, plain, deliver, deliver, plain]

    def once(number: int) -> str:
        with app.app_context():
            return tellers[number % 5](told[number % 3])

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(once, range(50))) == {"applied"}
    grown = more(before)
    assert grown.pop("gateway_events") == 3
    assert grown == {"journal_entries": 2, "postings": 7, "events": 2, "outbox": 4}
    assert market.state(other.order.id)[0].status == "pending_payment"
    market.books()


def test_many_orders_of_one_hot_offer_at_once(app: Flask, market: Market, shop: Goods) -> None:
    """Nobody waits in a circle: every payment is booked by the express version."""
    item = (shop[0][0], 1)
    told = [paid(market.order(item, contact=f"b{number}@example.test")) for number in range(24)]

    def once(event: dict[str, Any]) -> str | None:
        with app.app_context():
            return express(event)

    before = counts()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(once, told)) == ["applied"] * 24
    assert more(before)["journal_entries"] == 48
    market.books()


def test_the_first_sale_makes_its_accounts_the_plain_way(market: Market) -> None:
    placed = market.order((market.sell(keys=1), 1))
    event = paid(placed)
    left_alone(event)
    assert deliver(event) == "applied" and market.state(placed.order.id)[0].status == "completed"


def test_numbers_beyond_64_bits_are_left_to_the_plain_version(market: Market, shop: Goods) -> None:
    event = paid(market.order(*shop), metadata_of_tomorrow=2**70)
    before = counts()
    assert express(event) is None and more(before) == {}
    assert plain(event) == "applied"
