"""Promise work inside a transaction: `send` is an INSERT, nothing else."""

import uuid
from datetime import datetime

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from .. import clock
from .models import OutboxJob

PLATFORM_QUEUE = "platform"


def queue_of(tenant_id: uuid.UUID | None, supplier_id: uuid.UUID | str | int | None = None) -> str:
    """The queue of a tenant's or supplier's work; one each, so that a flood in one starves no other."""
    if tenant_id:
        return f"tenant:{tenant_id}"
    return f"supplier:{supplier_id}" if supplier_id else PLATFORM_QUEUE


def send(
    session: Session,
    name: str,
    *,
    tenant_id: uuid.UUID | None = None,
    run_at: datetime | None = None,
    dedupe_key: str | None = None,
    max_attempts: int = 12,
    **ids: str | int | uuid.UUID,
) -> None:
    """Promise that job `name` runs with `ids` at `run_at` or as soon as the transaction has committed.

    While a job with the same `dedupe_key` waits, it stands for this request too: it cannot start before this
    transaction ends, so it sees what was written here. A job that already runs absorbs nothing.
    """
    args = {key: str(value) if isinstance(value, uuid.UUID) else value for key, value in ids.items()}
    statement = insert(OutboxJob).values(
        queue=queue_of(tenant_id, ids.get("supplier_id")),
        name=name,
        args=args,
        tenant_id=tenant_id,
        run_at=run_at or clock.now(),
        dedupe_key=dedupe_key,
        max_attempts=max_attempts,
    )
    if dedupe_key:  # the update changes nothing but holds the waiting job until we commit
        statement = statement.on_conflict_do_update(
            index_elements=["dedupe_key"],
            index_where=text("state = 'ready'"),  # a parameter here would not match once it is prepared
            set_={
                "dedupe_key": statement.excluded.dedupe_key,
                "run_at": func.least(OutboxJob.run_at, statement.excluded.run_at),
            },
        )
    session.execute(statement)
