"""A thousand marked keys go through everything: import, sale, refund, letters, webhooks, exports, errors. Afterwards
the mark is found in what the buyer was given, and nowhere else.
"""

import base64
import gzip
import io
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg
import pytest
from apiflask import APIFlask
from redis import Redis
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from cardmesh.app import create_web
from cardmesh.embedded.postgres import SUPERUSER
from cardmesh.embedded.valkey import Valkey
from cardmesh.goods.imports import service as imports
from cardmesh.goods.models import Offer
from cardmesh.identity.api_keys import service as api_keys
from cardmesh.identity.models import Party
from cardmesh.kit import tenancy
from cardmesh.kit.db import db, transaction
from cardmesh.kit.events import service as events
from cardmesh.kit.ids import public_id
from cardmesh.kit.jobs import dispatch
from cardmesh.kit.jobs.models import OutboxJob
from cardmesh.kit.jobs.run import drain, run_job
from cardmesh.settings import Settings
from cardmesh.sims.mail import MailSim, running_mail
from cardmesh.trade.models import OrderUnit
from cardmesh.trade.refunds.service import refund_unit
from tests.custody.hunt import MARK, hits, in_files, in_redis, in_tables
from tests.fixtures.database import Databases
from tests.fixtures.market import Market, open_market
from tests.fixtures.receiver import Receiver
from workers import carrier
from workers.registry import JOBS

KEYS = 1_000
Call = Callable[..., TestResponse]


@dataclass
class Trading:
    """One installation in which marked keys are traded, and everything that leaves it."""

    market: Market
    settings: Settings
    mail: MailSim
    receiver: Receiver
    call: Call
    answers: list[bytes] = field(default_factory=list)
    """What programs were told, but for the answers that are meant to hold codes."""


@pytest.fixture
def trading(settings: Settings, receiver: Receiver) -> Iterator[Trading]:
    with running_mail() as mail:
        made = replace(settings, smtp_url=f"smtp://127.0.0.1:{mail.smtp_port}")
        app = create_web(made)
        with app.app_context():
            with transaction(tenancy.platform()) as session:
                market = open_market(session)
            with transaction(tenancy.tenant(market.tenant_id)) as session:
                events.create_endpoint(session, tenant_id=market.tenant_id, url=receiver.url)
            yield Trading(market, made, mail, receiver, calling(app))
            db.session.remove()
            db.engine.dispose()


def test_a_key_is_in_its_buyers_hands_and_nowhere_else(
    trading: Trading,
    databases: Databases,
    valkey: Valkey,
    redis: Redis,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "mail.log")  # the recipient's mail server, not ours
    redis.config_set("rdbcompression", "no")
    with watching(redis, valkey.url()) as commands:
        offer = import_keys(trading)
        orders = sell(trading, offer)
        codes = look(trading, orders)
        carry(redis)
        drain(JOBS)
        give_back(trading, orders[0])
        drain(JOBS)
        export(trading)
        provoke(trading, offer, orders, databases)
        redis.save()
    assert len(codes) == KEYS and all(code.startswith(MARK) for code in codes), "the buyer has them all"
    letters = trading.mail.store.search(limit=100)
    assert any(MARK in one.parsed.as_string() for one in letters), "a letter of a delivery carries its keys"
    assert [one.subject for one in letters if hits(one.subject.encode())] == []
    sent = [repr(headers).encode() + body for headers, body in trading.receiver.requests]
    assert sent and not any(map(hits, sent))
    assert [answer for answer in trading.answers if hits(answer)] == []
    assert len(commands) > 10 and [line for line in commands if hits(line)] == []
    assert in_redis(redis) == []
    name = trading.settings.database_url.split("?")[0].rpartition("/")[2]
    superuser = databases.server.url(name, user=SUPERUSER)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("checkpoint")
    assert in_tables(superuser) == []
    assert list((databases.server.cluster / "pg_wal").glob("0*")), "there is a log to look into"
    snapshots = Path(str(redis.config_get("dir")["dir"]))
    assert list(snapshots.glob("*.rdb"))
    assert in_files(databases.folder, trading.settings.data_dir, snapshots) == []
    printed = capfd.readouterr()
    logged = caplog.text + printed.out + printed.err + "\n".join(str(record.__dict__) for record in caplog.records)
    assert "Traceback" in logged and "RuntimeError" in logged, "the provoked errors were logged"
    assert [line for line in logged.splitlines() if hits(line.encode())] == []


def import_keys(trading: Trading) -> Offer:
    """By HTTP, as a sheet: good ones, some twice, some broken."""
    offer = trading.market.offer(trading.market.sku(), keys=0, max_quantity=1000)
    trading.market.put_on_sale(offer.sku_id, 10_800)
    with transaction(tenancy.platform()) as session:
        key = api_keys.issue(session, party=Party.SUPPLIER, party_id=offer.supplier_id).secret
    good = [f"{MARK}-{uuid.uuid4().hex.upper()}" for _ in range(KEYS)]
    bad = [f"{MARK} {'长' * 3000}", f"{MARK}\x00", f"{MARK}\ufffd", f'"{MARK}']
    path = f"/v1/supplier/offers/{public_id('off', offer.id)}/keys"
    for lines in (good, good[:50], bad, good[:3] + bad):
        sheet = "\n".join(["卡密", *lines]).encode()
        trading.answers.append(trading.call("POST", path, key, data=sheet, content_type="text/csv").data)
    refused = 0
    strange = (f'{{"keys": ["{MARK}"], "{MARK}": 1}}', f'{{"keys": [{{"a": "{MARK}"}}]}}', f'{{"keys": "{MARK}"', MARK)
    for body in strange:
        answer = trading.call("POST", path, key, data=body, content_type="application/json")
        trading.answers.append(answer.data)
        refused += answer.status_code in (400, 422)
    assert refused >= 2
    drain(JOBS)
    listed = trading.call("GET", "/v1/supplier/imports", key)
    trading.answers.append(listed.data)
    for one in listed.get_json()["data"]:
        trading.answers.append(trading.call("GET", f"/v1/supplier/imports/{one['id']}", key).data)
    return offer


def sell(trading: Trading, offer: Offer) -> list[uuid.UUID]:
    """All of them from the wallet, with a buyer's address so that letters go out."""
    trading.market.fund(20_000 * KEYS)
    made = [trading.market.wallet_order((offer.sku_id, 100)).id for _ in range(KEYS // 100)]
    with transaction(tenancy.platform()) as session:
        session.execute(text("update orders set contact = 'buyer@example.test', contact_kind = 'email'"))
        for order_id in made[:2]:
            session.add(
                OutboxJob(
                    queue="platform",
                    name="mail.order_delivered",
                    args={"order_id": str(order_id)},
                    tenant_id=trading.market.tenant_id,
                )
            )
    return made


def look(trading: Trading, orders: list[uuid.UUID]) -> list[str]:
    """Every code, by the API."""
    with transaction(tenancy.platform()) as session:
        key = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=trading.market.tenant_id).secret
    values = []
    for order_id in orders:
        answer = trading.call("GET", f"/v1/orders/{public_id('ord', order_id)}/codes", key)
        values += [one["value"] for codes in answer.get_json()["data"] for one in codes["credentials"]]
        trading.answers.append(trading.call("GET", f"/v1/orders/{public_id('ord', order_id)}", key).data)
    trading.answers += [trading.call("GET", path, key).data for path in ("/v1/orders", "/v1/events", "/v1/claims")]
    return values


def carry(redis: Redis) -> None:
    """What the dispatcher hands to the queues."""
    with transaction(tenancy.platform()) as session:
        due = dispatch.window(session)
    assert due
    for job in due:
        carrier.push(redis, job.queue, [job.id])


def give_back(trading: Trading, order_id: uuid.UUID) -> None:
    with transaction(tenancy.trade(trading.market.tenant_id)) as session:
        unit = session.scalars(select(OrderUnit.id).where(OrderUnit.order_id == order_id)).first()
        assert unit
        refund_unit(session, tenant_id=trading.market.tenant_id, unit_id=unit, reason="does not work")


def export(trading: Trading) -> None:
    with transaction(tenancy.platform()) as session:
        keys = [
            api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=trading.market.tenant_id).secret,
            api_keys.issue(session, party=Party.SUPPLIER, party_id=trading.market.suppliers[0].id).secret,
        ]
    for path, key in (("/v1/statements", keys[0]), ("/v1/supplier/statements", keys[1])):
        for kind in ("csv", "xlsx"):
            answer = trading.call("GET", f"{path}?format={kind}", key)
            assert answer.status_code == 200
            trading.answers.append(answer.data)
    trading.answers.append(trading.call("GET", "/v1/supplier/orders", keys[1]).data)


def provoke(trading: Trading, offer: Offer, orders: list[uuid.UUID], databases: Databases) -> None:
    """Errors with a key at hand: while one is shown, while one is loaded, and a ciphertext out of its place."""
    with transaction(tenancy.platform()) as session:
        key = api_keys.issue(session, party=Party.DISTRIBUTOR, party_id=trading.market.tenant_id).secret
    path = f"/v1/orders/{public_id('ord', orders[-1])}/codes"
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("cardmesh.goods.inventory.credentials.Credential.labelled", _fail)
        answer = trading.call("GET", path, key)
    assert answer.status_code == 500
    trading.answers.append(answer.data)
    with transaction(tenancy.supplier(offer.supplier_id)) as session:
        sheet = io.BytesIO(f"卡密\n{MARK}-LATE-0001\n".encode())
        ids = {"supplier_id": offer.supplier_id, "offer_id": offer.id}
        imports.start(session, kind="keys", filename="late.csv", stream=sheet, **ids)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("cardmesh.kit.crypto.aead.seal_all", _fail)
        drain(JOBS)
    with transaction(tenancy.platform()) as session:
        failed = session.scalars(select(OutboxJob).where(OutboxJob.name == "imports.run")).one()
        assert "RuntimeError" in (failed.last_error or "")
        failed.run_at = failed.created_at
    assert run_job(JOBS, failed.id)
    name = trading.settings.database_url.split("?")[0].rpartition("/")[2]
    with psycopg.connect(databases.server.url(name, user=SUPERUSER)) as superuser:
        superuser.execute("set session_replication_role = replica")
        superuser.execute("update card_keys set sealed = (select sealed from card_keys order by id limit 1)")
    answer = trading.call("GET", path, key)
    assert answer.status_code == 500
    trading.answers.append(answer.data)


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("provoked")


def calling(app: APIFlask) -> Call:
    """Calls the API with a key, in a context of its own."""

    def call(method: str, path: str, key: str, **options: Any) -> TestResponse:
        headers = {"Host": "localhost", "Authorization": f"Bearer {key}", "Idempotency-Key": uuid.uuid4().hex}
        return Context().run(app.test_client().open, path, method=method, headers=headers, **options)

    return call


@contextmanager
def watching(redis: Redis, url: str) -> Iterator[list[bytes]]:
    """Every command that anybody sends to Redis meanwhile."""
    seen: list[bytes] = []
    over = threading.Event()

    def body() -> None:
        patient = Redis.from_url(url, socket_timeout=None)
        with patient.monitor() as monitor:
            ready.set()
            while not over.is_set():
                seen.append(repr(monitor.next_command()).encode())
        patient.close()

    ready = threading.Event()
    thread = threading.Thread(target=body)
    thread.start()
    assert ready.wait(10)
    try:
        yield seen
    finally:
        over.set()
        redis.ping()  # wakes the watcher for the last time
        thread.join()


def test_the_hunt_finds_what_is_there(tmp_path: Path) -> None:
    clear = f"x{MARK}-1".encode()
    encoded = [base64.b64encode(b"y" * offset + clear) for offset in range(3)]
    for place, content in enumerate((clear, clear.hex().encode(), *encoded)):
        (tmp_path / str(place)).write_bytes(content)
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", clear * 9)
    (tmp_path / "xlsx").write_bytes(packed.getvalue())
    (tmp_path / "gz").write_bytes(gzip.compress(clear * 9))
    assert len(in_files(tmp_path)) == 7
    assert in_files(tmp_path / "none") == []
