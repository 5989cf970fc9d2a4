"""One paper each. Its facts are sealed in the row, its picture in the object store, both with the party's data key."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt
from ...kit.ids import new_id


class DocumentKind(StrEnum):
    BUSINESS_LICENCE = "business_licence"
    IDENTITY_FRONT = "identity_front"
    IDENTITY_BACK = "identity_back"
    PERMIT = "permit"


class DocumentStatus(StrEnum):
    PENDING = "pending_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """It ended, or half a year has passed: a new one is asked for."""


class IdentityDocument(Base):
    __tablename__ = "identity_documents"
    __table_args__ = (
        CheckConstraint("party in ('supplier', 'distributor')", name="party"),
        CheckConstraint("kind in ('business_licence', 'identity_front', 'identity_back', 'permit')", name="kind"),
        CheckConstraint("status in ('pending_review', 'approved', 'rejected', 'expired')", name="status"),
        Index("identity_documents_waiting_idx", "id", postgresql_where=text("status = 'pending_review'")),
    )

    party_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    party: Mapped[str]
    kind: Mapped[str]
    key_version: Mapped[int]
    facts: Mapped[bytes] = mapped_column(LargeBinary)
    """Name, number and last day, as sealed JSON."""
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(server_default=DocumentStatus.PENDING)
    review_reason: Mapped[str] = mapped_column(server_default="")
    reviewed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    recheck_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it has to be shown again: half a year after the review, or the day after it ends."""
    warned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When its party was told that this comes near."""
    created_at: Mapped[CreatedAt]
