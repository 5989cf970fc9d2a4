"""One closed day."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, DateTime, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Json, Xid8


class DailyClose(Base):
    """`mark` is a transaction id given out after the day: once all before it have ended, the day is whole.

    `digest` is SHA-256 over the close before and every posting of the day in order; `totals` what each kind of account
    moved, `{currency: {kind: minor}}`, debit positive. `xid` is that of the transaction that closed it.
    """

    __tablename__ = "daily_closes"
    __table_args__ = (
        CheckConstraint("num_nonnulls(digest, totals, entries, xid, closed_at) in (0, 5)", name="closed"),
        Index("daily_closes_xid_idx", "xid"),
    )

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    mark: Mapped[int] = mapped_column(Xid8)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    totals: Mapped[Json | None]
    entries: Mapped[int | None]
    xid: Mapped[int | None] = mapped_column(Xid8)
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
