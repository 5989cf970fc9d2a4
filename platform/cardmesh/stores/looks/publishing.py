"""From the draft to the live store, and back to what was worn before."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from site_builder.snapshot import ThemeChoice

from .. import history, look, queries
from .. import service as stores
from ..errors import ThemeUnknown
from ..models import Store, StoreLook
from . import diff, drafts
from .diff import Change
from .errors import NothingToPublish


@dataclass(frozen=True, slots=True)
class Line:
    """A published look, what it changed against the one before, and whether it is worn now.

    `choice` is what wearing it today would be; None when its theme is gone.
    """

    look: StoreLook
    changes: list[Change]
    live: bool
    choice: ThemeChoice | None


def changes(session: Session, store: Store) -> list[Change]:
    """What publishing the draft would change, in words."""
    draft, _ = drafts.current(session, store)
    return diff.changes(look.today(session, store), draft, look.finder(session, store.tenant_id))


def publish(session: Session, *, store_id: uuid.UUID, revision: int) -> Store:
    """Let the store wear the draft seen at `revision`.

    Raises NotFound, DraftConflict, NothingToPublish, ThemeUnknown, LookInvalid.
    """
    store = queries.get_store(session, store_id=store_id, lock=True)
    draft = history.find_draft(session, store_id=store_id, lock=True)
    drafts.expect(session, draft, revision)
    if draft is None or look.choice_of(draft) == look.choice_of(store):
        raise NothingToPublish
    return _wear(session, store, look.choice_of(draft))


def restore(session: Session, *, store_id: uuid.UUID, look_id: uuid.UUID) -> Store:
    """Let the store wear a look of before again, at once. A draft that somebody works on stays as it is.

    Raises NotFound, NothingToPublish (it is worn now), ThemeUnknown.
    """
    store = queries.get_store(session, store_id=store_id, lock=True)
    before = look.choice_of(history.get_look(session, store_id=store_id, look_id=look_id))
    if before == look.choice_of(store):
        raise NothingToPublish
    return _wear(session, store, before)


def past(session: Session, store: Store) -> list[Line]:
    """What the store has worn, the newest first, each with what it changed."""
    rows = history.looks(session, store_id=store.id)
    worn = look.choice_of(store)
    choices = [look.choice_of(row) for row in rows]
    live = choices.index(worn) if worn in choices else -1
    befores, theme_of = [*choices[1:], None], look.finder(session, store.tenant_id)
    return [
        Line(row, diff.changes(before, mine, theme_of) if before else [], place == live, _today(session, row))
        for place, (row, mine, before) in enumerate(zip(rows, choices, befores, strict=True))
    ]


def _today(session: Session, row: StoreLook) -> ThemeChoice | None:
    try:
        return look.today(session, row)
    except ThemeUnknown:
        return None


def _wear(session: Session, store: Store, choice: ThemeChoice) -> Store:
    theme = look.theme_of(session, tenant_id=store.tenant_id, handle=choice.handle)
    return stores.update_store(session, store_id=store.id, changes=drafts.words_of(look.carried(theme, choice)))
