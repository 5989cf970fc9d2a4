"""Keep a note, take it once."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ...kit import clock
from ...kit.errors import NotFound
from ...kit.ids import new_id
from ..errors import UndoneAlready, UndoTooLate
from .models import Undo

LASTS = timedelta(hours=1)
KEPT = timedelta(days=1)
"""Longer than it lasts: who presses late is told so."""


def remember(session: Session, *, party_id: uuid.UUID, kind: str, changes: Mapping[str, Any]) -> uuid.UUID:
    """A note for `LASTS`. Old notes of the party go on the way: nobody else has to tidy up."""
    session.execute(delete(Undo).where(Undo.party_id == party_id, Undo.created_at < clock.now() - KEPT))
    row = Undo(party_id=party_id, id=new_id(), kind=kind, changes=dict(changes))
    session.add(row)
    session.flush()
    return row.id


def find(session: Session, *, party_id: uuid.UUID, undo_id: uuid.UUID) -> Undo:
    """The note, ours until the transaction ends. Raises NotFound."""
    query = select(Undo).where(Undo.party_id == party_id, Undo.id == undo_id).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def use(session: Session, row: Undo) -> None:
    """From now on it is used: a second press finds it so. Raises UndoneAlready, UndoTooLate."""
    if row.used_at is not None:
        raise UndoneAlready
    if row.created_at < clock.now() - LASTS:
        raise UndoTooLate
    row.used_at = clock.now()
    session.flush()
