"""What a person has besides the password, and whether they showed it."""

import uuid
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from . import recovery, totp
from .models import Passkey, TotpSecret


@dataclass(frozen=True)
class Factors:
    """`app`: an authenticator app counts; `codes`: recovery codes left; `passkeys`: how many."""

    app: bool
    codes: int
    passkeys: int

    @property
    def any(self) -> bool:
        return self.app or self.passkeys > 0


def of(session: Session, person_id: uuid.UUID) -> Factors:
    row = session.get(TotpSecret, person_id)
    query = select(Passkey.credential_id).where(Passkey.person_id == person_id)
    return Factors(
        app=row is not None and row.confirmed_at is not None,
        codes=recovery.left(session, person_id),
        passkeys=len(session.scalars(query).all()),
    )


def has_any(session: Session, person_id: uuid.UUID) -> bool:
    """In one look, for every page of who must have one."""
    app = exists().where(TotpSecret.person_id == person_id, TotpSecret.confirmed_at.is_not(None))
    passkey = exists().where(Passkey.person_id == person_id)
    return bool(session.scalar(select(or_(app, passkey))))


def show(session: Session, person_id: uuid.UUID, code: str) -> None:
    """Use up a code of the app, or a recovery code. Raises WrongCode."""
    plain = code.replace(" ", "")
    if len(plain) == 6 and plain.isdecimal() and plain.isascii():
        totp.check(session, person_id, plain)
    else:
        recovery.spend(session, person_id, code[:64])


def drop_app(session: Session, person_id: uuid.UUID) -> None:
    """Without an app its recovery codes go, too."""
    totp.remove(session, person_id)
    recovery.forget(session, person_id)
