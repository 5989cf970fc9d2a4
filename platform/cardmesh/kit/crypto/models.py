"""Wrapped data keys. Versions are only added; an old one stays as long as a secret is sealed with it."""

import uuid

from sqlalchemy import LargeBinary, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base, CreatedAt


class DataKey(Base):
    """The data key of one owner (a supplier, a tenant, or the nil id for the platform) in one version."""

    __tablename__ = "data_keys"

    owner_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    master_id: Mapped[str]
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
