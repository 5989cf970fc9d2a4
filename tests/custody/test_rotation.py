"""Data keys and the master key are exchanged while orders, reveals and imports go on."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from cardmesh.goods.custody import service as custody
from cardmesh.goods.custody.sealed import TABLES
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.models import CardKey, Offer
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.crypto.models import DataKey
from cardmesh.kit.db import Base, transaction
from cardmesh.kit.events import secrets
from cardmesh.kit.events import service as events
from cardmesh.kit.events.models import WebhookEndpoint
from cardmesh.kit.ids import public_id
from cardmesh.provenance import keys as log_keys
from cardmesh.provenance.models import LogSecret
from cardmesh.settings import Settings
from cardmesh.trade.delivery.reveal import reveal
from cardmesh.trade.models import Order
from tests.custody.conftest import KeysCommand
from tests.fixtures.market import Code, Market

NONE = {sealed.table: 0 for sealed in TABLES}
pytestmark = pytest.mark.usefixtures("app")


def test_every_table_of_sealed_secrets_is_known_to_the_rotation() -> None:
    assert {sealed.table for sealed in TABLES} == {
        table.name for table in Base.metadata.sorted_tables if "key_version" in table.c
    }


def test_everything_lies_under_the_new_keys_afterwards(market: Market, keys_command: KeysCommand) -> None:
    order_id = bought(market, keys=5)
    before, secret = shown(market, order_id), endpoint(market)
    assert keys_command("rotate-data") == {"data_keys": 3, "secrets": 6, "left": 0}
    assert versions() == {2}
    assert shown(market, order_id) == before
    assert signing_secrets(market) == [secret]


def test_the_signing_key_of_the_public_log_is_sealed_anew_too(market: Market, keys_command: KeysCommand) -> None:
    bought(market, keys=1)
    with transaction(tenancy.platform()) as session:
        log_keys.signing_key(session)
    assert keys_command("rotate-data")["left"] == 0
    with transaction(tenancy.platform()) as session:
        assert session.scalars(select(LogSecret.key_version)).all() == [2]
        log_keys.signing_key(session)
    load_keys(market.offer(market.sku(), keys=0), "NEW-1")
    with pytest.raises(AssertionError):  # the blind index is what it was: a known key is still known
        load_keys(market.offer(market.sku(), keys=0), "NEW-1")


def test_one_owners_keys_are_rotated_alone(market: Market, keys_command: KeysCommand) -> None:
    market.sell(keys=2)
    market.sell(keys=3, supplier=1)
    owner = public_id("sup", market.suppliers[1].id)
    assert keys_command("rotate-data", "--owner", owner) == {"data_keys": 1, "secrets": 3, "left": 0}
    assert versions() == {1, 2}


def test_a_rotation_that_died_half_way_is_finished_by_the_next(
    market: Market, keys_command: KeysCommand
) -> None:
    order_id = bought(market, keys=4)
    with transaction(tenancy.platform()) as session:  # what a rotation that died right after its first step leaves
        runtime.current().vault.add_version(session, market.suppliers[0].id, 2)
    assert keys_command("status", expect=1)["outdated"] == {**NONE, "card_keys": 4}
    assert shown(market, order_id)
    assert keys_command("rotate-data")["left"] == 0
    assert versions() == {3}
    assert keys_command("status")["outdated"] == NONE


def test_the_master_key_is_exchanged_without_a_restart(
    market: Market, settings: Settings, keys_command: KeysCommand
) -> None:
    order_id = bought(market, keys=2)
    first = runtime.current().vault.keyring.current().id
    rotated = keys_command("rotate-master", "--new")
    assert rotated == {"data_keys": 2, "secrets": 0, "left": 0}
    second = runtime.current().vault.keyring.current().id
    assert second != first and masters() == {second}
    forget_data_keys()
    assert shown(market, order_id)
    path = settings.data_dir / "secrets" / "master.key"
    assert (len(path.read_bytes()), path.stat().st_mode & 0o777) == (64, 0o600)
    path.write_bytes(path.read_bytes()[32:])  # the old one may be put away now
    forget_data_keys()
    assert shown(market, order_id)


def test_the_apps_role_can_neither_change_nor_delete_a_data_key(settings: Settings, market: Market) -> None:
    market.sell(keys=1)
    for statement in ("update data_keys set wrapped = ''", "delete from data_keys", "update card_keys set sealed = ''"):
        with psycopg.connect(settings.app_database_url or "") as app:
            app.execute("select set_config('app.realm', 'platform', false)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement.encode())


@pytest.mark.parametrize(
    "change", ["fingerprint = 'x'", "offer_id = gen_random_uuid()", "sealed = 'x'", "key_version = 0", "id = id"]
)
def test_the_owner_too_may_only_reseal_upwards(settings: Settings, market: Market, change: str) -> None:
    market.sell(keys=1)
    with psycopg.connect(settings.database_url) as owner:
        owner.execute("select set_config('app.realm', 'platform', false)")
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            owner.execute(f"update card_keys set {change}".encode())  # noqa: S608 - from the list above


def test_orders_reveals_and_imports_go_on_while_keys_are_rotated(
    app: Flask, market: Market, keys_command: KeysCommand
) -> None:
    """Two rotations of data keys and one of the master key under load: no failure, nothing left on an old key."""
    sku = market.sell(keys=1_000)
    offer = market.offer(market.sku(), keys=1)
    market.fund(10_000_000)
    first = market.wallet_order((sku, 1)).id
    expected = shown(market, first)
    loads = iter(range(1_000_000))

    def sell() -> None:
        order = market.wallet_order((sku, 1), ref=uuid.uuid4().hex)
        assert len(shown(market, order.id)) == 1

    def look() -> None:
        assert shown(market, first) == expected

    def load() -> None:
        load_keys(offer, f"LOAD-{next(loads):08}")

    with under_load(app, sell, look, load) as (counts, failures):
        assert keys_command("rotate-data")["left"] == 0
        assert keys_command("rotate-master", "--new")["left"] == 0
        last = keys_command("rotate-data")
    assert failures == []
    assert min(counts.values()) > 10, counts
    assert last["left"] == 0 and last["secrets"] > 1_000
    assert custody.standing().outdated == NONE
    assert masters() == {runtime.current().vault.keyring.current().id}
    assert everything_opens() > 1_000


@contextmanager
def under_load(app: Flask, *works: Callable[[], None]) -> Iterator[tuple[dict[str, int], list[BaseException]]]:
    """Each work again and again in a thread of its own: how often it was done, and what was raised."""
    over = threading.Event()
    counts = dict.fromkeys((work.__name__ for work in works), 0)
    failures: list[BaseException] = []

    def body(work: Callable[[], None]) -> None:
        with app.app_context():
            while not over.wait(0.02):  # room for the command on a machine with one core
                try:
                    work()
                    counts[work.__name__] += 1
                except BaseException as error:
                    failures.append(error)
                    return

    threads = [threading.Thread(target=body, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield counts, failures
    finally:
        over.set()
        for thread in threads:
            thread.join()


def bought(market: Market, keys: int) -> uuid.UUID:
    sku = market.sell(keys=keys)
    market.fund(100_000)
    return market.wallet_order((sku, 1)).id


def shown(market: Market, order_id: uuid.UUID) -> list[str]:
    """What the buyer reads."""
    with transaction(tenancy.trade(market.tenant_id)) as session:
        order = session.scalars(select(Order).where(Order.id == order_id)).one()
        return [one.value for codes in reveal(session, order=order) for one in codes.credentials]


def load_keys(offer: Offer, *values: str) -> None:
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        records = [Code(line, value) for line, value in enumerate(values, 1)]
        assert inventory.add_keys(session, offer=offer, records=records).accepted == len(values)


def endpoint(market: Market) -> str:
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        return events.create_endpoint(session, tenant_id=market.tenant_id, url="http://127.0.0.1:9/hook").secret


def signing_secrets(market: Market) -> list[str]:
    with transaction(tenancy.tenant(market.tenant_id)) as session:
        return secrets.open_all(session, session.scalars(select(WebhookEndpoint)).one())


def versions() -> set[int]:
    """The data key versions of all secrets there are."""
    with transaction(tenancy.platform()) as session:
        return {*session.scalars(select(CardKey.key_version)), *session.scalars(select(WebhookEndpoint.key_version))}


def masters() -> set[str]:
    with transaction(tenancy.platform()) as session:
        return set(session.scalars(select(DataKey.master_id)))


def forget_data_keys() -> None:
    """What a restart forgets."""
    vault = runtime.current().vault
    vault.__init__(vault.keyring)


def everything_opens() -> int:
    with transaction(tenancy.platform()) as session:
        return len(inventory.open_keys(session, key_ids=session.scalars(select(CardKey.id)).all()))
