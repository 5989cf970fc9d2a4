"""Parties and people. A party is the platform, a supplier, or a distributor (its isolation boundary is the tenant)."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT, INET
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, BigId, CreatedAt, Json, Moment, PrimaryId
from ..kit.ids import NIL


class Party(StrEnum):
    PLATFORM = "platform"
    SUPPLIER = "supplier"
    DISTRIBUTOR = "distributor"


class PartyStatus(StrEnum):
    PENDING = "pending_review"
    """Signed up by themselves and not looked at yet: only suppliers wait. They prepare everything and sell nothing."""
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Tenant(Base):
    """A distributor's isolation boundary. `id` is what every tenant row carries."""

    __tablename__ = "tenants"
    __table_args__ = (
        CheckConstraint("handle ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'", name="handle"),
        CheckConstraint("status in ('active', 'suspended')", name="status"),
        CheckConstraint("tier ~ '^VIP[1-9][0-9]?$'", name="tier"),
        Index("tenants_name_idx", "name", "id"),
    )

    id: Mapped[PrimaryId]
    handle: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str]
    tier: Mapped[str] = mapped_column(String(5), server_default="VIP1")
    tier_fixed: Mapped[bool] = mapped_column(server_default=text("false"))
    """The operator chose the tier: sales do not move it."""
    tier_grace_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Sales are below the tier's; it is kept until then."""
    status: Mapped[str] = mapped_column(server_default=PartyStatus.ACTIVE)
    locale: Mapped[str] = mapped_column(server_default="zh-CN")
    created_at: Mapped[CreatedAt]


class Supplier(Base):
    __tablename__ = "suppliers"
    __table_args__ = (CheckConstraint("status in ('pending_review', 'active', 'suspended')", name="status"),)

    id: Mapped[PrimaryId]
    name: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(CITEXT)
    grade: Mapped[str] = mapped_column(server_default="B")
    status: Mapped[str] = mapped_column(server_default=PartyStatus.ACTIVE)
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When one who is PENDING asked to be looked at; None again once that was refused."""
    reviewed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    review_reason: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]


class Person(Base):
    """Somebody who signs in. One e-mail is one person, whatever parties they work for."""

    __tablename__ = "persons"

    id: Mapped[PrimaryId]
    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    name: Mapped[str] = mapped_column(server_default="")
    wanted_email: Mapped[str | None] = mapped_column(CITEXT)
    """The address they move to once the letter there is answered."""
    password_hash: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="zh-CN")
    created_at: Mapped[CreatedAt]


class FormerAddress(Base):
    """An address that somebody signed in with: a letter there tells its owner of the change. Kept half a year."""

    __tablename__ = "former_addresses"

    id: Mapped[PrimaryId]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    email: Mapped[str] = mapped_column(CITEXT)
    created_at: Mapped[CreatedAt]


class Membership(Base):
    """A person's role in a party. `party_id` is the tenant's or supplier's id, nil for the platform."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("party in ('platform', 'supplier', 'distributor')", name="party"),
        CheckConstraint("role in ('owner', 'manager', 'finance', 'support', 'key-uploader', 'read-only')", name="role"),
        Index("memberships_party_id_idx", "party_id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)
    party_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=NIL)
    role: Mapped[str]
    created_at: Mapped[CreatedAt]


class WebSession(Base):
    """A signed-in browser. The cookie holds a random token; only its hash is stored; deleting the row revokes it."""

    __tablename__ = "web_sessions"
    __table_args__ = (
        CheckConstraint("num_nonnulls(visit_party, visit_party_id, visit_ends_at) in (0, 3)", name="visit"),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    party: Mapped[str]
    party_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    user_agent: Mapped[str] = mapped_column(server_default="")
    ip: Mapped[str | None] = mapped_column(INET)
    expires_at: Mapped[Moment]
    proved_at: Mapped[CreatedAt]
    """When the person last showed who they are here: keys and payouts ask for less than ten minutes."""
    seen_at: Mapped[CreatedAt]
    visit_party: Mapped[str | None]
    visit_party_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    visit_ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Until then the platform's person looks at that party's console: see `identity.visits`."""
    created_at: Mapped[CreatedAt]


class ApiKey(Base):
    """A program's credential for one party. `prefix` (shown in lists) finds the row, the hash proves the secret."""

    __tablename__ = "api_keys"
    __table_args__ = (
        CheckConstraint("party in ('platform', 'supplier', 'distributor')", name="party"),
        Index("api_keys_party_id_idx", "party_id"),
    )

    id: Mapped[PrimaryId]
    party: Mapped[str]
    party_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    name: Mapped[str] = mapped_column(server_default="")
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    livemode: Mapped[bool] = mapped_column(server_default=text("false"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String))
    allowed_ips: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    api_version: Mapped[str] = mapped_column(server_default="2026-11-22")
    issued_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    """The person who made it, and answers for what only a person may do; None for one that came with its party."""
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class AuditRecord(Base):
    """Who did what to which thing, when, from where and why. Appended, never changed."""

    __tablename__ = "audit_records"
    __table_args__ = (
        Index("audit_records_party_idx", "party_id", "id"),
        Index("audit_records_subject_idx", "subject_id"),
    )

    id: Mapped[BigId]
    at: Mapped[CreatedAt]
    party_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    actor_kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(server_default="")
    ip: Mapped[str | None] = mapped_column(INET)
    action: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    details: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    reason: Mapped[str] = mapped_column(server_default="")


class IdempotentCall(Base):
    """One `Idempotency-Key` of one party: running while `status` is null, then the stored answer to replay."""

    __tablename__ = "idempotent_calls"
    __table_args__ = (
        Index("idempotent_calls_created_at_idx", "created_at", postgresql_using="brin"),
    )

    party_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """As text, not as jsonb: a repeat gets the first answer to the byte."""
    locked_until: Mapped[Moment]
    created_at: Mapped[CreatedAt]
