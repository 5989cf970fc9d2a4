"""Settings: their declarations, and every value a preset or template gives them."""

from collections.abc import Iterator
from typing import Any

from site_builder import settings
from site_builder.check.finding import Finding
from site_builder.errors import Problem, ThemeError
from site_builder.settings import LOCALES
from site_builder.snapshot import ThemeChoice
from site_builder.theme import Theme, look

FILE = "config/settings_schema.json"


def findings(theme: Theme) -> Iterator[Finding]:
    if not isinstance(theme.setting_groups, list):
        yield Finding("fatal", "schema", FILE, 0, "must be a list of groups", "each {name, settings}")
        return
    faulty = False
    for finding in _declared(theme):
        faulty = True
        yield finding
    if not faulty:
        yield from _values(theme)


def _declared(theme: Theme) -> Iterator[Finding]:
    for index, group in enumerate(theme.setting_groups):
        yield from _named(group, FILE, f"group {index}")
        yield from _as_findings(FILE, settings.schema_problems(group.get("settings", []), f"/{index}/settings"))
    for name, section in theme.sections.items():
        path = f"sections/{name}.schema.json"
        yield from _named(section, path, "the section")
        yield from _as_findings(path, settings.schema_problems(section.get("settings", []), "/settings"))
        for block in section.get("blocks", []):
            where = f"/blocks/{block.get('type')}/settings"
            yield from _as_findings(path, settings.schema_problems(block.get("settings", []), where))


def _named(data: Any, path: str, what: str) -> Iterator[Finding]:
    name = data.get("name") if isinstance(data, dict) else None
    if not isinstance(name, dict) or any(not name.get(locale) for locale in LOCALES):
        yield Finding("error", "schema", path, 0, f"{what} has no `name` in {' and '.join(LOCALES)}", "add both")


def _as_findings(path: str, problems: list[Problem]) -> Iterator[Finding]:
    for problem in problems:
        yield Finding("fatal", "schema", path, 0, f"{problem.where}: {problem.message}", "correct the declaration")


def _values(theme: Theme) -> Iterator[Finding]:
    """Every preset must resolve: known settings, valid values, in it and in the templates it uses."""
    for preset in theme.presets:
        path = f"config/presets/{preset}.json"
        yield from _named(theme.presets[preset], path, "the preset")
        try:
            look(theme, ThemeChoice(handle="x", preset=preset))
        except ThemeError as error:
            for problem in error.problems:
                file = problem.where if problem.where in theme.files else path
                words = problem.message if file == problem.where else f"{problem.where}: {problem.message}"
                yield Finding("fatal", "schema", file, problem.line, words, "give a valid value")
