"""`cardmesh bench imports`: a csv of keys through the whole import, next to the database's and the cipher's own limits.

The sheet is uploaded, sealed, stored and run as the worker runs it, into a table that holds keys already. The import
runs in a process of its own, so that its peak memory is its own. The limits are measured in the same run: the same rows
by bare COPY and INSERT, and encryption alone on one core; figures of one run compare, figures of two machines do not.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select

from ..app import create_app
from ..embedded.postgres import Postgres
from ..goods.catalog.service import ensure_categories, find_or_create_sku
from ..goods.imports import lines, loader
from ..goods.imports import service as imports
from ..goods.imports.plain import KeyLines
from ..goods.imports.service import get_import
from ..goods.inventory import load
from ..goods.inventory.sealing import Clear, Sealed, Sealer
from ..goods.offers.service import create_offer
from ..identity.suppliers.service import create_supplier
from ..kit import ids, migrate, tenancy
from ..kit.db import db, transaction
from ..kit.money import Money
from ..settings import APP_ROLE, Settings

_PIECE = 50_000


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keys", type=int, default=1_000_000, help="keys in the csv (default 1,000,000)")
    parser.add_argument("--held", type=int, default=1_000_000, help="keys in the table before (default 1,000,000)")
    parser.add_argument("--duplicates", type=int, default=1_000, help="lines that repeat a key (default 1,000)")
    parser.add_argument("--runs", type=int, default=1, help="imports in a row, each of new keys (default 1)")
    parser.add_argument("--child", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Raises RuntimeError when a count is not what the sheet holds."""
    if options.child:
        return _child(json.loads(options.child))
    with tempfile.TemporaryDirectory() as folder, Postgres(Path(folder)) as server:
        settings = {
            "database_url": server.url(),
            "app_database_url": server.url(user=APP_ROLE),
            "data_dir": folder,
            "secret_key": uuid.uuid4().hex,
        }
        migrate.upgrade(_settings(settings))
        place = _offer(settings)
        _import(settings | place, "HELD", options.held, 0)
        runs = [_import(settings | place, f"R{n}", options.keys, options.duplicates) for n in range(options.runs)]
        best = sorted(runs, key=lambda one: one["keys_per_second"])[len(runs) // 2]
        limits = _limits(server.url(user=APP_ROLE), place, min(options.keys, 200_000))
    return {
        "bench": "imports",
        "held_before": options.held,
        **best,
        "runs": [one["keys_per_second"] for one in runs],
        "limits": limits,
        "ratio_to_sql": round(best["keys_per_second"] / limits["sql_keys_per_second"], 2),
        "load_average": os.getloadavg()[0],
    }


def _settings(values: dict[str, str]) -> Settings:
    return Settings(
        database_url=values["database_url"],
        app_database_url=values["app_database_url"],
        data_dir=Path(values["data_dir"]),
        secret_key=values["secret_key"],
    )


def _offer(settings: dict[str, str]) -> dict[str, str]:
    app = create_app(_settings(settings))
    with app.app_context():
        with transaction(tenancy.platform()) as session:
            ensure_categories(session)
            supplier = create_supplier(session, name="Bench", email="bench@example.com")
            sku = find_or_create_sku(session, product_name="Bench card", category_slug="games", sku_name="10")
            price = Money(1000, "CNY")
            offer = create_offer(session, supplier_id=supplier.id, sku_id=sku.id, kind="card_key", base_price=price)
        db.engine.dispose()
    return {"supplier": str(supplier.id), "offer": str(offer.id)}


def _sheet(path: Path, prefix: str, keys: int, duplicates: int) -> None:
    """One key a line in no order, as suppliers export them; the last `duplicates` lines repeat earlier ones."""
    numbers = list(range(keys - duplicates))
    random.Random(7).shuffle(numbers)  # noqa: S311 - a fixed order, no secret
    with path.open("w") as sheet:
        sheet.write("卡密\n")
        for number in numbers + numbers[:duplicates]:
            sheet.write(f"{prefix}-{number:08X}-{number * 2654435761 % 4294967296:08X}\n")


def _import(settings: dict[str, str], prefix: str, keys: int, duplicates: int) -> dict[str, Any]:
    """One import in a process of its own."""
    path = Path(settings["data_dir"]) / f"{prefix}.csv"
    _sheet(path, prefix, keys, duplicates)
    task = json.dumps(settings | {"sheet": str(path)})
    command = [sys.executable, "-m", "cardmesh", "bench", "imports", "--child", task]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode:
        raise RuntimeError(answer.stderr[-2_000:])
    path.unlink()
    found = json.loads(answer.stdout)
    if (found["keys"], found["duplicates"]) != (keys, duplicates):
        raise RuntimeError(f"{keys} lines with {duplicates} duplicates came to {found}")
    return found


def _child(task: dict[str, str]) -> dict[str, Any]:
    """Upload and run one sheet; the stages overlap, so each is timed in its own thread."""
    app = create_app(_settings(task))
    supplier_id, offer_id = uuid.UUID(task["supplier"]), uuid.UUID(task["offer"])
    scope = tenancy.supplier(supplier_id)
    spent, born = _watch(), time.process_time()
    with app.app_context():
        began = time.perf_counter()
        with Path(task["sheet"]).open("rb") as sheet:
            upload = imports.store_upload(scope, supplier_id=supplier_id, stream=sheet)
        with transaction(scope) as session:
            row = imports.start(session, supplier_id=supplier_id, kind="keys", offer_id=offer_id, stream=upload)
        stored = time.perf_counter()
        imports.run(row.id, supplier_id)
        seconds = time.perf_counter() - stored
        with transaction(scope) as session:
            done = get_import(session, row.id)
            backend = session.scalar(select(func.pg_backend_pid())) or 0
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "keys": done.total,
        "keys_per_second": round(done.total / seconds),
        "duplicates": done.duplicates,
        "seconds": {
            "upload": round(stored - began, 2),
            "import": round(seconds, 2),
            **{name: round(value, 2) for name, value in spent.items()},
        },
        "cpu_us_per_key": {
            "import": round((own.ru_utime + own.ru_stime - born) * 1e6 / done.total, 1),
            "database": round(_cpu_seconds(backend) * 1e6 / done.total, 1),
        },
        "peak_rss_mb": own.ru_maxrss // 1024,
    }


def _cpu_seconds(pid: int) -> float:
    """What a process on this machine has used so far: the connection is new, so its backend did nothing else."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _watch() -> dict[str, float]:
    """Seconds in each stage, by wrapping what the import calls; reading and sealing run beside storing."""
    spent: dict[str, float] = {"read": 0, "seal": 0, "copy": 0, "store": 0}

    def timed(owner: Any, name: str, stage: str) -> None:
        inner = getattr(owner, name)

        def outer(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return inner(*arguments, **named)
            finally:
                spent[stage] += time.perf_counter() - began

        setattr(owner, name, outer)

    timed(lines.Delimited, "block", "read")
    timed(KeyLines, "block", "read")
    timed(Sealer, "seal", "seal")
    timed(load, "_copy", "copy")
    timed(loader, "load_sealed", "store")
    return spent


def _limits(url: str, place: dict[str, str], keys: int) -> dict[str, float]:
    """What the database does with the same rows when nothing else is to do, and what the cipher does alone."""
    supplier_id, offer_id = uuid.UUID(place["supplier"]), uuid.UUID(place["offer"])
    cipher = AESGCM(os.urandom(32))
    sealer = Sealer(supplier_id, 1, cipher, os.urandom(32))
    text = [b'[{"label":"K","type":"code","value":"LIMIT-%08d-ABCDEFGH"}]' % number for number in range(keys)]
    pieces = [sealer.seal(_clear(offer_id, text[at : at + _PIECE])) for at in range(0, keys, _PIECE)]
    with closing(psycopg.connect(url)) as connection:
        sql = _bare(connection, supplier_id, pieces)
    began = time.perf_counter()
    for one in text:
        cipher.encrypt(b"0" * 12, one, text[0])
    return {
        "sql_keys_per_second": round(keys / sql),
        "encrypt_per_second": round(keys / (time.perf_counter() - began)),
    }


def _clear(offer_id: uuid.UUID, payloads: list[bytes]) -> Clear:
    count = len(payloads)
    return Clear([0] * count, [offer_id.bytes] * count, payloads, [os.urandom(24) for _ in payloads], [None] * count)


def _bare(connection: psycopg.Connection, supplier_id: uuid.UUID, pieces: list[Sealed]) -> float:
    """The statements of `inventory.load` without anything around them."""
    import_id = ids.new_id()
    began = time.perf_counter()
    for piece in pieces:
        connection.execute("select set_config('app.supplier', %s, true)", [str(supplier_id)])
        connection.execute(load.ROOM.encode())
        connection.execute(load.STAGING.encode())
        with connection.cursor() as cursor, cursor.copy(load.COPY.encode()) as copy:
            copy.write(load.COPY_HEAD + piece.rows + load.COPY_END)
        for statement in (load.KEEP_ALL, load.STOCK):
            values = {"supplier_id": str(supplier_id), "import_id": str(import_id), "version": "1"}
            for name, value in values.items():
                statement = statement.replace(f":{name}", f"'{value}'")
            connection.execute(statement.encode())
        connection.commit()
    return time.perf_counter() - began
