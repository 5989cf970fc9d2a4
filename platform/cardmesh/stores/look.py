"""The bundled themes, and whether a store's choice of theme, preset and settings is one a page can be made of."""

import re
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from site_builder import snapshot as snapshots
from site_builder import strict
from site_builder import theme as themes
from site_builder.errors import Problem, SnapshotError, ThemeError
from site_builder.settings import complaint_about
from site_builder.snapshot import ThemeChoice
from site_builder.theme import Theme

from ..kit.errors import FieldError, NotFound
from ..kit.i18n import Text
from ..kit.ids import parse_id
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


def check(theme: Theme, choice: ThemeChoice) -> str:
    """The preset in force, the theme's own when none is named. Raises LookInvalid."""
    try:
        return themes.look(theme, choice).preset
    except ThemeError as error:
        raise LookInvalid(errors=fields(error.problems)) from error


def fitting(theme: Theme, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the theme has a place for."""
    declared = {setting["id"]: setting for setting in theme.settings if "id" in setting}
    return {
        name: value
        for name, value in settings.items()
        if name in declared and not complaint_about(declared[name], value)
    }


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
