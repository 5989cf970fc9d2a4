"""Rotate data keys, rotate the master key, tell what lies under which key. As the owner of the database, while serving.

`docs/decisions/0011-custody.md` says why nothing fails meanwhile, and why the app's own role cannot do this.
"""

import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit import runtime, tenancy
from ...kit.crypto import rotation
from ...kit.crypto.models import DataKey
from ...kit.db import transaction
from ...kit.ids import NIL
from ...kit.locks import only_one
from .errors import RotationRunning
from .sealed import TABLES, Sealed, count_outdated, reseal_batch

CLI = tenancy.Actor("cli", name="cardmesh keys")


@dataclass(frozen=True, slots=True)
class Rotated:
    """What one rotation did: data keys made or rewrapped, secrets sealed anew, and secrets or keys left behind (0)."""

    data_keys: int
    secrets: int
    left: int


@dataclass(frozen=True, slots=True)
class Standing:
    """`outdated`: secrets by table that are not under their owner's newest data key. `masters`: data keys by the
    master key that wraps them; `current` is the one that wraps now."""

    current: str
    masters: dict[str, int]
    outdated: dict[str, int]


def rotate_data_keys(owner_id: uuid.UUID | None = None) -> Rotated:
    """Give every owner (or one) a fresh data key and seal everything with it. Safe to repeat after a crash.

    Raises RotationRunning when another rotation is at work, CustodyUnavailable when the master key is out of reach:
    what was sealed until then stays sealed and readable.
    """
    vault = runtime.current().vault
    with only_one("cardmesh keys") as ours:
        if not ours:
            raise RotationRunning
        made = rotation.renew_data_keys(_begin, vault, owner_id)
        secrets = sum(_reseal(sealed) for sealed in TABLES)
        _record("data_keys.rotated", {"data_keys": len(made), "secrets": secrets})
        return Rotated(len(made), secrets, sum(standing().outdated.values()))


def rotate_master_key(*, new_file_key: bool) -> Rotated:
    """Wrap every data key with the current master key; with `new_file_key`, one that is added to the key file first.

    Raises RotationRunning, CustodyUnavailable, OSError when the key file cannot be written.
    """
    vault = runtime.current().vault
    with only_one("cardmesh keys") as ours:
        if not ours:
            raise RotationRunning
        master = vault.keyring.add() if new_file_key else vault.keyring.current()
        moved = rotation.rewrap(_begin, vault)
        _record("master_key.rotated", {"data_keys": moved, "master": master.id})
        now = standing()
        return Rotated(moved, 0, sum(count for name, count in now.masters.items() if name != now.current))


def standing() -> Standing:
    """What lies under which key."""
    with _begin() as session:
        counted = session.execute(select(DataKey.master_id, func.count()).group_by(DataKey.master_id))
        masters = {row.master_id: row[1] for row in counted}
        outdated = {sealed.table: count_outdated(session, sealed) for sealed in TABLES}
    return Standing(runtime.current().vault.keyring.current().id, masters, outdated)


def _reseal(sealed: Sealed) -> int:
    after: str | None = str(NIL)
    done = 0
    while after is not None:
        with _begin() as session:
            moved, after = reseal_batch(session, runtime.current().vault, sealed, after)
        done += moved
    return done


def _begin() -> AbstractContextManager[Session]:
    return transaction(tenancy.platform(CLI))


def _record(action: str, details: dict[str, object]) -> None:
    with _begin() as session:
        audit.record(session, party_id=NIL, action=action, subject="data_key", details=details)
