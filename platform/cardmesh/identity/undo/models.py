"""The note that an action leaves for whoever wants it undone."""

import uuid
from datetime import datetime

from sqlalchemy import DateTime, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Json
from ...kit.ids import new_id


class Undo(Base):
    """`changes` holds ids and versions in the words of `kind`; a note is used once."""

    __tablename__ = "undos"

    party_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    kind: Mapped[str]
    changes: Mapped[Json]
    created_at: Mapped[CreatedAt]
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
