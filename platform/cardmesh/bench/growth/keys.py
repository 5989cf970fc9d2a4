"""Keys by the million: sealed and fingerprinted as an import does it, copied in by the superuser without a staging."""

import psycopg

from ...app import create_app
from ...goods.inventory import load
from ...goods.inventory.credentials import Credential, Form
from ...goods.inventory.load import sealer
from ...goods.inventory.sealing import Clear, Sealed
from ...kit import tenancy
from ...kit.db import db, transaction
from ...settings import Settings
from .parties import Pool
from .size import Size

_BATCH = 50_000
SOLD = "create unlogged table if not exists grown_sold (offer_id uuid, place int, unit_id uuid)"
"""Keys that orders will have taken: in the vault, not in stock."""
_FORM = Form([Credential("code", "卡密", "")])


def fill(settings: Settings, url: str, pools: list[Pool], _: Size) -> None:
    """All keys of these offers. Runs in a process of its own."""
    app = create_app(settings)
    with app.app_context(), psycopg.connect(url) as connection:
        connection.execute("select pg_advisory_xact_lock(7)")
        connection.execute(SOLD)
        connection.commit()
        connection.execute("set session_replication_role = replica")
        connection.execute(load.STAGING.replace("on commit delete rows", "").encode())
        connection.commit()
        for pool in pools:
            with transaction(tenancy.supplier(pool.supplier_id)) as session:
                seal = sealer(session, pool.supplier_id).seal
            for start in range(0, pool.keys, _BATCH):
                _store(connection, pool, seal(_clear(pool, start, min(start + _BATCH, pool.keys))))
        db.engine.dispose()


def _clear(pool: Pool, start: int, end: int) -> Clear:
    """Lines count from 1; keys up to `pool.sold` are the sold ones."""
    values = [f"{pool.offer_id.hex[-12:]}-{number:08d}" for number in range(start, end)]
    count = end - start
    payloads, texts = _FORM.payloads([values]), _FORM.fingerprint_texts([values])
    lines = list(range(start + 1, end + 1))
    return Clear(lines, [pool.offer_id.bytes] * count, payloads, texts, [None] * count)


def _store(connection: psycopg.Connection, pool: Pool, keys: Sealed) -> None:
    values = {"supplier": pool.supplier_id, "version": keys.version, "sold": pool.sold}
    connection.execute("truncate staged_keys")
    with connection.cursor() as cursor, cursor.copy(load.COPY.encode()) as copy:
        copy.write(load.COPY_HEAD)
        copy.write(keys.rows)
        copy.write(load.COPY_END)
    for statement in (
        "insert into card_keys (supplier_id, id, offer_id, sealed, key_version, fingerprint)"
        " select %(supplier)s, id, offer_id, sealed, %(version)s, fingerprint from staged_keys order by id",
        "insert into stock (supplier_id, offer_id, unit_id)"
        " select %(supplier)s, offer_id, id from staged_keys where line > %(sold)s order by id",
        "insert into grown_sold select offer_id, line, id from staged_keys where line <= %(sold)s",
    ):
        connection.execute(statement.encode(), values)
    connection.commit()
