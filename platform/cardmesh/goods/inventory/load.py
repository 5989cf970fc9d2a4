"""Loading keys in bulk: sealed and fingerprinted in memory, copied to a staging table, moved in two statements.

Rows go in by order of their ids, which keeps the indexes warm and two loads at once from deadlocking.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import psycopg
from psycopg.errors import UniqueViolation
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...kit import runtime
from .sealing import COLUMNS, Clear, Sealed, Sealer


class KeyRenewed(Exception):
    """The supplier's data key was exchanged after these keys were sealed: seal them again, nothing was stored."""


class Key(Protocol):
    """A key as a sheet or an API call states it; `goods.imports.records.KeyRecord` is one."""

    @property
    def line(self) -> int: ...

    @property
    def payload(self) -> str: ...

    @property
    def fingerprint_text(self) -> str: ...

    @property
    def expires_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of some keys. `duplicate_lines` never says whose key was there first."""

    accepted: int = 0
    duplicates: int = 0
    duplicate_lines: list[int] = field(default_factory=list)


STAGING = """
    create temporary table if not exists staged_keys (
      offer_id uuid, id uuid, fingerprint bytea, sealed bytea, expires_on date, line integer
    ) on commit delete rows
"""
ROOM = "select set_config('work_mem', '64MB', true)"
"""A batch is sorted in memory, for this transaction."""
COPY = f"copy staged_keys ({COLUMNS}) from stdin (format binary)"
COPY_HEAD, COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_PIECE = 1 << 20
KEEP_ALL = """
    insert into card_keys (supplier_id, id, offer_id, import_id, sealed, key_version, fingerprint, expires_on)
    select :supplier_id, id, offer_id, :import_id, sealed, :version, fingerprint, expires_on
    from staged_keys order by id, line
"""
KEEP = f"{KEEP_ALL} on conflict (id) do nothing"
"""Looks each key up before it writes it, which is a fifth of the database's work."""
REFUSED = """
    delete from staged_keys s where not exists (select from card_keys k where k.id = s.id and k.sealed = s.sealed)
    returning line
"""
"""A key that is there already has the same id, but never the same nonce."""
STOCK = """
    insert into stock (offer_id, unit_id, supplier_id, expires_on)
    select offer_id, id, :supplier_id, expires_on from staged_keys order by offer_id, id
"""


def load(
    session: Session,
    *,
    supplier_id: uuid.UUID,
    keys: Sequence[tuple[uuid.UUID, Key]],
    import_id: uuid.UUID | None,
) -> Counts:
    """Store `(offer id, key)` pairs of one supplier. A key that anybody ever uploaded is left out and counted."""
    clear = Clear()
    for offer_id, key in keys:
        clear.add(key.line, offer_id, key.payload, key.fingerprint_text, key.expires_on)
    try:
        return load_sealed(session, sealer(session, supplier_id).seal(clear), import_id)
    except KeyRenewed:  # while we waited for the right to seal, which we have now
        return load_sealed(session, sealer(session, supplier_id).seal(clear), import_id)


def sealer(session: Session, supplier_id: uuid.UUID) -> Sealer:
    """With the newest version of the supplier's key. Once made it asks no database."""
    vault = runtime.current().vault
    version = vault.current_version(session, supplier_id)
    return Sealer(
        supplier_id, version, vault.cipher(session, supplier_id, version), vault.fingerprint_key(session)
    )


def load_sealed(
    session: Session, keys: Sealed, import_id: uuid.UUID | None, *, likely_new: bool = False
) -> Counts:
    """Store keys that are sealed already and put them on sale, all but the duplicates. Raises KeyRenewed.

    `likely_new` makes it cheaper when none is a duplicate, and dearer when one is; the outcome is the same.
    The refused are looked for only when some were: the usual batch is not joined with anything.
    """
    if runtime.current().vault.current_version(session, keys.supplier_id) != keys.version:
        raise KeyRenewed
    owner = {"supplier_id": keys.supplier_id}
    session.execute(text(ROOM))
    session.execute(text(STAGING))
    session.execute(text("delete from staged_keys"))
    _copy(session, keys.rows)
    values = {**owner, "import_id": import_id, "version": keys.version}
    if not (likely_new and _keep_all(session, values)):
        accepted: int = session.execute(text(KEEP), values).rowcount  # pyright: ignore[reportAttributeAccessIssue] - a cursor result
    else:
        accepted = keys.count
    refused = sorted(session.scalars(text(REFUSED))) if accepted < keys.count else []
    session.execute(text(STOCK), owner)
    return Counts(accepted, len(refused), refused)


def _keep_all(session: Session, values: dict[str, Any]) -> bool:
    """Whether none of the staged keys was there; else nothing has changed."""
    try:
        with session.begin_nested():
            session.execute(text(KEEP_ALL), values)
    except IntegrityError as error:
        if not isinstance(error.orig, UniqueViolation):
            raise
        return False
    return True


def _copy(session: Session, rows: bytes) -> None:
    """By the driver's own cursor, inside the session's transaction: COPY has no other door."""
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("loading keys needs psycopg")
    with driver.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.write(COPY_HEAD)
        for at in range(0, len(rows), _PIECE):
            copy.write(rows[at : at + _PIECE])
        copy.write(COPY_END)
