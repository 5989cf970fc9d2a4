"""Events, endpoints and the log of deliveries."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, CreatedAt, Json, PrimaryId, TenantOwned


class Event(TenantOwned, Base):
    """Something a distributor's programs may want to know: ids and states, never key contents."""

    __tablename__ = "events"

    id: Mapped[PrimaryId]
    type: Mapped[str]
    data: Mapped[Json]
    created_at: Mapped[CreatedAt]


class WebhookEndpoint(TenantOwned, Base):
    """Where a distributor wants its events. The secret is sealed with the tenant's data key."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (CheckConstraint("status in ('enabled', 'disabled')", name="status"),)

    id: Mapped[PrimaryId]
    url: Mapped[str]
    event_types: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    status: Mapped[str] = mapped_column(server_default="enabled")
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    created_at: Mapped[CreatedAt]


class WebhookDelivery(TenantOwned, Base):
    """The log of one attempt to hand one event to one endpoint."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "endpoint_id"], ["webhook_endpoints.tenant_id", "webhook_endpoints.id"]),
        ForeignKeyConstraint(["tenant_id", "event_id"], ["events.tenant_id", "events.id"]),
        Index("webhook_deliveries_endpoint_idx", "tenant_id", "endpoint_id", "id"),
    )

    id: Mapped[PrimaryId]
    endpoint_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    event_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    attempt: Mapped[int]
    status_code: Mapped[int | None]
    error: Mapped[str | None]
    created_at: Mapped[CreatedAt]
