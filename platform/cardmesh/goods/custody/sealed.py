"""Where sealed secrets lie, and how one batch of them moves to its owner's newest data key.

A new table with a `key_version` must be listed here; a test compares.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ...identity.documents.service import FACTS
from ...kit.crypto.vault import Vault
from ...kit.ids import NIL

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """One table: its column of secrets, whose a row `s` is, and the place it is bound to (`kit.crypto.vault.bind`)."""

    table: str
    secret: str
    owner: str
    place: str
    id: str = "id"

    def outdated(self, columns: str, rest: str) -> str:
        """A select of rows under an older version than their owner's newest."""
        newest = f"(select max(d.version) from data_keys d where d.owner_id = {self.owner})"  # noqa: S608 - our names
        return f"select {columns} from {self.table} s where s.key_version < {newest} {rest}"  # noqa: S608 - our names


TABLES = (
    Sealed("card_keys", "sealed", "s.supplier_id", "s.offer_id"),
    Sealed("webhook_endpoints", "secret_sealed", "s.tenant_id", "s.id"),
    Sealed("log_secrets", "sealed", f"cast('{NIL}' as uuid)", "s.id"),
    Sealed("totp_secrets", "sealed", f"cast('{NIL}' as uuid)", f"cast('{NIL}' as uuid)", id="person_id"),
    Sealed("merchants", "sealed", "s.owner_id", "s.id"),
    Sealed("payout_terms", "payee", "s.owner_id", "s.id"),
    Sealed("payout_lines", "payee", "s.owner_id", "s.id"),
    Sealed("identity_documents", "facts", "s.party_id", f"cast('{FACTS}' as uuid)"),
)


def count_outdated(session: Session, sealed: Sealed) -> int:
    """How many secrets are not under their owner's newest data key."""
    return session.execute(text(sealed.outdated("count(*)", ""))).scalar_one()


def reseal_batch(session: Session, vault: Vault, sealed: Sealed, after: str) -> tuple[int, str | None]:
    """Move the next secrets behind the id `after`; how many, and the last id (None: there are no more).

    A reader sees the row before or after, never a ciphertext with another's version. Rows are locked in order of their
    id, so that an endpoint's own rotation of its secret waits or is waited for.
    """
    newest = f"(select max(d.version) from data_keys d where d.owner_id = {sealed.owner})"  # noqa: S608 - our names
    columns = f"s.{sealed.id}, {sealed.owner}, {sealed.place}, s.{sealed.secret}, s.key_version, {newest}"
    query = text(sealed.outdated(columns, f"and s.{sealed.id} > :after order by 1 limit :limit for update of s"))
    rows = session.execute(query, {"after": after, "limit": BATCH}).all()
    if not rows:
        return 0, None
    _write(session, sealed, [_reseal(session, vault, *row) for row in rows])
    return len(rows), str(rows[-1][0])


def _reseal(
    session: Session, vault: Vault, id: Any, owner: Any, place: Any, secret: bytes, old: int, new: int
) -> dict[str, Any]:
    bound = {"owner_id": owner, "secret_id": id, "place_id": place}
    clear = vault.open(session, bytes(secret), **bound, version=old)
    return {"id": id, "owner": owner, "sealed": vault.seal(session, clear, **bound, version=new), "version": new}


def _write(session: Session, sealed: Sealed, rows: list[dict[str, Any]]) -> None:
    statement = text(
        f"update {sealed.table} s set {sealed.secret} = n.sealed, key_version = n.version"  # noqa: S608 - our names
        " from unnest(cast(:ids as uuid[]), cast(:owners as uuid[]), cast(:sealed as bytea[]),"
        f" cast(:versions as int[])) n (id, owner, sealed, version)"
        f" where s.{sealed.id} = n.id and {sealed.owner} = n.owner"
    )
    session.execute(
        statement,
        {
            "ids": [row["id"] for row in rows],
            "owners": [row["owner"] for row in rows],
            "sealed": [row["sealed"] for row in rows],
            "versions": [row["version"] for row in rows],
        },
    )
