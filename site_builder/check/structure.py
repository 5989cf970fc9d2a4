"""The files a theme must have, and those it may have."""

import re
from collections.abc import Iterator

from site_builder.check.finding import Finding
from site_builder.feeds import PROVIDERS
from site_builder.settings import LOCALES
from site_builder.theme import TEMPLATES, Theme, template_problems

PLACES = re.compile(
    r"(?:theme|tokens)\.json|(?:README|LICENCE|LICENSE|CHANGELOG)(?:\.md|\.txt)|config/settings_schema\.json|config/presets/[a-z0-9-]+\.json"
    r"|(?:layout|sections|snippets)/[a-z0-9-]+\.html\.j2|sections/[a-z0-9-]+\.schema\.json|templates/[a-z0-9-]+\.json"
    r"|assets/[A-Za-z0-9_./-]+\.(?:css|js|svg|json)|locales/[A-Za-z-]+\.json"
)


def findings(theme: Theme) -> Iterator[Finding]:
    needed = ["tokens.json", "config/settings_schema.json", "layout/base.html.j2", "templates/shared.json"]
    needed += [f"templates/{name}.json" for name in TEMPLATES] + [f"locales/{name}.json" for name in LOCALES]
    for path in needed:
        if path not in theme.files:
            yield _finding(
                "fatal",
                path,
                "the file is missing",
                "add it; the bundled theme `classic` shows what it holds",
            )
    for path in theme.files:
        if not PLACES.fullmatch(path):
            yield _finding("error", path, "stands in no known place", "see docs/themes.md for the layout")
    if not theme.presets:
        yield _finding("fatal", "config/presets", "there is no preset", "add at least one")
    yield from _sections(theme)
    yield from _templates(theme)


def _sections(theme: Theme) -> Iterator[Finding]:
    bodies = set(theme.under("sections", ".html.j2"))
    for name in sorted(bodies ^ set(theme.sections)):
        lacking = f"sections/{name}.schema.json" if name in bodies else f"sections/{name}.html.j2"
        yield _finding("fatal", lacking, "the file is missing", "a section is a template and a schema of the same name")
    for name, schema in theme.sections.items():
        if schema.get("data") is not None and schema["data"] not in PROVIDERS:
            path = f"sections/{name}.schema.json"
            yield _finding("fatal", path, f"`data` {schema['data']!r} is unknown", f"one of {sorted(PROVIDERS)}")


def _templates(theme: Theme) -> Iterator[Finding]:
    layouts = [
        (f"templates/{n}.json", n, theme.json(f"templates/{n}.json"))
        for n in [*TEMPLATES, "shared"]
        if f"templates/{n}.json" in theme.files
    ]
    for preset, data in theme.presets.items():
        path = f"config/presets/{preset}.json"
        layouts += [(path, name, layout) for name, layout in data.get("templates", {}).items()]
        for name in data.get("templates", {}).keys() - {*TEMPLATES, "shared"}:
            yield _finding("error", path, f"lays out an unknown page {name!r}", f"one of {TEMPLATES}")
    for path, name, layout in layouts:
        for problem in template_problems(theme, name, layout):
            yield _finding("fatal", path, f"{problem.where}: {problem.message}", "repair the list of sections")


def _finding(level: str, path: str, message: str, fix: str) -> Finding:
    return Finding("fatal" if level == "fatal" else "error", "structure", path, 0, message, fix)
