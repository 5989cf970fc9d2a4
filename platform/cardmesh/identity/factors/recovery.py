"""Recovery codes: ten, shown once, each good once. Kept as hashes keyed by the vault."""

import secrets
import uuid

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ...kit import runtime
from ..errors import WrongCode
from .models import RecoveryCode

HOW_MANY = 10
_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
"""Nothing that looks like something else; ten of them are 49 bits."""
_LENGTH = 10


def fresh(session: Session, person_id: uuid.UUID) -> list[str]:
    """New codes such as `7k2mx-9fq3t`; the old ones are worth nothing from now on."""
    forget(session, person_id)
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(HOW_MANY)]
    session.add_all(RecoveryCode(person_id=person_id, code_hash=_hash(session, person_id, code)) for code in codes)
    session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def spend(session: Session, person_id: uuid.UUID, code: str) -> None:
    """Use this code up. Raises WrongCode."""
    plain = code.lower().replace("-", "").replace(" ", "")
    same = (RecoveryCode.person_id == person_id, RecoveryCode.code_hash == _hash(session, person_id, plain))
    if not session.execute(delete(RecoveryCode).where(*same).returning(RecoveryCode.person_id)).all():
        raise WrongCode


def left(session: Session, person_id: uuid.UUID) -> int:
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.person_id == person_id)
    return session.scalar(query) or 0


def forget(session: Session, person_id: uuid.UUID) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))


def _hash(session: Session, person_id: uuid.UUID, code: str) -> bytes:
    return runtime.current().vault.fingerprint(session, f"recovery code|{person_id}|{code}")
