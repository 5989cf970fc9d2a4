"""The draft: one a store, saved whole, each save naming the revision it was made from."""

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from site_builder.snapshot import ThemeChoice

from ...kit.clock import rfc3339
from ...kit.db import require_scope
from .. import history, look, queries
from ..models import Store, StoreLook
from .errors import DraftConflict


def current(session: Session, store: Store) -> tuple[ThemeChoice, int]:
    """What the customizer starts from, and its revision: the draft, else (revision 0) what the store wears.

    A draft made for an older version of its theme comes as the theme of today can wear it.
    """
    draft = history.find_draft(session, store_id=store.id)
    return look.today(session, draft or store), draft.revision if draft else 0


def save(session: Session, *, store_id: uuid.UUID, revision: int, choice: ThemeChoice) -> StoreLook:
    """Put `choice` into the draft that was seen at `revision`.

    Raises NotFound, DraftConflict (somebody else saved), ThemeUnknown, LookInvalid: then nothing has changed.
    """
    store = queries.get_store(session, store_id=store_id, lock=True)
    draft = history.find_draft(session, store_id=store.id, lock=True)
    expect(session, draft, revision)
    theme = look.theme_of(session, tenant_id=store.tenant_id, handle=choice.handle)
    preset = look.check(theme, choice)
    draft = draft or history.begin_draft(session, store)
    history.dress(session, draft, replace(choice, preset=preset))
    draft.revision += 1
    draft.author = require_scope(session).actor.name
    session.flush()
    return draft


def expect(session: Session, draft: StoreLook | None, revision: int) -> None:
    """Raises DraftConflict unless `revision` is the one in force."""
    if draft is not None and draft.revision != revision:
        told = {"revision": draft.revision, "author": draft.author, "changed_at": rfc3339(draft.changed_at)}
        theirs = words_of(look.today(session, draft))
        raise DraftConflict(extra={**told, "look": theirs}, author=draft.author or "—")


def words_of(choice: ThemeChoice) -> dict[str, Any]:
    """{theme, preset, settings, templates}: a look as the browser holds it."""
    return {
        "theme": choice.handle,
        "preset": choice.preset,
        "settings": dict(choice.settings),
        "templates": dict(choice.templates),
    }
