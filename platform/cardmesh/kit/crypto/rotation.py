"""Exchange data keys and the master key while everybody goes on sealing and opening. Needs the owner's connection:
the app's role may add data keys, but neither change nor delete one.
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from .models import DataKey
from .vault import Vault, context

Begin = Callable[[], AbstractContextManager[Session]]
"""Opens one transaction of the owner in the platform's scope."""

BATCH = 100


def renew_data_keys(begin: Begin, vault: Vault, owner_id: uuid.UUID | None = None) -> dict[uuid.UUID, int]:
    """A fresh version for every owner, or for one: owner → version. Afterwards nobody seals with an older one.

    The platform gets one too; its first stays what the blind index is derived from.
    """
    with begin() as session:
        versions = select(DataKey.owner_id, func.max(DataKey.version))
        if owner_id is not None:
            versions = versions.where(DataKey.owner_id == owner_id)
        newest = {owner: version + 1 for owner, version in session.execute(versions.group_by(DataKey.owner_id))}
    owners = list(newest)
    for start in range(0, len(owners), BATCH):
        with begin() as session:
            for owner in owners[start : start + BATCH]:
                vault.add_version(session, owner, newest[owner])
    _wait_for_sealers(begin, vault)
    return newest


def rewrap(begin: Begin, vault: Vault) -> int:
    """Wrap every data key with the current master key; returns how many were under another one.

    Every process wraps with the current master key by now: a new key file or a restart with a new KMS_KEY_ID comes
    first. Each key is opened before it is written, and found under its own id until its transaction commits.
    """
    _wait_for_sealers(begin, vault)
    done = 0
    while moved := _rewrap_batch(begin, vault):
        done += moved
    return done


def _rewrap_batch(begin: Begin, vault: Vault) -> int:
    master = vault.keyring.current()
    with begin() as session:
        rows = session.scalars(select(DataKey).where(DataKey.master_id != master.id).limit(BATCH)).all()
        for row in rows:
            wrapped = master.wrap(vault.unwrap(row), context(row.owner_id, row.version))
            there = (DataKey.owner_id == row.owner_id, DataKey.version == row.version)
            session.execute(update(DataKey).where(*there).values(master_id=master.id, wrapped=wrapped))
    return len(rows)


def _wait_for_sealers(begin: Begin, vault: Vault) -> None:
    """In a transaction of its own: whoever begins to seal after it sees what was committed before."""
    with begin() as session:
        vault.wait_for_sealers(session)
