"""One test sale each."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Minor, PrimaryId, TenantOwned


class TrialOrder(TenantOwned, Base):
    """`lines` are what was bought: `[{"id", "sku_id", "name", "kind", "quantity", "unit_price_minor", "discount_minor",
    "total_minor"}]`."""

    __tablename__ = "trial_orders"
    __table_args__ = (
        CheckConstraint("total_minor >= 0", name="total"),
        UniqueConstraint("tenant_id", "number"),
    )

    id: Mapped[PrimaryId]
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    number: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    currency: Mapped[Currency]
    total_minor: Mapped[Minor]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
