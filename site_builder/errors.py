"""What can go wrong, each with enough words to repair the input."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One refused value: where it stands (JSON pointer or file) and what is wrong with it."""

    where: str
    message: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.where or '/'}{f':{self.line}' if self.line else ''}: {self.message}"


class SiteBuilderError(Exception):
    """Base of every error this library raises on purpose."""


class InputError(SiteBuilderError):
    """The input breaks its contract; `problems` lists every place, not only the first."""

    def __init__(self, what: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{what}: " + "; ".join(str(p) for p in self.problems[:20]))


class SnapshotError(InputError):
    """The store snapshot is not a valid one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("invalid snapshot", problems)


class ThemeError(InputError):
    """The theme, or the store's choice of preset and settings, is not a valid one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("invalid theme", problems)


class RenderError(SiteBuilderError):
    """A template failed on valid data. `file` is the theme's, `line` 1-based or 0, `reason` what went wrong there."""

    def __init__(self, reason: str, file: str = "", line: int = 0, page: str = "") -> None:
        self.reason, self.file, self.line = reason, file, line
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place} (page {page}): {reason}" if file else reason)


class MissingBuild(SiteBuilderError):
    """The build asked for does not exist, is incomplete, or was pruned."""
