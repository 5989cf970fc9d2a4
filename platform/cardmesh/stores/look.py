"""The bundled themes, and whether a store's choice of theme, preset and settings is one a page can be made of."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from site_builder import snapshot as snapshots
from site_builder import strict
from site_builder import theme as themes
from site_builder.errors import Problem, SnapshotError, ThemeError
from site_builder.snapshot import ThemeChoice
from site_builder.theme import Theme

from ..kit.errors import FieldError
from ..kit.i18n import Text
from .errors import LookInvalid, ProfileInvalid, ThemeUnknown

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


@lru_cache(maxsize=1)
def shelf() -> list[Theme]:
    """Every theme that comes with the platform, by handle."""
    return [bundled(path.parent.name) for path in sorted(themes.BUNDLED.glob("*/theme.json"))]


def check(handle: str, preset: str | None, settings: Mapping[str, Any]) -> str:
    """The preset in force, the theme's own when none is named. Raises ThemeUnknown, LookInvalid."""
    choice = ThemeChoice(handle=handle, preset=preset, settings=settings)
    try:
        return themes.look(bundled(handle), choice).preset
    except ThemeError as error:
        raise LookInvalid(errors=fields(error.problems)) from error


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
