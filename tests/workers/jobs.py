"""Jobs for tests: they count their effects in a table of their own, so that a doubled effect shows."""

import time
import uuid
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cardmesh.kit import tenancy
from cardmesh.kit.db import transaction
from cardmesh.kit.jobs import outbox
from cardmesh.kit.jobs.run import Job, for_platform

TABLE = "create unlogged table effects (id bigint generated always as identity, name text, queue text)"
GRANT = "grant select, insert on effects to cardmesh_app"


def note(session: Session, *, label: str, tenant_id: uuid.UUID | None = None) -> None:
    """An effect that commits with the end of the job."""
    session.execute(
        text("insert into effects (name, queue) values (:name, :queue)"),
        {"name": label, "queue": outbox.queue_of(tenant_id)},
    )


def slow(session: Session, *, label: str, seconds: int, tenant_id: uuid.UUID | None = None) -> None:
    note(session, label=label, tenant_id=tenant_id)
    time.sleep(seconds)


def broken(**_: object) -> None:
    raise RuntimeError("secret AAAA-1111 must not be kept")


JOBS = {"test.note": Job(note, for_platform), "test.slow": Job(slow, for_platform), "test.broken": Job(broken)}


def send(name: str, count: int = 1, *, job: str = "test.note", tenant_id: uuid.UUID | None = None, **ids: Any) -> None:
    with transaction(tenancy.platform()) as session:
        for number in range(count):
            outbox.send(session, job, tenant_id=tenant_id, label=f"{name}{number}", **ids)


def effects() -> list[str]:
    """Names in the order of their effects."""
    with transaction(tenancy.platform()) as session:
        return list(session.scalars(text("select name from effects order by id")))


def waiting() -> int:
    with transaction(tenancy.platform()) as session:
        return session.scalar(text("select count(*) from outbox where state <> 'dead'")) or 0
