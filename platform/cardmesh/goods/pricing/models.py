"""What prices are made of besides offers and listings."""

import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Currency, Minor, PrimaryId, TenantOwned


class MarkupRule(TenantOwned, Base):
    """A store's markup for listings without a price of their own: by category, supplier and a band of cost.

    A band begins at `cost_from_minor` and ends where the next one of the same category and supplier begins.
    """

    __tablename__ = "markup_rules"
    __table_args__ = (
        CheckConstraint("cost_from_minor >= 0", name="cost_from"),
        UniqueConstraint(
            *("tenant_id", "store_id", "currency", "category_id", "supplier_id", "cost_from_minor"),
            name="markup_rules_scope_key",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[PrimaryId]
    store_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    currency: Mapped[Currency]
    category_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    supplier_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    cost_from_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    percent: Mapped[Decimal] = mapped_column(Numeric(9, 4))
    fixed_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    round_to_minor: Mapped[Minor] = mapped_column(server_default=text("1"))
    floor_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    created_at: Mapped[CreatedAt]
