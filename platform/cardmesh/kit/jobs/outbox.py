"""Promise work inside a transaction: `send` is an INSERT, nothing else."""

import uuid
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from .. import clock
from .models import OutboxJob

PLATFORM_QUEUE = "platform"


def queue_of(tenant_id: uuid.UUID | None) -> str:
    """The queue that carries a tenant's work; one each, so that a flood in one starves no other."""
    return f"tenant:{tenant_id}" if tenant_id else PLATFORM_QUEUE


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

    A job with a `dedupe_key` is dropped while another with the same key is still pending.
    """
    args = {key: str(value) if isinstance(value, uuid.UUID) else value for key, value in ids.items()}
    statement = insert(OutboxJob).values(
        queue=queue_of(tenant_id),
        name=name,
        args=args,
        tenant_id=tenant_id,
        run_at=run_at or clock.now(),
        dedupe_key=dedupe_key,
        max_attempts=max_attempts,
    )
    session.execute(
        statement.on_conflict_do_nothing(
            index_elements=["dedupe_key"], index_where=OutboxJob.dedupe_key.is_not(None)
        )
        if dedupe_key
        else statement
    )
