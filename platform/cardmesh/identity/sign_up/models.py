"""Who asked to be let in and has not answered the letter yet."""

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Moment, PrimaryId


class SignUp(Base):
    """One per address; asking again replaces it, answering the letter ends it."""

    __tablename__ = "sign_ups"
    __table_args__ = (CheckConstraint("party in ('supplier', 'distributor')", name="party"),)

    id: Mapped[PrimaryId]
    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    party: Mapped[str]
    name: Mapped[str]
    locale: Mapped[str]
    expires_at: Mapped[Moment]
    created_at: Mapped[CreatedAt]
