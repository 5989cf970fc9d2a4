"""theme.json: who the theme is and which engine it needs."""

import re
from collections.abc import Iterator

from site_builder import ENGINE_VERSION
from site_builder.check.finding import Finding
from site_builder.settings import LOCALES
from site_builder.theme import Theme

FILE = "theme.json"
SEMVER = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?")
RANGE = re.compile(r"(>=|<|==)?(\d+)(?:\.(\d+))?(?:\.(\d+))?")
KNOWN = frozenset(
    [
        "handle",
        "name",
        "description",
        "version",
        "engine",
        "parent",
        "licence",
        "author",
        "previews",
        "preset",
        "art",
        "styles",
        "scripts",
        "mode_script",
        "renamed",
    ]
)
RENAMED = re.compile(r"(settings|presets|sections)\.[a-z0-9_-]+(?:\.[a-z0-9_-]+)?")


def findings(theme: Theme) -> Iterator[Finding]:
    data = theme.manifest
    if not isinstance(data, dict):
        yield _fatal("must be a JSON object", "see the bundled theme `classic`")
        return
    if data.get("handle") != theme.handle:
        yield _error(f"`handle` is {data.get('handle')!r}, the folder is {theme.handle!r}", "give both the same name")
    name = data.get("name")
    if not isinstance(name, dict) or any(not name.get(locale) for locale in LOCALES):
        yield _error("`name` lacks a language", f"name it in {' and '.join(LOCALES)}")
    if not SEMVER.fullmatch(str(data.get("version", ""))):
        yield _error(f"`version` {data.get('version')!r} is no semantic version", "write it like 1.0.0")
    if not engine_fits(str(data.get("engine", ""))):
        yield _fatal(f"`engine` {data.get('engine')!r} excludes this engine, {ENGINE_VERSION}", 'write ">=1,<2"')
    for field in ("licence", "author"):
        if not data.get(field):
            yield _error(f"`{field}` is missing", "say it in one line")
    if data.get("preset") not in theme.presets:
        yield _fatal(f"the preset {data.get('preset')!r} is not in config/presets", "name one that is there")
    yield from _assets(theme)
    yield from _renamed(data.get("renamed", {}))
    for field in sorted(data.keys() - KNOWN):
        yield Finding("warning", "manifest", FILE, 0, f"unknown field {field!r}", "remove it")


def _assets(theme: Theme) -> Iterator[Finding]:
    data, scripts = theme.manifest, theme.manifest.get("scripts")
    if (
        not isinstance(scripts, dict)
        or not scripts
        or not all(isinstance(b, dict) and b.get("files") for b in scripts.values())
    ):
        yield _fatal("`scripts` must name at least one bundle with `files`", "see the bundled theme `classic`")
        return
    listed = [
        *data.get("styles", []),
        *(f for b in scripts.values() for f in b["files"]),
        data.get("mode_script", ""),
    ]
    for name in listed:
        if f"assets/{name}" not in theme.files:
            yield _fatal(f"lists assets/{name}, which does not exist", "add the file or strike it")


def _renamed(pairs: object) -> Iterator[Finding]:
    """What older versions called by another name; `upgrade` reads it."""
    if not isinstance(pairs, dict):
        yield _fatal("`renamed` must be an object", '{"settings.old": "settings.new"}')
        return
    for old, new in pairs.items():
        names = [RENAMED.fullmatch(str(name)) for name in (old, new)]
        if not all(names) or str(old).count(".") != str(new).count(".") or old.split(".")[0] != str(new).split(".")[0]:
            yield _error(f"`renamed`: {old!r} → {new!r} is no pair of one kind", '"settings.old": "settings.new"')


def engine_fits(wanted: str) -> bool:
    """Whether this engine is within a range such as ">=1,<2"."""
    here = tuple(int(part) for part in ENGINE_VERSION.split("."))
    matches = [RANGE.fullmatch(part.strip()) for part in wanted.split(",")]
    return all(match and _within(here, match) for match in matches)


def _within(here: tuple[int, ...], match: re.Match[str]) -> bool:
    edge = tuple(int(part) for part in match.groups()[1:] if part)
    cut = here[: len(edge)]
    return {">=": cut >= edge, "<": cut < edge}.get(match[1], cut == edge)


def _error(message: str, fix: str) -> Finding:
    return Finding("error", "manifest", FILE, 0, message, fix)


def _fatal(message: str, fix: str) -> Finding:
    return Finding("fatal", "manifest", FILE, 0, message, fix)
