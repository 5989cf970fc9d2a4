"""Uploaded themes."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Json, PrimaryId, TenantOwned


class ThemeStatus(StrEnum):
    CHECKING = "checking"
    PASSED = "passed"
    REFUSED = "refused"


class UploadedTheme(TenantOwned, Base):
    """One version of a theme. The package lies in the object storage; once checked, the row never changes (a trigger).

    `findings` are the checker's, in its own words. `contract` is what a choice of preset, settings and layouts is
    checked by, so that nothing needs to be fetched for it; {} of a theme that was refused.
    """

    __tablename__ = "themes"
    __table_args__ = (
        CheckConstraint("status in ('checking', 'passed', 'refused')", name="status"),
        Index(
            "themes_version_key",
            *("tenant_id", "handle", "version"),
            unique=True,
            postgresql_where=text("status = 'passed'"),
        ),
    )

    id: Mapped[PrimaryId]
    handle: Mapped[str] = mapped_column(String(40), server_default="")
    version: Mapped[str] = mapped_column(String(40), server_default="")
    status: Mapped[str] = mapped_column(server_default=ThemeStatus.CHECKING)
    name: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    contract: Mapped[Json] = mapped_column(server_default=text("'{}'"), deferred=True)
    checked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
