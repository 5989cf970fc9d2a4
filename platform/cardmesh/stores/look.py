"""The bundled themes, and whether a store's choice of theme, preset and settings is one a page can be made of."""

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy.orm import Mapped, Session

from site_builder import layouts, strict, upgrade
from site_builder import snapshot as snapshots
from site_builder import theme as themes
from site_builder.errors import Problem, SnapshotError, ThemeError
from site_builder.snapshot import ThemeChoice
from site_builder.theme import Look, Theme

from ..kit.errors import FieldError, NotFound
from ..kit.i18n import Text
from ..kit.ids import parse_id, public_id
from .errors import LookInvalid, ProfileInvalid, ThemeUnknown
from .wardrobe import queries
from .wardrobe.models import UploadedTheme

OWN = "thm_"
"""How the name of a theme begins that a distributor uploaded: the id of one version."""
_HANDLE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_WRONG = "内容有误：{message}", "{message}"


@lru_cache(maxsize=32)
def bundled(handle: str) -> Theme:
    """A theme that comes with the platform. Raises ThemeUnknown."""
    if not _HANDLE.fullmatch(handle):
        raise ThemeUnknown(theme=handle)
    try:
        return themes.find(handle)
    except ThemeError as error:
        raise ThemeUnknown(theme=handle) from error


def theme_of(session: Session, *, tenant_id: uuid.UUID, handle: str) -> Theme:
    """A bundled theme by its handle, or one of the tenant's own by its id. Raises ThemeUnknown.

    Of an uploaded theme these are the parts that a choice is checked by; only `site_builder.apart` runs its templates.
    """
    row = uploaded(session, tenant_id=tenant_id, handle=handle)
    return Theme(row.handle, row.contract) if row else bundled(handle)


def uploaded(session: Session, *, tenant_id: uuid.UUID, handle: str) -> UploadedTheme | None:
    """The tenant's theme that is meant; None where a bundled one is. Raises ThemeUnknown for what may not be worn."""
    if not handle.startswith(OWN):
        return None
    try:
        row = queries.wearable(session, tenant_id=tenant_id, theme_id=parse_id("thm", handle))
    except NotFound:
        row = None
    if row is None:
        raise ThemeUnknown(theme=handle)
    return row


@lru_cache(maxsize=1)
def shelf() -> list[Theme]:
    """Every theme that comes with the platform, by handle."""
    return [bundled(path.parent.name) for path in sorted(themes.BUNDLED.glob("*/theme.json"))]


def wardrobe(session: Session, tenant_id: uuid.UUID) -> dict[str, Theme]:
    """What a store of the tenant may wear, by the name a choice calls it: the bundled ones, its own newest versions."""
    own = {
        public_id("thm", row.id): Theme(row.handle, row.contract)
        for row in queries.newest(session, tenant_id=tenant_id)
    }
    return {theme.handle: theme for theme in shelf()} | own


def finder(session: Session, tenant_id: uuid.UUID) -> Callable[[str], Theme]:
    """`theme_of` for one tenant."""
    return lambda handle: theme_of(session, tenant_id=tenant_id, handle=handle)


class Worn(Protocol):
    """What a store and every version of its look have in common."""

    tenant_id: Mapped[uuid.UUID]
    theme: Mapped[str]
    preset: Mapped[str]
    settings: Mapped[dict[str, Any]]
    templates: Mapped[dict[str, Any]]


def choice_of(worn: Worn) -> ThemeChoice:
    """The owner's own values in the words of the site builder."""
    return ThemeChoice(handle=worn.theme, preset=worn.preset, settings=worn.settings, templates=worn.templates)


def today(session: Session, worn: Worn) -> ThemeChoice:
    """The same, as the theme of today can wear it. Raises ThemeUnknown."""
    return carried(theme_of(session, tenant_id=worn.tenant_id, handle=worn.theme), choice_of(worn))


def check(theme: Theme, choice: ThemeChoice) -> str:
    """The preset in force, the theme's own when none is named. Raises LookInvalid."""
    return wear(theme, choice).preset


def wear(theme: Theme, choice: ThemeChoice) -> Look:
    """What the choice makes of its theme. Raises LookInvalid."""
    if not _storable([choice.settings, choice.templates]):
        raise LookInvalid
    try:
        made = themes.look(theme, choice)
    except ThemeError as error:
        raise LookInvalid(errors=fields(error.problems)) from error
    if problems := [*layouts.problems(theme, choice)]:
        raise LookInvalid(errors=fields(problems))
    return made


def carried(theme: Theme, choice: ThemeChoice) -> ThemeChoice:
    """The choice as `theme`, in the version of today, can wear it, its preset by name: what a newer version does not
    know is left out here and kept with the store.
    """
    fitting, _ = upgrade.carry(theme, choice)
    return replace(fitting, preset=themes.look(theme, fitting).preset)


def _storable(words: Any) -> bool:
    """PostgreSQL's JSON holds no NUL, and lone surrogates are no text at all."""
    text = json.dumps(words, ensure_ascii=False)
    return "\\u0000" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def check_profile(store: Mapping[str, Any]) -> None:
    """Whether `store`, in the words of the snapshot's store, can be shown. Raises ProfileInvalid."""
    try:
        strict.read(snapshots.Store, store, SnapshotError)
    except SnapshotError as error:
        raise ProfileInvalid(errors=fields(error.problems)) from error


def fields(problems: Sequence[Problem]) -> list[FieldError]:
    """The builder's problems as errors of single places."""
    return [
        FieldError(f"/{one.where.lstrip('/')}", "invalid", Text(*_WRONG), {"message": one.message}) for one in problems
    ]
