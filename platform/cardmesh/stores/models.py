"""Stores, their hosts and builds."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, CreatedAt, Currency, Json, Moment, PrimaryId, TenantOwned


class StoreStatus(StrEnum):
    OPEN = "open"
    MAINTENANCE = "maintenance"


class BuildStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PUBLISHED = "published"
    FAILED = "failed"


class LookStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


class Store(TenantOwned, Base):
    """A themed storefront. `settings` are the theme's values, `templates` the owner's own page layouts by page,
    `profile` the owner's words (contact, announcement).

    `embed_origins` are the sites that may show the store's goods in a frame: see `stores.embed`.
    """

    __tablename__ = "stores"
    __table_args__ = (
        UniqueConstraint("id"),
        UniqueConstraint("handle"),
        CheckConstraint("status in ('open', 'maintenance')", name="status"),
        ForeignKeyConstraint(
            ["tenant_id", "primary_host"], ["store_hosts.tenant_id", "store_hosts.host"], use_alter=True
        ),
    )

    id: Mapped[PrimaryId]
    handle: Mapped[str] = mapped_column(String(40))
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=StoreStatus.OPEN)
    locale: Mapped[str] = mapped_column(server_default="zh-CN")
    currency: Mapped[Currency] = mapped_column(server_default="CNY")
    theme: Mapped[str] = mapped_column(server_default="classic")
    preset: Mapped[str] = mapped_column(server_default="default")
    settings: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    templates: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    profile: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    embed_origins: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    primary_host: Mapped[str | None] = mapped_column(String(253))
    """The domain of its own that the store calls itself by; None: its subdomain. Set by `domains.primary` alone."""
    created_at: Mapped[CreatedAt]


class StoreHost(TenantOwned, Base):
    """A host name that answers for a store: its own subdomain, or a proven domain."""

    __tablename__ = "store_hosts"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "store_id"], ["stores.tenant_id", "stores.id"]),)

    host: Mapped[str] = mapped_column(String(253), primary_key=True, unique=True)
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    created_at: Mapped[CreatedAt]


class StoreLook(TenantOwned, Base):
    """The draft of a store's look, or a look that was published once and never changes (a trigger holds that).

    `revision` grows by one with each save of the draft; of published looks it is their number, from 1.
    """

    __tablename__ = "store_looks"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "store_id"], ["stores.tenant_id", "stores.id"]),
        CheckConstraint("status in ('draft', 'published')", name="status"),
        Index("store_looks_draft_key", "tenant_id", "store_id", unique=True, postgresql_where=text("status = 'draft'")),
        Index(
            "store_looks_published_key",
            *("tenant_id", "store_id", "revision"),
            unique=True,
            postgresql_where=text("status = 'published'"),
        ),
    )

    id: Mapped[PrimaryId]
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    status: Mapped[str]
    revision: Mapped[int]
    theme: Mapped[str]
    theme_version: Mapped[str]
    preset: Mapped[str]
    settings: Mapped[Json]
    templates: Mapped[Json]
    author: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[Moment]
    created_at: Mapped[CreatedAt]


class Build(TenantOwned, Base):
    """One run of the site builder and what it published."""

    __tablename__ = "builds"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "store_id"], ["stores.tenant_id", "stores.id"]),
        CheckConstraint("status in ('queued', 'running', 'published', 'failed')", name="status"),
        Index("builds_store_idx", "tenant_id", "store_id", "id"),
    )

    id: Mapped[PrimaryId]
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    status: Mapped[str] = mapped_column(server_default=BuildStatus.QUEUED)
    reason: Mapped[str] = mapped_column(server_default="")
    pages: Mapped[int] = mapped_column(server_default=text("0"))
    rendered: Mapped[int] = mapped_column(server_default=text("0"))
    failure: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
