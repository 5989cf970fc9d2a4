"""Leaves, inner nodes and signed heads: appended, never changed. Nothing here names a key, a party or a moment."""

import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from ..kit.db import Base, CreatedAt, Xid8


class LogState(Base):
    """One row: facts with an older transaction id than `upto` are in the log's `size` leaves, all others are not."""

    __tablename__ = "log_state"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    upto: Mapped[int] = mapped_column(Xid8)
    size: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class LogLeaf(Base):
    """One event of one key (`token`), or of a batch of `keys` keys (`token` is then the root of their tokens' tree)."""

    __tablename__ = "log_leaves"
    __table_args__ = (Index("log_leaves_token_idx", "token"),)

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event: Mapped[str]
    token: Mapped[bytes] = mapped_column(LargeBinary)
    keys: Mapped[int | None]
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class LogNode(Base):
    """The hash of the complete subtree over leaves `index << level` and on; level 0 stands in the leaves themselves."""

    __tablename__ = "log_nodes"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class LogHead(Base):
    """The root of the first `size` leaves, signed."""

    __tablename__ = "log_heads"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    timestamp_ms: Mapped[int] = mapped_column(BigInteger)
    key_id: Mapped[str] = mapped_column(String(16), ForeignKey("log_keys.id"))
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class LogBatch(Base):
    """The tokens of keys that were imported together, in the order of their tree; what a two-step proof is made of."""

    __tablename__ = "log_batches"
    __table_args__ = (
        CheckConstraint("length(tokens) = 32 * keys", name="tokens"),
        Index("log_batches_xid_idx", "xid"),
    )

    imported_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    listed_index: Mapped[int] = mapped_column(BigInteger)
    xid: Mapped[int] = mapped_column(Xid8)
    keys: Mapped[int]
    tokens: Mapped[bytes] = mapped_column(LargeBinary)


class LogKey(Base):
    """A public key of the log. The newest signs; each but the first is endorsed by the one before it."""

    __tablename__ = "log_keys"
    __table_args__ = (CheckConstraint("(number = 1) = (endorsement is null)", name="endorsed"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(16), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    endorsement: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]


class LogSecret(Base):
    """The private half of a key of the log, sealed by the vault under the platform's own data key."""

    __tablename__ = "log_secrets"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    key_id: Mapped[str] = mapped_column(String(16), ForeignKey("log_keys.id"), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
