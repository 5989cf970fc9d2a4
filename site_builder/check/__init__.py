"""`theme check`: one code for the command line, uploads, tests and the library.

Each family is a module with a `findings(theme)` generator. A theme that cannot be loaded, or whose basis is broken,
ends with fatal findings; the families that would stumble over it are not asked.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from site_builder import theme as themes
from site_builder.check import (
    budgets,
    contrast,
    jinja,
    manifest,
    rendering,
    schema,
    security,
    structure,
    translations,
)
from site_builder.check.finding import Finding, Level, report
from site_builder.errors import ThemeError
from site_builder.theme import Theme

__all__ = ["FAMILIES", "Finding", "Level", "check", "check_theme", "report"]

Family = Callable[[Theme], Iterable[Finding]]

BASIS: dict[str, Family] = {
    "manifest": manifest.findings,
    "structure": structure.findings,
    "schema": schema.findings,
    "jinja": jinja.findings,
}
FAMILIES: dict[str, Family] = BASIS | {
    "translations": translations.findings,
    "security": security.findings,
    "contrast": contrast.findings,
    "budgets": budgets.findings,
    "render": rendering.findings,
}


def check(folder: Path) -> list[Finding]:
    """Every finding about the theme in `folder`."""
    try:
        theme = themes.load(folder)
    except ThemeError as error:
        return [Finding("fatal", "structure", one.where, one.line, one.message) for one in error.problems]
    return check_theme(theme)


def check_theme(theme: Theme) -> list[Finding]:
    """Every finding about a theme that could be read."""
    basis = [finding for name in BASIS for finding in _asked(name, theme)]
    if any(finding.level == "fatal" for finding in basis):
        return basis
    return basis + [finding for name in FAMILIES if name not in BASIS for finding in _asked(name, theme)]


def _asked(name: str, theme: Theme) -> Iterator[Finding]:
    """A family's findings; a file that cannot be read on the way is a fatal finding, not a crash."""
    try:
        yield from FAMILIES[name](theme)
    except ThemeError as error:
        for problem in error.problems:
            yield Finding("fatal", name, problem.where, problem.line, problem.message)
