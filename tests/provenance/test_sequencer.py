"""What is committed is logged, once and in order, whoever overtakes whom and whatever dies."""

import threading
from datetime import date, timedelta
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.models import CardKey
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.provenance import queries, sequencer, signing
from cardmesh.provenance.errors import LogAhead
from cardmesh.provenance.leaves import TOKEN_DOMAIN, Event, tokens_of
from cardmesh.provenance.models import LogBatch, LogKey
from cardmesh.trade.delivery.reveal import reveal
from cardmesh.trade.orders import service as orders
from cardmesh.trade.refunds.service import refund_unit
from tests.fixtures.market import Code, Market, StripeDesk
from tests.provenance import naive
from tests.provenance.conftest import Superuser, events, heads, leaves, logged, one


def token_of(key_id: object) -> bytes:
    with transaction(tenancy.platform()) as session:
        fingerprint = session.scalars(select(CardKey.fingerprint).where(CardKey.id == key_id)).one()
    return sha256(TOKEN_DOMAIN + fingerprint).digest()


def sold_token(market: Market, order_id: object) -> bytes:
    _, units = market.state(order_id)  # pyright: ignore[reportArgumentType] - an order's id
    return token_of(units[0].stock_unit_id)


def test_a_keys_whole_life_is_told_in_order(market: Market) -> None:
    sku = market.sell(keys=2)
    market.fund(100_000)
    order = market.wallet_order((sku, 1))
    token = sold_token(market, order.id)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        reveal(session, order=order)
        reveal(session, order=order)
    _, units = market.state(order.id)
    with transaction(tenancy.trade(market.tenant_id)) as session:
        refund_unit(session, tenant_id=market.tenant_id, unit_id=units[0].id, reason="bad")
    told = logged()
    assert events(told) == ["imported", "listed", "sold", "revealed", "voided"]
    assert {leaf.token for leaf in told[2:]} == {token}, "one name for one key"
    assert told[0].keys == told[1].keys == 2
    assert sequencer.catch_up() == 0, "nothing is told twice"


def test_a_leaf_shows_neither_key_nor_index_nor_party(market: Market) -> None:
    sku = market.sell(keys=1)
    market.fund(100_000)
    order = market.wallet_order((sku, 1))
    logged()
    _, units = market.state(order.id)
    with transaction(tenancy.platform()) as session:
        key = session.scalars(select(CardKey)).one()
    public = " ".join(leaf.text() for leaf in leaves()).encode()
    for secret in (key.fingerprint, key.id.bytes, units[0].id.bytes, order.id.bytes, market.tenant_id.bytes):
        assert secret.hex().encode() not in public
    assert leaves()[-1].text() == f'{{"event":"sold","key":"{token_of(key.id).hex()}"}}'


def test_a_reserved_unit_is_sold_when_it_is_delivered_and_listed_when_let_go(market: Market) -> None:
    sku = market.sell(keys=1)
    placed = market.order((sku, 1))
    assert events(logged()) == ["imported", "listed"]
    with transaction(tenancy.trade(market.tenant_id)) as session:
        orders.cancel(session, tenant_id=market.tenant_id, order_id=placed.order.id)
    assert events(logged()) == ["imported", "listed", "listed"]
    assert leaves()[2].keys is None


def test_a_unit_paid_long_after_it_was_placed_is_logged_at_its_delivery(
    market: Market, stripe_desk: StripeDesk
) -> None:
    """The placing transaction's window has long been read when the unit is delivered under a newer id."""
    placed = market.order((market.sell(keys=1), 1))
    assert events(logged()) == ["imported", "listed"]
    assert stripe_desk.pay(market.checkout(placed)) == 303
    stripe_desk.tell()
    assert events(logged()) == ["imported", "listed", "sold"]


def test_a_key_that_takes_anothers_place_is_sold_and_the_other_replaced(market: Market) -> None:
    sku = market.sell(keys=2)
    market.fund(100_000)
    order = market.wallet_order((sku, 1))
    before = sold_token(market, order.id)
    with transaction(tenancy.platform()) as session:
        session.execute(
            text("update order_units set stock_unit_id = (select unit_id from stock), status = 'replaced'")
        )
        session.execute(text("delete from stock"))
    told = logged()
    assert events(told) == ["imported", "listed", "sold", "replaced"]
    assert (told[2].token, told[3].token) == (sold_token(market, order.id), before)


def test_withdrawn_and_expired_keys_are_voided(market: Market) -> None:
    offer = market.offer(market.sku(), keys=2)
    today = date(2030, 1, 1)
    with transaction(tenancy.platform()) as session:
        row = session.merge(offer, load=False)
        inventory.add_keys(session, offer=row, records=[Code(9, "OLD", expires_on=today - timedelta(days=1))])
    with transaction(tenancy.platform()) as session:
        assert inventory.drop_expired(session, today=today) == 1
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        assert inventory.withdraw(session, supplier_id=offer.supplier_id, offer=offer, reason="mine") == 2
    assert sorted(events(logged())) == ["imported"] * 2 + ["listed"] * 2 + ["voided"] * 3


def test_batches_hold_every_imported_key_once(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "IMPORTED", text(queries.IMPORTED.text.replace("/ 1024", "/ 3")))
    market.offer(market.sku(), keys=7)
    market.offer(market.sku(), keys=2)
    told = logged()
    assert [leaf.keys for leaf in told] == [3, 3, 1, 2] * 2
    with transaction(tenancy.platform()) as session:
        batches = session.scalars(select(LogBatch).order_by(LogBatch.imported_index)).all()
        keys = {token_of_fingerprint(one) for one in session.scalars(select(CardKey.fingerprint))}
    blobs = [tokens_of(batch.tokens) for batch in batches]
    assert {token for blob in blobs for token in blob} == keys and sum(map(len, blobs)) == 9
    assert [naive.mth(blob) for blob in blobs] == [leaf.token for leaf in told[:4]]
    assert [leaf.token for leaf in told[4:]] == [leaf.token for leaf in told[:4]], "put on sale as imported"


def token_of_fingerprint(fingerprint: bytes) -> bytes:
    return sha256(TOKEN_DOMAIN + fingerprint).digest()


def test_heads_are_signed_roots_that_grow_from_each_other(market: Market) -> None:
    market.fund(1_000_000)
    for _ in range(4):
        sku = market.sell(keys=3)
        market.wallet_order((sku, 2))
        logged()
    content = [leaf.content() for leaf in leaves()]
    with transaction(tenancy.public()) as session:
        key = session.scalars(select(LogKey)).one()
    assert [head.size for head in heads()] == [4, 8, 12, 16]
    for head in heads():
        assert head.root == naive.mth(content[: head.size])
        said = signing.Head(head.size, head.root, head.timestamp_ms).signed_bytes()
        assert signing.is_signed(key.public_key, head.signature, said) and len(said) == 50
    assert one("select count(*) from log_nodes") == 8 + 4 + 2 + 1


def test_a_window_is_cut_at_transactions_and_nothing_falls_between(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "FACTS", 3)
    monkeypatch.setattr(sequencer, "KEYS", 4)
    market.fund(10_000_000)
    skus = [market.sell(keys=10) for _ in range(3)]
    for number in range(9):
        market.wallet_order((skus[number % 3], 1 + number % 3))
    told = logged()
    assert events(told).count("sold") == 18 and events(told).count("imported") == 3
    assert len({leaf.token for leaf in told if leaf.event == "sold"}) == 18
    assert len(heads()) > 6, "in several windows"
    for number, leaf in enumerate(told):
        if leaf.event == Event.SOLD:
            assert "imported" in events(told[:number])


def test_a_sale_that_began_first_and_ended_last_is_not_lost(app: Flask, market: Market) -> None:
    """By number or by time the slow one would be passed over: neither is commit order."""
    slow_sku, fast_sku, third_sku = (market.sell(keys=1) for _ in range(3))
    market.fund(1_000_000)
    market.wallet_order((fast_sku, 1))
    assert events(logged()).count("sold") == 1
    sold, may_commit, failed = threading.Event(), threading.Event(), []

    def slow() -> None:
        with app.app_context():
            try:
                with transaction(tenancy.platform()) as session:
                    session.execute(SELL, {"sku": slow_sku})
                    sold.set()
                    assert may_commit.wait(60)
            except BaseException as error:
                failed.append(error)
                sold.set()

    thread = threading.Thread(target=slow)
    thread.start()
    assert sold.wait(60)
    market.wallet_order((third_sku, 1))
    assert events(logged()).count("sold") == 1, "nothing younger than a running transaction is final"
    may_commit.set()
    thread.join()
    assert failed == []
    assert events(logged()).count("sold") == 3, "and nothing is lost when it ends"


SELL = text("""
insert into order_units (tenant_id, id, order_id, line_id, ordinal, sku_id, offer_id, supplier_id, stock_unit_id,
    status, currency, retail_minor, cost_minor, supplier_minor, platform_minor, distributor_minor, delivered_at)
select u.tenant_id, gen_random_uuid(), u.order_id, u.line_id, 100, o.sku_id, o.id, o.supplier_id, s.unit_id,
    'delivered', 'CNY', 0, 0, 0, 0, 0, clock_timestamp()
from order_units u, offers o join stock s on s.offer_id = o.id where o.sku_id = :sku limit 1
""")
"""A sale without the wallet, whose lock would make the fast one wait for the slow."""


def test_sequencers_and_sellers_at_once_lose_and_double_nothing(app: Flask, market: Market) -> None:
    market.fund(100_000_000)
    skus = [market.sell(keys=40) for _ in range(2)]
    done, failed = threading.Event(), []

    def within(body: object) -> threading.Thread:
        def run() -> None:
            with app.app_context():
                try:
                    body()  # pyright: ignore[reportCallIssue]
                except BaseException as error:
                    failed.append(error)
                finally:
                    db.session.remove()

        return threading.Thread(target=run)

    def sell() -> None:
        for number in range(12):
            market.wallet_order((skus[number % 2], 1), ref=f"{threading.get_ident()}-{number}")

    def sequence() -> None:
        while not done.is_set():
            sequencer.catch_up()

    sellers, loggers = [within(sell) for _ in range(3)], [within(sequence) for _ in range(2)]
    for thread in sellers + loggers:
        thread.start()
    for thread in sellers:
        thread.join()
    done.set()
    for thread in loggers:
        thread.join()
    assert failed == []
    told = logged()
    sold = [leaf.token for leaf in told if leaf.event == "sold"]
    assert len(sold) == len(set(sold)) == 36
    content = [leaf.content() for leaf in told]
    assert len(heads()) > 1
    for head in heads():
        assert head.root == naive.mth(content[: head.size])


def test_a_second_sequencer_does_nothing_while_one_is_at_work(app: Flask, market: Market) -> None:
    market.sell(keys=1)
    with db.engine.connect() as connection, connection.begin():
        connection.execute(text("select set_config('app.realm', 'platform', true)"))
        connection.execute(queries.LOCK_STATE)
        assert sequencer.catch_up() == 0
    assert sequencer.catch_up() == 2


@pytest.mark.parametrize("place", ["INSERT_BATCHES", "INSERT_LEAVES", "INSERT_NODES", "MOVE_STATE"])
def test_a_crash_in_the_middle_leaves_nothing_and_the_next_run_everything(
    market: Market, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    market.fund(100_000)
    market.wallet_order((market.sell(keys=2), 1))
    with monkeypatch.context() as patch:
        patch.setattr(queries, place, text("do $$ begin perform pg_terminate_backend(pg_backend_pid()); end $$"))
        with pytest.raises(OperationalError):
            sequencer.catch_up()
    db.session.remove()
    assert leaves() == [] and heads() == [] and one("select size from log_state") == 0
    assert events(logged()) == ["imported", "listed", "sold"]
    assert one("select count(*) from log_nodes") == 1 and one("select count(*) from log_batches") == 1


def test_a_log_restored_elsewhere_refuses_until_it_is_rebased(market: Market, superuser: Superuser) -> None:
    """After a dump was restored into a younger server: its ids begin below those that the log has read."""
    market.fund(100_000)
    sku = market.sell(keys=2)
    logged()
    market.wallet_order((sku, 1))
    superuser.do(
        "update card_keys set xid = '900000000'",
        "update order_units set xid = '900000002'",
        "update log_state set upto = '900000001'",
    )
    with pytest.raises(LogAhead):
        sequencer.catch_up()
    with transaction(tenancy.platform()) as session:
        assert sequencer.rebase(session) == 1, "the sale that the dump still held"
    market.wallet_order((sku, 1))
    told = logged()
    assert events(told) == ["imported", "listed", "sold", "sold"]
    assert told[2].token != told[3].token


@pytest.mark.parametrize(
    "change",
    [
        "delete from key_events",
        "delete from log_leaves",
        "update log_leaves set token = token",
        "update log_nodes set hash = hash",
        "update log_heads set root = root",
        "update log_batches set tokens = tokens",
        "update log_keys set public_key = public_key",
        "delete from log_state",
    ],
)
def test_the_app_cannot_change_what_was_logged(market: Market, change: str) -> None:
    market.sell(keys=1)
    logged()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction(tenancy.platform()) as session:
        session.execute(text(change))
