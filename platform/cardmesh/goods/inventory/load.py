"""Loading keys in bulk: sealed and fingerprinted in memory, copied to a staging table, moved in one statement.

Rows go in by order of their fingerprint, which keeps the unique index warm and two loads at once from deadlocking.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from ...kit import runtime
from ...kit.crypto import aead
from ...kit.crypto.vault import bind


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


_STAGING = text("""
    create temporary table if not exists staged_keys (
      line integer, offer_id uuid, id uuid, sealed bytea, fingerprint bytea, expires_on date
    ) on commit delete rows
""")
_COPY = "copy staged_keys (line, offer_id, id, sealed, fingerprint, expires_on) from stdin (format binary)"
_TYPES = ("int4", "uuid", "uuid", "bytea", "bytea", "date")
_MOVE = text("""
    with added as (
      insert into card_keys (supplier_id, id, offer_id, import_id, sealed, key_version, fingerprint, expires_on)
      select :supplier_id, id, offer_id, :import_id, sealed, :version, fingerprint, expires_on
      from staged_keys order by fingerprint, line
      on conflict (fingerprint) do nothing
      returning id, offer_id
    ), stocked as (
      insert into stock (offer_id, unit_id, supplier_id) select offer_id, id, :supplier_id from added
    )
    select line from staged_keys where not exists (select from added where added.id = staged_keys.id) order by line
""")


def load(
    session: Session,
    *,
    supplier_id: uuid.UUID,
    keys: Sequence[tuple[uuid.UUID, Key]],
    import_id: uuid.UUID | None,
) -> Counts:
    """Store `(offer id, key)` pairs of one supplier. A key that anybody ever uploaded is left out and counted.

    Ids are random, not ordered by time, so that a random place in the stock is a uniformly random key.
    """
    vault = runtime.current().vault
    version = vault.current_version(session, supplier_id)
    session.execute(_STAGING)
    session.execute(text("delete from staged_keys"))
    # The ciphers come first: while rows are copied, the connection can answer no query.
    cipher, pepper = vault.cipher(session, supplier_id, version), vault.fingerprint_key(session)
    with _cursor(session) as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for offer_id, key in keys:
            key_id = uuid.uuid4()
            sealed = aead.seal(cipher, key.payload.encode(), bind(supplier_id, key_id, offer_id, version))
            fingerprint = aead.mac(pepper, key.fingerprint_text.encode())
            copy.write_row((key.line, offer_id, key_id, sealed, fingerprint, key.expires_on))
    refused = session.scalars(_MOVE, {"supplier_id": supplier_id, "import_id": import_id, "version": version}).all()
    return Counts(len(keys) - len(refused), len(refused), list(refused))


def _cursor(session: Session) -> psycopg.Cursor:
    """The driver's own cursor, inside the session's transaction: COPY has no other door."""
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("loading keys needs psycopg")
    return driver.cursor()
