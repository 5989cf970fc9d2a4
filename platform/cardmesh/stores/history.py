"""The looks a store has worn: each one that went live is a row that never changes."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from site_builder.snapshot import ThemeChoice

from ..kit import clock
from ..kit.db import require_scope
from ..kit.errors import NotFound
from ..kit.ids import new_id
from . import look
from .models import LookStatus, Store, StoreLook

SHOWN = 50


def record(session: Session, store: Store, instead_of: ThemeChoice | None = None) -> StoreLook:
    """The look that `store` wears from now on, as the next line of its history. The store must be locked or new.

    A draft that was no different from what was worn before follows; one that somebody works on stays theirs.
    """
    published = _row(session, store, LookStatus.PUBLISHED, _newest(session, store) + 1)
    draft = find_draft(session, store_id=store.id, lock=True)
    if draft and look.choice_of(draft) == instead_of:
        dress(session, draft, look.choice_of(store))
        draft.revision += 1
    session.flush()
    return published


def looks(session: Session, *, store_id: uuid.UUID) -> Sequence[StoreLook]:
    """What was published, the newest first."""
    which = select(StoreLook).where(StoreLook.store_id == store_id, StoreLook.status == LookStatus.PUBLISHED)
    return session.scalars(which.order_by(StoreLook.revision.desc()).limit(SHOWN)).all()


def get_look(session: Session, *, store_id: uuid.UUID, look_id: uuid.UUID) -> StoreLook:
    """A published look of this store. Raises NotFound."""
    which = select(StoreLook).where(StoreLook.store_id == store_id, StoreLook.id == look_id)
    if (found := session.scalar(which.where(StoreLook.status == LookStatus.PUBLISHED))) is None:
        raise NotFound
    return found


def find_draft(session: Session, *, store_id: uuid.UUID, lock: bool = False) -> StoreLook | None:
    """The draft, when somebody has begun one."""
    which = select(StoreLook).where(StoreLook.store_id == store_id, StoreLook.status == LookStatus.DRAFT)
    if lock:
        which = which.with_for_update().execution_options(populate_existing=True)
    return session.scalar(which)


def begin_draft(session: Session, store: Store) -> StoreLook:
    """A draft that is what the store wears now, at revision 0. The store must be locked."""
    return _row(session, store, LookStatus.DRAFT, 0)


def dress(session: Session, row: StoreLook, choice: ThemeChoice) -> None:
    """Put another choice on a look that is not published. Raises ThemeUnknown."""
    theme = look.theme_of(session, tenant_id=row.tenant_id, handle=choice.handle)
    row.theme, row.preset = choice.handle, choice.preset or ""
    row.settings, row.templates = dict(choice.settings), dict(choice.templates)
    row.theme_version = str(theme.manifest["version"])
    row.changed_at = clock.now()


def _row(session: Session, store: Store, status: LookStatus, revision: int) -> StoreLook:
    author = require_scope(session).actor.name
    row = StoreLook(
        tenant_id=store.tenant_id, id=new_id(), store_id=store.id, status=status, revision=revision, author=author
    )
    dress(session, row, look.choice_of(store))
    session.add(row)
    return row


def _newest(session: Session, store: Store) -> int:
    which = select(func.max(StoreLook.revision)).where(StoreLook.store_id == store.id)
    return session.scalar(which.where(StoreLook.status == LookStatus.PUBLISHED)) or 0
