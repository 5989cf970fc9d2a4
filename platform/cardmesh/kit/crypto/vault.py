"""Seal and open secrets with their owner's data key; fingerprint them with the platform's pepper."""

import os
import threading
import uuid
from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ..ids import NIL
from . import aead
from .master import Keyring
from .models import DataKey

_SEALING = text("select pg_advisory_xact_lock_shared(hashtextextended('cardmesh sealing', 0))")
_NO_ONE_SEALS = text("select pg_advisory_xact_lock(hashtextextended('cardmesh sealing', 0))")


def bind(owner_id: uuid.UUID, secret_id: uuid.UUID, place_id: uuid.UUID, version: int) -> bytes:
    """Additional data: a ciphertext opens only for the owner, row, offer and key version it was sealed for."""
    return bind_all(owner_id.bytes, [secret_id.bytes], [place_id.bytes], version)[0]


def bind_all(owner: bytes, secrets: Iterable[bytes], places: Sequence[bytes], version: int) -> list[bytes]:
    """`bind` for those who seal by the hundred thousand: the bytes of many rows' ids and places, side by side."""
    head, tails = owner + b"|", {place: b"|%b|%d" % (place, version) for place in set(places)}
    return [head + secret + tails[place] for secret, place in zip(secrets, places, strict=True)]


class Vault:
    """The data keys of one installation, unwrapped on demand and kept in memory only. Thread-safe."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self._ciphers: dict[tuple[uuid.UUID, int], AESGCM] = {}
        self._pepper: bytes | None = None
        self._lock = threading.Lock()

    def current_version(self, session: Session, owner_id: uuid.UUID) -> int:
        """The newest key version of an owner, made on first use (two racing makers agree on one).

        Ask again in each transaction that seals: from here to its end a rotation waits, so that nothing is stored
        under a version that the rotation has already passed by.
        """
        session.execute(_SEALING)
        newest = select(DataKey.version).where(DataKey.owner_id == owner_id).order_by(DataKey.version.desc()).limit(1)
        version = session.scalar(newest)
        return version if version is not None else self.add_version(session, owner_id, 1)

    @staticmethod
    def wait_for_sealers(session: Session) -> None:
        """Return when every transaction that began to seal before has ended."""
        session.execute(_NO_ONE_SEALS)

    def add_version(self, session: Session, owner_id: uuid.UUID, version: int) -> int:
        """Store a fresh data key as `version`; keep the one that is there already."""
        master = self.keyring.current()
        wrapped = master.wrap(os.urandom(aead.KEY_BYTES), context(owner_id, version))
        row = {"owner_id": owner_id, "version": version, "master_id": master.id, "wrapped": wrapped}
        session.execute(insert(DataKey).values(row).on_conflict_do_nothing())
        return version

    def cipher(self, session: Session, owner_id: uuid.UUID, version: int) -> AESGCM:
        """The cipher of one owner and version, cached in this process."""
        cached = self._ciphers.get((owner_id, version))
        if cached is None:
            cached = aead.cipher(self.unwrap(session.get_one(DataKey, (owner_id, version))))
            with self._lock:
                self._ciphers[owner_id, version] = cached
        return cached

    def unwrap(self, row: DataKey) -> bytes:
        """A data key in clear. Raises CustodyUnavailable, DecryptionFailed."""
        return self.keyring.named(row.master_id).unwrap(row.wrapped, context(row.owner_id, row.version))

    def seal(
        self,
        session: Session,
        plaintext: bytes,
        *,
        owner_id: uuid.UUID,
        secret_id: uuid.UUID,
        place_id: uuid.UUID,
        version: int,
    ) -> bytes:
        """Encrypt one secret of an owner for one place (a card key's offer)."""
        cipher = self.cipher(session, owner_id, version)
        return aead.seal(cipher, plaintext, bind(owner_id, secret_id, place_id, version))

    def open(
        self,
        session: Session,
        sealed: bytes,
        *,
        owner_id: uuid.UUID,
        secret_id: uuid.UUID,
        place_id: uuid.UUID,
        version: int,
    ) -> bytes:
        """Decrypt what `seal` made. Raises `aead.DecryptionFailed` when it was moved or changed."""
        cipher = self.cipher(session, owner_id, version)
        return aead.unseal(cipher, sealed, bind(owner_id, secret_id, place_id, version))

    def fingerprint_key(self, session: Session) -> bytes:
        """The pepper of the blind index: derived from the platform's own first data key, never rotated."""
        if self._pepper is None:
            self.current_version(session, NIL)
            root = self.unwrap(session.get_one(DataKey, (NIL, 1)))
            self._pepper = HKDF(SHA256(), aead.KEY_BYTES, None, b"cardmesh blind index").derive(root)
        return self._pepper

    def fingerprint(self, session: Session, normalised: str) -> bytes:
        """The blind index of a secret: equal for equal secrets whoever uploads them, useless without the pepper."""
        return aead.mac(self.fingerprint_key(session), normalised.encode())


def context(owner_id: uuid.UUID, version: int) -> str:
    """What a wrapped data key is bound to."""
    return f"{owner_id}:{version}"
