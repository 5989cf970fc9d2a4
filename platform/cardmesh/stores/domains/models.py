"""Attempts to use a domain. An ended one stays for ever: its token never proves anything again."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Moment, PrimaryId, TenantOwned


class DomainStatus(StrEnum):
    PENDING = "pending"
    PROVEN = "proven"
    ENDED = "ended"


class Domain(TenantOwned, Base):
    """One attempt. Many may try for one host at once; only a proven one has its row in `store_hosts`.

    `proof_at`, `routed_at`: since when the TXT record, and the way here, are there; None when they were not at the
    last look. `failing_since` and `failures` count looks at a proven domain that lacked one of the two.
    """

    __tablename__ = "domains"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "store_id"], ["stores.tenant_id", "stores.id"]),
        UniqueConstraint("token"),
        CheckConstraint("status in ('pending', 'proven', 'ended')", name="status"),
        Index("domains_open_idx", "tenant_id", "host", unique=True, postgresql_where=text("status <> 'ended'")),
        Index("domains_proven_idx", "host", unique=True, postgresql_where=text("status = 'proven'")),
        Index("domains_due_idx", "next_check_at", postgresql_where=text("status <> 'ended'")),
    )

    id: Mapped[PrimaryId]
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    host: Mapped[str] = mapped_column(String(253))
    token: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=DomainStatus.PENDING)
    wanted: Mapped[bool] = mapped_column(server_default=text("false"))
    """The owner's choice as the store's main address; in force while the domain is sound."""
    proof_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    routed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    certificate_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the proxy first asked whether it may get a certificate."""
    problem: Mapped[str | None]
    """What the last look found wrong, a key of `words.PROBLEMS`."""
    failing_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    checks: Mapped[int] = mapped_column(server_default=text("0"))
    checked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_check_at: Mapped[Moment]
    proven_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_because: Mapped[str | None]
    created_at: Mapped[CreatedAt]
