"""An owner's choice made for one version of a theme, brought to another: renamed things follow, the rest stays.

`theme.json` may say what was renamed: `"renamed": {"settings.accent": "settings.brand_color", "presets.sea":
"presets.harbor", "sections.banner": "sections.hero", "sections.hero.title": "sections.hero.heading"}`; the last form
also holds for a section's blocks. What the theme no longer knows is left out of the result and reported; the caller
keeps the owner's own words, so that going back to the older version loses nothing.
"""

from collections.abc import Mapping
from typing import Any

from site_builder import layouts, settings
from site_builder.errors import Problem
from site_builder.snapshot import ThemeChoice
from site_builder.theme import PAGES, Theme, template_problems


def carry(theme: Theme, choice: ThemeChoice) -> tuple[ThemeChoice, list[Problem]]:
    """The choice as this version of the theme can wear it, and what had to be left out. A fitting one is unchanged."""
    lost: list[Problem] = []
    preset = _renamed(theme, "presets", choice.preset or "") or None
    if preset is not None and preset not in theme.presets:
        lost.append(Problem("theme/preset", f"the theme has no preset {preset!r} any more"))
        preset = None
    values = _values(theme, "settings", theme.settings, choice.settings, "theme/settings", lost)
    pages = {}
    for page, layout in choice.templates.items():
        carried = _layout(theme, page, layout, lost)
        if carried is not None:
            pages[page] = carried
    made = ThemeChoice(handle=choice.handle, preset=preset, settings=values, templates=pages)
    return (choice, []) if made == choice else (made, lost)


def _renamed(theme: Theme, kind: str, name: str) -> str:
    new = str(theme.manifest.get("renamed", {}).get(f"{kind}.{name}", ""))
    return new.rpartition(".")[2] or name


def _values(
    theme: Theme, kind: str, declared: list[Any], given: Mapping[str, Any], where: str, lost: list[Problem]
) -> dict[str, Any]:
    """The values the theme still has a place for, under their names of now."""
    known = {setting["id"]: setting for setting in declared if setting["type"] not in settings.SPEAKING}
    kept = {}
    for name, value in given.items():
        new = name if name in known else _renamed(theme, kind, name)
        complaint = settings.complaint_about(known[new], value) if new in known else "the theme has no such setting now"
        if complaint:
            lost.append(Problem(f"{where}/{name}", complaint))
        else:
            kept[new] = value
    return kept


def _layout(theme: Theme, page: str, layout: Mapping[str, Any], lost: list[Problem]) -> dict[str, Any] | None:
    """The page's layout without what the theme cannot show; None when it is better off with the theme's own."""
    if page not in PAGES:
        lost.append(Problem(f"templates/{page}", "the theme has no such page"))
        return None
    sections = {}
    for key in layout["order"]:
        if section := _section(theme, layout["sections"][key], f"templates/{page}/{key}", lost):
            sections[key] = section
    carried = {**layout, "sections": sections, "order": [key for key in layout["order"] if key in sections]}
    choice = ThemeChoice(handle=theme.handle, templates={page: carried})
    faults = [*template_problems(theme, page, carried)] or [*layouts.problems(theme, choice)]
    lost += faults
    return None if faults else carried


def _section(theme: Theme, section: Mapping[str, Any], where: str, lost: list[Problem]) -> dict[str, Any] | None:
    kind = section["type"] if section["type"] in theme.sections else _renamed(theme, "sections", section["type"])
    schema = theme.sections.get(kind)
    if schema is None:
        lost.append(Problem(where, f"the theme has no section {section['type']!r} any more"))
        return None
    below = f"sections.{kind}"
    values = _values(theme, below, schema.get("settings", []), section.get("settings", {}), where, lost)
    made = {**section, "type": kind, "settings": values}
    if "blocks" in section:
        made |= _blocks(theme, below, schema, section, where, lost)
    return made


def _blocks(
    theme: Theme, below: str, schema: Mapping[str, Any], section: Mapping[str, Any], where: str, lost: list[Problem]
) -> dict[str, Any]:
    kinds = {block["type"]: block.get("settings", []) for block in schema.get("blocks", [])}
    kept = {}
    for key, block in section["blocks"].items():
        if block.get("type") not in kinds:
            lost.append(Problem(f"{where}/{key}", f"the section has no block {block.get('type')!r} any more"))
            continue
        given, place = block.get("settings", {}), f"{where}/{key}"
        values = _values(theme, below, kinds[block["type"]], given, place, lost)
        kept[key] = {**block, "settings": values}
    order = [key for key in section.get("block_order", list(section["blocks"])) if key in kept]
    return {"blocks": kept, "block_order": order}
