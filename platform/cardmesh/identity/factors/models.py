"""What a person can show besides the password. The app's secret is sealed, recovery codes are keyed hashes."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kit.db import Base, CreatedAt, Moment


class TotpSecret(Base):
    """An authenticator app's secret (RFC 6238). It counts once the first code was right."""

    __tablename__ = "totp_secrets"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """The newest half minute whose code was used: it and all before are refused."""
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class RecoveryCode(Base):
    """Good for one sign-in when the app is lost; gone once used."""

    __tablename__ = "recovery_codes"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class Passkey(Base):
    """A WebAuthn credential: the public half of a key that never leaves the person's device."""

    __tablename__ = "passkeys"

    credential_id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("persons.id"), index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class PasskeyChallenge(Base):
    """What a device is asked to sign, good for one answer within minutes; of nobody while it is not known who signs."""

    __tablename__ = "passkey_challenges"

    challenge: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("persons.id"))
    expires_at: Mapped[Moment]
