"""The log's signing keys: made once, sealed by the vault, rotated with an endorsement by the key before."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..kit import runtime
from ..kit.ids import NIL, new_id
from . import queries, signing
from .models import LogKey, LogSecret


def public_keys(session: Session) -> Sequence[LogKey]:
    """Every key that ever signed a head, oldest first."""
    return session.scalars(select(LogKey).order_by(LogKey.number)).all()


def signing_key(session: Session) -> tuple[LogKey, Ed25519PrivateKey]:
    """The newest key, made on first use. Scope: PLATFORM. The caller holds the lock of the log's state."""
    newest = session.scalar(select(LogKey).order_by(LogKey.number.desc()).limit(1))
    return (newest, _open(session, newest)) if newest else _add(session, None)


def rotate(session: Session) -> LogKey:
    """Sign with a fresh key from now on; the old one endorses it, and stays published. Scope: PLATFORM."""
    session.execute(queries.LOCK_STATE)
    return _add(session, signing_key(session))[0]


def _add(session: Session, before: tuple[LogKey, Ed25519PrivateKey] | None) -> tuple[LogKey, Ed25519PrivateKey]:
    private = Ed25519PrivateKey.generate()
    public = signing.public_bytes(private)
    row = LogKey(
        number=before[0].number + 1 if before else 1,
        id=signing.key_id(public),
        public_key=public,
        endorsement=before[1].sign(signing.endorsement_bytes(public)) if before else None,
    )
    session.add(row)
    session.flush()
    session.add(_sealed(session, row.id, private))
    session.flush()
    return row, private


def _sealed(session: Session, key_id: str, private: Ed25519PrivateKey) -> LogSecret:
    vault, secret_id = runtime.current().vault, new_id()
    version = vault.current_version(session, NIL)
    sealed = vault.seal(
        session,
        private.private_bytes_raw(),
        owner_id=NIL,
        secret_id=secret_id,
        place_id=secret_id,
        version=version,
    )
    return LogSecret(id=secret_id, key_id=key_id, sealed=sealed, key_version=version)


def _open(session: Session, key: LogKey) -> Ed25519PrivateKey:
    row = session.scalars(select(LogSecret).where(LogSecret.key_id == key.id)).one()
    raw = runtime.current().vault.open(
        session, row.sealed, owner_id=NIL, secret_id=row.id, place_id=row.id, version=row.key_version
    )
    return Ed25519PrivateKey.from_private_bytes(raw)
