"""Codes of an authenticator app (RFC 6238): thirty seconds each, one step of drift, each good once."""

import hmac
import uuid

from pyotp import random_base32
from pyotp.totp import TOTP
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from ...kit import clock, runtime
from ...kit.errors import Conflict, NotFound
from ...kit.ids import NIL
from ..errors import WrongCode
from .models import TotpSecret

ISSUER = "Cardmesh"
STEP_SECONDS = 30
DRIFT_STEPS = 1


def begin(session: Session, person_id: uuid.UUID) -> str:
    """A fresh secret in base 32, which counts once a code of it was shown. Raises Conflict where one counts already."""
    row = session.get(TotpSecret, person_id, with_for_update=True)
    if row is not None and row.confirmed_at is not None:
        raise Conflict
    secret, vault = random_base32(), runtime.current().vault
    version = vault.current_version(session, NIL)
    sealed = vault.seal(
        session, secret.encode(), owner_id=NIL, secret_id=person_id, place_id=NIL, version=version
    )
    session.merge(TotpSecret(person_id=person_id, sealed=sealed, key_version=version, last_step=0))
    session.flush()
    return secret


def begun(session: Session, person_id: uuid.UUID) -> str:
    """The secret that waits for its first code. Raises NotFound."""
    row = session.get(TotpSecret, person_id)
    if row is None or row.confirmed_at is not None:
        raise NotFound
    return _open(session, row)


def uri(secret: str, email: str) -> str:
    """What the app reads from the picture."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def confirm(session: Session, person_id: uuid.UUID, code: str) -> None:
    """The app works: from now on it is asked for. Raises NotFound, WrongCode."""
    row = session.get(TotpSecret, person_id, with_for_update=True)
    if row is None or row.confirmed_at is not None:
        raise NotFound
    _spend(session, row, code)
    row.confirmed_at = clock.now()
    session.flush()


def check(session: Session, person_id: uuid.UUID, code: str) -> None:
    """Use this code up. Raises WrongCode for a wrong, old or used one, also where there is no app."""
    row = session.get(TotpSecret, person_id)
    if row is None or row.confirmed_at is None:
        raise WrongCode
    _spend(session, row, code)


def remove(session: Session, person_id: uuid.UUID) -> None:
    session.execute(delete(TotpSecret).where(TotpSecret.person_id == person_id))


def _spend(session: Session, row: TotpSecret, code: str) -> None:
    """The database decides which of two that show the same code is first."""
    step = _step_of(_open(session, row), code)
    later = update(TotpSecret).where(TotpSecret.person_id == row.person_id, TotpSecret.last_step < step)
    if step == 0 or not session.execute(later.values(last_step=step).returning(TotpSecret.last_step)).all():
        raise WrongCode


def _step_of(secret: str, code: str) -> int:
    """The half minute since 1970 that this is the code of, 0 for none near by."""
    now, app = int(clock.now().timestamp()) // STEP_SECONDS, TOTP(secret)
    shown, found = code.encode(), 0
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(app.at(step * STEP_SECONDS).encode(), shown):
            found = step
    return found


def _open(session: Session, row: TotpSecret) -> str:
    sealed, version = row.sealed, row.key_version
    vault = runtime.current().vault
    opened = vault.open(
        session, sealed, owner_id=NIL, secret_id=row.person_id, place_id=NIL, version=version
    )
    return opened.decode()
