"""Pending work. A finished job is deleted, a hopeless one stays as a dead letter until a person decides."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Index, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, BigId, CreatedAt, Json, Moment


class JobState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    DEAD = "dead"


class OutboxJob(Base):
    """One promise. `args` hold ids only, never a secret; `queue` is the tenant's, the supplier's or `platform`.

    At most one job of a `dedupe_key` waits; one that runs does not count, for it may have read too early to know.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state in ('ready', 'leased', 'dead')", name="state"),
        Index("outbox_due_idx", "queue", "run_at", "id", postgresql_where=text("state = 'ready'")),
        Index("outbox_lease_idx", "lease_until", postgresql_where=text("state = 'leased'")),
        Index("outbox_dead_idx", "queue", "id", postgresql_where=text("state = 'dead'")),
        Index("outbox_dedupe_idx", "dedupe_key", unique=True, postgresql_where=text("state = 'ready'")),
        {
            "postgresql_with": {
                "autovacuum_vacuum_scale_factor": "0.01",
                "autovacuum_vacuum_threshold": "1000",
            }
        },
    )

    id: Mapped[BigId]
    queue: Mapped[str]
    name: Mapped[str]
    args: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    dedupe_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=JobState.READY)
    run_at: Mapped[Moment] = mapped_column(server_default=func.clock_timestamp())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    max_attempts: Mapped[int] = mapped_column(server_default=text("12"))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_token: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    last_error: Mapped[str | None]
    created_at: Mapped[CreatedAt]
