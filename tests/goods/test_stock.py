"""Stock is a set: what one takes nobody else gets, what comes back can be sold, and nothing waits."""

import threading
import uuid
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text

from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.inventory.credentials import Credential
from cardmesh.goods.inventory.errors import KeyMissing, NotCapped, NotKeyed, OutOfStock
from cardmesh.goods.inventory.rules import StockBand, band
from cardmesh.goods.models import CardKey, CatalogChange, GoodsKind, StockUnit
from cardmesh.goods.offers import service as offers
from cardmesh.identity.models import AuditRecord
from cardmesh.kit import tenancy
from cardmesh.kit.crypto.aead import DecryptionFailed
from cardmesh.kit.days import start_of
from cardmesh.kit.db import db, transaction
from cardmesh.kit.jobs import outbox, run
from workers.periodic import SCHEDULE
from workers.registry import JOBS

from .conftest import Code, World, add, in_stock


def test_what_is_taken_is_gone_and_what_comes_back_is_there(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.stocked(session, keys=3)
    with transaction(tenancy.trade(world.tenant.id)) as session:
        taken = inventory.take(session, offer=offer, count=2)
        assert len(set(taken)) == 2
    with transaction(tenancy.trade(world.tenant.id)) as session:
        assert in_stock(session, offer) == 1
        inventory.give_back(session, offer=offer, unit_ids=taken)
        inventory.give_back(session, offer=offer, unit_ids=taken)
        assert in_stock(session, offer) == 3


def test_all_or_nothing(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.stocked(session, keys=3)
    with transaction(tenancy.trade(world.tenant.id)) as session:
        with pytest.raises(OutOfStock):
            inventory.take(session, offer=offer, count=4)
        assert in_stock(session, offer) == 3
        assert len(inventory.take(session, offer=offer, count=3)) == 3


def test_a_key_of_another_offer_is_not_given_back(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        mine, other = world.stocked(session, keys=1), world.stocked(session, keys=1, supplier=1)
        sold = inventory.take(session, offer=other, count=1)
        inventory.give_back(session, offer=mine, unit_ids=[*sold, uuid.uuid4()])
        assert (in_stock(session, mine), in_stock(session, other)) == (1, 0)


def test_nobody_waits_for_a_unit_that_is_being_sold(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.stocked(session, keys=2)
    taken: list[uuid.UUID] = []
    refused: list[str] = []

    def another_buyer(app: Flask, count: int) -> None:
        with app.app_context(), transaction(tenancy.trade(world.tenant.id)) as session:
            session.execute(text("set local lock_timeout = '2s'"))
            try:
                taken.extend(inventory.take(session, offer=offer, count=count))
            except OutOfStock as error:
                refused.append(error.code)

    from flask import current_app

    app = current_app._get_current_object()  # pyright: ignore[reportAttributeAccessIssue] - werkzeug's proxy
    with transaction(tenancy.trade(world.tenant.id)) as session:
        mine = inventory.take(session, offer=offer, count=1)
        for count in (1, 1):
            thread = threading.Thread(target=another_buyer, args=(app, count))
            thread.start()
            thread.join()
    assert len(taken) == 1 and taken[0] not in mine
    assert refused == ["insufficient_stock"]


def test_an_unlimited_file_takes_nothing_and_a_capped_one_takes_tokens(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        free = world.offer(session, kind=GoodsKind.FILE)
        assert inventory.take(session, offer=free, count=1_000) == []
        inventory.set_cap(session, offer=free, cap=2)
        tokens = inventory.take(session, offer=free, count=2)
        with pytest.raises(OutOfStock):
            inventory.take(session, offer=free, count=1)
        inventory.give_back(session, offer=free, unit_ids=tokens[:1])
        assert in_stock(session, free) == 1
        inventory.set_cap(session, offer=free, cap=None)
        assert in_stock(session, free) == 0
        inventory.give_back(session, offer=free, unit_ids=tokens)
        assert in_stock(session, free) == 0
        with pytest.raises(NotKeyed):
            add(session, free, ["ABCD"])
        with pytest.raises(NotCapped):
            inventory.set_cap(session, offer=world.offer(session), cap=5)


def test_the_same_key_is_refused_whoever_brings_it_and_however_it_is_written(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
        first = add(session, offer, ["AAAA-1111", "BBBB-2222", "aaaa 1111", "CCCC-3333", "ＢＢＢＢ２２２２"])
        assert (first.accepted, first.duplicates, first.duplicate_lines) == (3, 2, [3, 5])
        assert session.scalars(select(CatalogChange.sku_id)).all()[-1] == world.sku.id
    with transaction(tenancy.supplier(world.suppliers[1].id)) as session:
        other = offers.create_offer(
            session, supplier_id=world.suppliers[1].id, sku_id=world.sku.id, kind="card_key", base_price=_price()
        )
        again = add(session, other, ["cccc3333", "DDDD-4444"])
        assert (again.accepted, again.duplicate_lines) == (1, [1])
        assert in_stock(session, other) == 1


def _price():
    from cardmesh.kit.money import Money

    return Money(9_000, "CNY")


def test_a_key_is_sealed_in_its_place_and_opens_only_there(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
        add(session, offer, ["SECRET-CODE-1"])
        key = session.scalars(select(CardKey)).one()
        assert b"SECRET" not in key.sealed
        assert inventory.open_keys(session, key_ids=[key.id]) == {key.id: [Credential("code", "卡密", "SECRET-CODE-1")]}
        english = inventory.open_keys(session, key_ids=[key.id], locale="en")[key.id][0]
        assert english.label == "Card key"
        with pytest.raises(KeyMissing):
            inventory.open_keys(session, key_ids=[key.id, uuid.uuid4()])
    with transaction(tenancy.platform()) as session:
        moved = session.get_one(CardKey, key.id)
        session.expunge(moved)
        moved.offer_id = uuid.uuid4()
        with pytest.raises(DecryptionFailed):
            inventory._open(session, moved, "en")


def test_a_credential_never_shows_itself_in_a_log() -> None:
    assert "hunter2" not in repr([Credential("password", "密码", "hunter2")])


def test_another_supplier_cannot_open_a_key(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        add(session, world.offer(session), ["SECRET-CODE-1"])
        key_id = session.scalars(select(CardKey.id)).one()
    with transaction(tenancy.supplier(world.suppliers[1].id)) as session, pytest.raises(KeyMissing):
        inventory.open_keys(session, key_ids=[key_id])


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "out"), (1, "low"), (9, "low"), (10, "in_stock"), (None, "in_stock")]
)
def test_bands(count: int | None, expected: str) -> None:
    assert band(count) == expected


def test_the_band_of_a_sku_is_that_of_its_active_offers_together(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        first = world.stocked(session, keys=6)
        second = world.stocked(session, keys=6, supplier=1)
        bands = inventory.stock_band(session, offer_ids=[first.id], sku_ids=[world.sku.id])
        assert bands == {first.id: StockBand.LOW, world.sku.id: StockBand.IN_STOCK}
        offers.pause(session, offer_id=second.id)
        assert inventory.stock_band(session, sku_ids=[world.sku.id]) == {world.sku.id: StockBand.LOW}


def test_a_supplier_withdraws_unsold_keys_and_it_is_on_record(world: World) -> None:
    supplier = world.suppliers[0].id
    with transaction(tenancy.platform()) as session:
        offer = world.stocked(session, keys=5)
        sold = inventory.take(session, offer=offer, count=1)
    with transaction(tenancy.supplier(supplier)) as session:
        some = list(session.scalars(select(StockUnit.unit_id).limit(2)))
        assert inventory.withdraw(session, supplier_id=supplier, offer=offer, unit_ids=some, reason="typo") == 2
        assert inventory.withdraw(session, supplier_id=supplier, offer=offer, unit_ids=sold, reason="typo") == 0
        assert inventory.withdraw(session, supplier_id=supplier, offer=offer, reason="recalled") == 2
        assert in_stock(session, offer) == 0
        record = session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
        assert record and (record.action, record.reason, record.details["keys"]) == ("stock.withdrawn", "recalled", 2)
        assert add(session, offer, [f"{offer.id.hex[-8:]}-000000"]).duplicates == 1


def test_a_key_past_its_day_is_taken_off_sale(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
        keys = [Code(1, "AAAA-1", date(2026, 1, 1)), Code(2, "AAAA-2", date(2027, 1, 1)), Code(3, "AAAA-3")]
        inventory.add_keys(session, offer=offer, records=keys)
        assert inventory.drop_expired(session, today=date(2026, 1, 1)) == 0
        assert inventory.drop_expired(session, today=date(2026, 1, 2)) == 1
        assert in_stock(session, offer) == 2


def test_a_key_that_lapsed_while_it_was_set_aside_is_taken_off_once_it_is_back(world: World) -> None:
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
        inventory.add_keys(session, offer=offer, records=[Code(1, "AAAA-1", date(2026, 1, 1))])
        taken = inventory.take(session, offer=offer, count=1)
        assert inventory.drop_expired(session, today=date(2026, 1, 2)) == 0
        inventory.give_back(session, offer=offer, unit_ids=taken)
        assert inventory.drop_expired(session, today=date(2026, 1, 2)) == 1


def test_keys_long_past_their_day_cost_nothing(world: World) -> None:
    """Sold ones are not looked at again: what is read is what is still for sale."""
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
        old = [Code(line, f"OLD-{line:05}", date(2026, 1, 1)) for line in range(1, 2_001)]
        inventory.add_keys(session, offer=offer, records=old)
        inventory.take(session, offer=offer, count=2_000)
        inventory.add_keys(session, offer=offer, records=[Code(1, "LAST", date(2026, 1, 1))])
    with transaction(tenancy.platform()) as session:
        due = "select * from stock where expires_on < '2026-01-02' order by expires_on limit 1000"
        plan = "\n".join(session.scalars(text(f"explain {due}")))
        assert "stock_expires_on_idx" in plan, plan
        assert inventory.drop_expired(session, today=date(2026, 1, 2)) == 1


def test_the_clockwork_takes_lapsed_keys_off_batch_by_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.topics.goods.BATCH", 2)
    assert "stock.expire" in {every.name for every in SCHEDULE}
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
        records = [Code(line, f"OLD-{line}", date(2026, 1, 1)) for line in range(1, 6)]
        inventory.add_keys(session, offer=offer, records=[*records, Code(9, "NEW-9", date(2999, 1, 1))])
        outbox.send(session, "stock.expire")
    assert run.drain({"stock.expire": JOBS["stock.expire"]}) == 3
    with transaction(tenancy.platform()) as session:
        assert in_stock(session, offer) == 1


def test_a_keys_last_day_ends_at_the_platforms_midnight(world: World) -> None:
    """UTC+8: in London it is four in the afternoon."""
    with transaction(tenancy.platform()) as session:
        offer = world.offer(session)
        inventory.add_keys(session, offer=offer, records=[Code(1, "LAST-1", date(2026, 1, 1))])
    for moment, left in ((start_of(date(2026, 1, 2)) - timedelta(minutes=1), 1), (start_of(date(2026, 1, 2)), 0)):
        with time_machine.travel(moment, tick=False), transaction(tenancy.platform()) as session:
            JOBS["stock.expire"].run(session)
            assert in_stock(session, offer) == left


def test_stock_counting_and_taking_use_the_index(world: World) -> None:
    """The plan is the promise: no sale reads the whole pool, however the pool grows."""
    with transaction(tenancy.platform()) as session:
        offer = world.stocked(session, keys=3_000)
    with db.engine.connect() as connection, connection.begin():
        connection.execute(
            text("select set_config('app.realm','trade',true), set_config('app.tenant',:t,true)"),
            {"t": str(world.tenant.id)},
        )
        from cardmesh.goods.inventory.queries import TAKE

        plan = connection.scalars(
            text(f"explain {TAKE.text}"), {"offer_id": offer.id, "start": uuid.uuid4(), "count": 1}
        ).all()
    assert "Seq Scan on stock" not in "\n".join(plan), "\n".join(plan)
