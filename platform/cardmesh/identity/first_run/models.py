"""One row for each step that was skipped; taking it up again deletes the row."""

import uuid

from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt


class SkippedStep(Base):
    """`party_id` is the tenant's or supplier's id, nil for the platform."""

    __tablename__ = "skipped_steps"

    party_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[CreatedAt]
