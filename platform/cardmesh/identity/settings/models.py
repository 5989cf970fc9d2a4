"""One row for each setting that was ever changed; the others have their default."""

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base


class PlatformSetting(Base):
    __tablename__ = "platform_settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
