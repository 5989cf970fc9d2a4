"""What the database itself can do with a paid webhook's two statements, as the app's role under row-level security.

Orders are placed and their plans decided beforehand; pgbench then reads and writes, without Python or HTTP.
"""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from ..kit.db import call
from ..money.payments.channels import gateway
from ..money.payments.gateways.base import RawEvent, SessionFacts
from ..money.payments.rules import DEFAULT
from ..settings import APP_ROLE, Settings
from ..trade.orders import express_paid, plans
from .limit import pgbench
from .market import Market
from .paid import event_of, placed

TABLE = f"""
drop table if exists bench_plans;
create unlogged table bench_plans (number int primary key, buyer uuid, message text, payment uuid, plan text);
grant select on bench_plans to {APP_ROLE};
"""
SCRIPT = rf"""
\set turn :turn + 1
\set number :client_id * :each + :turn
select d.* from bench_plans b, paid_order('{DEFAULT}', b.message, b.payment) d where b.number = :number;
select settle_paid_order(buyer, plan::jsonb) from bench_plans where number = :number;
"""  # noqa: S608 - our own words


def measure(settings: Settings, market: Market, *, clients: int, count: int) -> dict[str, Any]:
    """Paid orders per second; `count` of them, shared among the clients. Needs an app context."""
    each = max(1, count // clients)
    with psycopg.connect(settings.database_url, autocommit=True) as owner, tempfile.TemporaryDirectory() as folder:
        owner.execute(TABLE)
        try:
            with owner.cursor() as cursor:
                cursor.executemany("insert into bench_plans values (%s, %s, %s, %s, %s)", _plans(market, clients, each))
            script = Path(folder) / "paid.sql"
            script.write_text(SCRIPT)
            what = ["-f", str(script), "-t", str(each), "-D", "turn=-1", "-D", f"each={each}"]
            return {"paid_per_second": pgbench(settings.app_database_url or "", what, clients)}
        finally:
            owner.execute("drop table bench_plans")


def _plans(market: Market, clients: int, each: int) -> Iterator[tuple[int, uuid.UUID, str, uuid.UUID, str]]:
    payments = (payment for client in range(clients) for payment in placed(market, client, each))
    for number, payment in enumerate(payments):
        payload = event_of(payment)
        event = RawEvent(payload["id"], payload["type"], payload)
        facts = gateway().interpret(payload)
        if not isinstance(facts, SessionFacts):
            raise TypeError("an event that tells nothing")
        rows = call(express_paid.READ, (DEFAULT, event.ref, payment.id))
        plan = plans.as_json(express_paid.plan_of(DEFAULT, event, facts, rows))
        yield number, payment.tenant_id, event.ref, payment.id, plan
