"""A theme as data: its files, read once, and the look a store gets from it (preset + settings + templates)."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from site_builder import ENGINE_VERSION, art, inheriting, settings, tokens
from site_builder.errors import Problem, ThemeError
from site_builder.hashing import digest, sha256
from site_builder.snapshot import Snapshot, ThemeChoice

BUNDLED = Path(__file__).resolve().parent.parent / "tenant_themes"
TEMPLATES = [
    "index",
    "product",
    "category",
    "search",
    "cart",
    "checkout",
    "order",
    "lookup",
    "claim",
    "page",
    "announcement",
    "maintenance",
    "404",
]
PAGES = [*TEMPLATES, "shared"]
"""What has a layout: every page, and the parts that all pages share."""
TEXT_FILES = frozenset({".json", ".j2", ".css", ".js", ".svg", ".md", ".txt"})
PRESETS = "config/presets/"
HANDLE = r"[a-z0-9][a-z0-9-]{0,39}"
"""What a theme may be called: its folder's name too."""
MAX_FILE, MAX_FILES = 512 * 1024, 400
MAX_SECTIONS, MAX_BLOCKS = 25, 50
PART_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Theme:
    """Every text file of a theme by relative path; parsed parts on demand. Picklable, for worker processes."""

    handle: str
    files: Mapping[str, str] = field(repr=False)

    def json(self, path: str) -> Any:
        """The parsed file; raises `ThemeError` naming it when absent or malformed."""
        if path not in self.files:
            raise ThemeError([Problem(path, "the file is missing")])
        try:
            return json.loads(self.files[path])
        except (ValueError, RecursionError) as error:
            raise ThemeError([Problem(path, f"is not JSON: {error}", getattr(error, "lineno", 0))]) from None

    def under(self, folder: str, suffix: str) -> dict[str, str]:
        """Files of a folder by stem: under("sections", ".schema.json") → {"hero": "sections/hero.schema.json"}."""
        start = f"{folder}/"
        found = (p for p in self.files if p.startswith(start) and p.endswith(suffix))
        return {path[len(start) : -len(suffix)]: path for path in sorted(found)}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return self.json("theme.json")

    @cached_property
    def tokens(self) -> dict[str, Any]:
        return self.json("tokens.json")

    @cached_property
    def setting_groups(self) -> list[dict[str, Any]]:
        return self.json("config/settings_schema.json")

    @cached_property
    def settings(self) -> list[dict[str, Any]]:
        return [setting for group in self.setting_groups for setting in group.get("settings", [])]

    @cached_property
    def presets(self) -> dict[str, dict[str, Any]]:
        return {name: self.json(path) for name, path in self.under("config/presets", ".json").items()}

    @cached_property
    def sections(self) -> dict[str, dict[str, Any]]:
        return {name: self.json(path) for name, path in self.under("sections", ".schema.json").items()}

    @cached_property
    def locales(self) -> dict[str, dict[str, Any]]:
        return {name: self.json(path) for name, path in self.under("locales", ".json").items()}

    @cached_property
    def jinja(self) -> dict[str, str]:
        """Template texts, addressed without the folder's `.html.j2` noise: "sections/hero"."""
        return {p.removesuffix(".html.j2"): text for p, text in self.files.items() if p.endswith(".html.j2")}

    @cached_property
    def key(self) -> str:
        """Changes whenever any file of the theme or the engine does."""
        return digest([ENGINE_VERSION, {path: sha256(text.encode()) for path, text in self.files.items()}])


@dataclass(frozen=True)
class Look:
    """One store's use of a theme: the values in force. `key` changes with anything that can change a page."""

    theme: Theme
    preset: str
    values: Mapping[str, Any]
    tokens: tokens.Tokens
    templates: Mapping[str, Mapping[str, Any]]
    art: str
    """The manner of the drawn pictures, a key of `art.STYLES`."""
    key: str


def load(folder: Path) -> Theme:
    """Read a theme's text files. Raises `ThemeError` for links, oversized or undecodable files."""
    files: dict[str, str] = {}
    for path in sorted(p for p in folder.rglob("*") if not p.is_dir()):
        name = path.relative_to(folder).as_posix()
        if re.search(r"(^|/)[._]", name):
            continue
        if path.is_symlink() or path.suffix not in TEXT_FILES or path.stat().st_size > MAX_FILE:
            raise ThemeError([Problem(name, "must be a plain text file of a known kind, up to 512 KB")])
        try:
            files[name] = path.read_text("utf-8")
        except UnicodeDecodeError:
            raise ThemeError([Problem(name, "is not UTF-8")]) from None
    if len(files) > MAX_FILES or "theme.json" not in files:
        raise ThemeError([Problem("theme.json", f"is missing, or the theme has more than {MAX_FILES} files")])
    return with_parent(Theme(folder.name, files), folder.parent)


def with_parent(theme: Theme, shelf: Path) -> Theme:
    """One level of inheritance: the parent's files, overridden by path; words and schemas merged, see `inheriting`.

    Presets are looks of one theme: a child with its own inherits none. The scripts of `theme.json` are the parent's
    unless the child names its own, so that a child need not follow how the parent bundles them.
    """
    parent = theme.manifest.get("parent")
    if not parent:
        return theme
    base = load(_parent_folder(str(parent), shelf))
    if base.manifest.get("parent"):
        raise ThemeError([Problem("theme.json", f"the parent {parent!r} has a parent itself; one level only")])
    files = {path: text for path, text in base.files.items() if not (theme.presets and path.startswith(PRESETS))}
    scripts = {name: base.manifest[name] for name in ("scripts", "mode_script") if name in base.manifest}
    manifest = json.dumps({**scripts, **theme.manifest}, ensure_ascii=False, indent=1)
    laid = {
        path: json.dumps(lay(base.json(path), theme.json(path)), ensure_ascii=False, indent=1)
        for path in theme.files.keys() & base.files.keys()
        for start, lay in inheriting.LAID.items()
        if path.startswith(start) and path.endswith(".json")
    }
    return Theme(theme.handle, {**files, **theme.files, **laid, "theme.json": manifest})


def parents(folder: Path) -> list[Path]:
    """The folder of the parent of the theme in `folder`, if it has one. Raises `ThemeError`."""
    manifest = Theme(folder.name, {"theme.json": (folder / "theme.json").read_text("utf-8")}).manifest
    parent = manifest.get("parent") if isinstance(manifest, dict) else None
    return [_parent_folder(str(parent), folder.parent)] if parent else []


def _parent_folder(handle: str, shelf: Path) -> Path:
    """Beside the child, else among the bundled ones: a designer's folder need not hold a copy of `classic`."""
    if re.fullmatch(HANDLE, handle):
        for place in (shelf, BUNDLED):
            if (place / handle / "theme.json").is_file():
                return place / handle
    raise ThemeError([Problem("theme.json", f"there is no theme {handle!r} to be the parent")])


def find(name: str, shelf: Path = BUNDLED) -> Theme:
    """A bundled theme by handle, or a theme by folder path. Raises `ThemeError` when there is none."""
    return load(folder_of(name, shelf))


def folder_of(name: str, shelf: Path = BUNDLED) -> Path:
    folder = Path(name) if "/" in name or name.startswith(".") else shelf / name
    if not (folder / "theme.json").is_file():
        raise ThemeError([Problem(name, "no such theme")])
    return folder.resolve()


def wearing(snapshot: Snapshot, theme: Theme) -> Snapshot:
    """The snapshot for trying `theme` on: a choice made for another theme gives way to this one's own look."""
    if snapshot.theme.handle == theme.handle:
        return snapshot
    return replace(snapshot, theme=ThemeChoice(handle=theme.handle))


def look(theme: Theme, choice: ThemeChoice) -> Look:
    """What `choice` makes of `theme`. Raises `ThemeError` listing unknown presets, settings and bad values."""
    preset = choice.preset or str(theme.manifest.get("preset", "")) or min(theme.presets, default="")
    if preset not in theme.presets:
        raise ThemeError([Problem("theme/preset", f"{preset!r} is none of {sorted(theme.presets)}")])
    chosen = theme.presets[preset]
    values, problems = settings.resolve(
        theme.settings, chosen.get("settings", {}), choice.settings, where="theme/settings"
    )
    layered = {**chosen.get("templates", {}), **choice.templates}
    templates: dict[str, dict[str, Any]] = {}
    faults = [Problem("templates", f"there is no page {name!r}") for name in choice.templates.keys() - {*PAGES}]
    for name in PAGES:
        templates[name], wrong = _template(
            theme, name, layered[name] if name in layered else theme.json(f"templates/{name}.json")
        )
        faults += wrong
    manner = str(chosen.get("art") or theme.manifest.get("art") or "card")
    if manner not in art.STYLES:
        problems.append(Problem("art", f"{manner!r} is none of {sorted(art.STYLES)}"))
    if problems or faults:
        raise ThemeError([*problems, *faults])
    resolved = tokens.resolve(theme.tokens, chosen.get("tokens", {}), values)
    key = digest([theme.key, values, resolved, templates, manner])
    return Look(theme, preset, values, resolved, templates, manner, key)


def _template(theme: Theme, name: str, data: Any) -> tuple[dict[str, Any], list[Problem]]:
    """A template with every section's settings filled in."""
    problems = list(template_problems(theme, name, data))
    if problems:
        return {}, problems
    sections = []
    for key in data["order"]:
        section = data["sections"][key]
        if section.get("hidden"):
            continue
        schema = theme.sections[section["type"]]
        values, wrong = settings.resolve(
            schema.get("settings", []), section.get("settings", {}), where=f"templates/{name}/{key}"
        )
        problems += wrong
        blocks, wrong = _blocks(schema, section, f"templates/{name}/{key}")
        problems += wrong
        sections.append({"id": key, "type": section["type"], "settings": values, "blocks": blocks})
    return {"layout": data.get("layout", "base"), "sections": sections}, problems


def _blocks(schema: Mapping[str, Any], section: Mapping[str, Any], where: str) -> tuple[list[Any], list[Problem]]:
    kinds = {block["type"]: block for block in schema.get("blocks", [])}
    out, problems = [], []
    for key in section.get("block_order", list(section.get("blocks", {}))):
        block = section.get("blocks", {}).get(key, {})
        if not isinstance(block.get("type"), str) or block["type"] not in kinds:
            problems.append(Problem(f"{where}/{key}", f"`type` must be one of {sorted(kinds)}"))
            continue
        if block.get("hidden"):
            continue
        declared = kinds[block["type"]].get("settings", [])
        values, wrong = settings.resolve(declared, block.get("settings", {}), where=f"{where}/{key}")
        problems += wrong
        out.append({"id": key, "type": block["type"], "settings": values})
    return out, problems


def template_problems(theme: Theme, name: str, data: Any) -> Iterable[Problem]:
    """Structural faults of a template: unknown fields and sections, a broken order, too much of anything."""
    where = f"templates/{name}"
    sections = data.get("sections") if isinstance(data, Mapping) else None
    order = data.get("order") if isinstance(data, Mapping) else None
    if not isinstance(sections, Mapping) or not isinstance(order, list):
        yield Problem(where, "needs `sections` (an object) and `order` (a list)")
        return
    yield from _unknown(data, {"layout", "sections", "order"}, where)
    if not _lists(order, sections):
        yield Problem(where, "`order` must list every section exactly once")
    if len(sections) > MAX_SECTIONS:
        yield Problem(where, f"has more than {MAX_SECTIONS} sections")
    if name != "shared" and f"layout/{data.get('layout', 'base')}" not in theme.jinja:
        yield Problem(where, f"the layout {data.get('layout')!r} does not exist")
    for key, section in sections.items():
        yield from _section_problems(theme, section, f"{where}/{key}", key)


def _section_problems(theme: Theme, section: Any, where: str, key: str) -> Iterable[Problem]:
    kind = section.get("type") if isinstance(section, Mapping) else None
    if not isinstance(kind, str) or kind not in theme.sections or f"sections/{kind}" not in theme.jinja:
        yield Problem(where, f"the section {kind!r} does not exist")
        return
    yield from _part_problems(section, {"blocks", "block_order"}, where, key)
    blocks, order = section.get("blocks", {}), section.get("block_order")
    if not isinstance(blocks, Mapping) or not all(isinstance(block, Mapping) for block in blocks.values()):
        yield Problem(where, "`blocks` must be an object of objects")
        return
    if order is not None and not _lists(order, blocks):
        yield Problem(where, "`block_order` must list every block exactly once")
    if len(blocks) > MAX_BLOCKS:
        yield Problem(where, f"has more than {MAX_BLOCKS} blocks")
    for name, block in blocks.items():
        yield from _part_problems(block, set(), f"{where}/{name}", name)


def _part_problems(part: Mapping[str, Any], more: set[str], where: str, key: str) -> Iterable[Problem]:
    """What a section and a block have in common."""
    yield from _unknown(part, {"type", "settings", "hidden", *more}, where)
    if not PART_KEY.fullmatch(key):  # it becomes an id in the page
        yield Problem(where, "must be named with letters, digits, _ and -, up to 40")
    if not isinstance(part.get("settings", {}), Mapping) or not isinstance(part.get("hidden", False), bool):
        yield Problem(where, "`settings` must be an object, `hidden` true or false")


def _lists(order: Any, parts: Mapping[str, Any]) -> bool:
    named = isinstance(order, list) and all(isinstance(key, str) for key in order)
    return named and sorted(order) == sorted(parts)


def _unknown(data: Mapping[str, Any], known: set[str], where: str) -> Iterable[Problem]:
    return (Problem(where, f"unknown field {key!r}") for key in data.keys() - known)
