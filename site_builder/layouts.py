"""Page layouts as an owner edits them: what a page is made of now, what may be added to it, and what must stay.

A section that a theme uses on one kind of page only, and that is no choice of goods, is that page's own matter: the
product's details, the checkout. It can be put nowhere else, and without it the page would be of no use.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from site_builder.errors import Problem
from site_builder.feeds import SHOWN_ON
from site_builder.snapshot import ThemeChoice
from site_builder.theme import PAGES, Theme

FREE = "index"
"""The page whose sections know nothing of where they stand."""

Layout = Mapping[str, Any]


def effective(theme: Theme, choice: ThemeChoice, page: str) -> Layout:
    """The layout in force, in the theme's template format: the owner's, else the preset's, else the theme's."""
    preset = theme.presets.get(choice.preset or "", {})
    return choice.templates.get(page) or preset.get("templates", {}).get(page) or theme.json(f"templates/{page}.json")


def addable(theme: Theme, page: str) -> list[str]:
    """The section types that may be added to `page`: those that work anywhere, and its own that are no essentials."""
    uses = _uses(theme)
    own = {kind for kind, pages in uses.items() if page in pages}
    placed = {kind for kind, schema in theme.sections.items() if "place" in schema} | _of_shared(uses)
    if page == "shared":
        return sorted(placed - essential(theme, page))
    free = {kind for kind in theme.sections if not uses.get(kind, set()) - {FREE} and not _bound_to_goods(theme, kind)}
    return sorted((free | own) - placed - essential(theme, page))


def essential(theme: Theme, page: str) -> set[str]:
    """The section types without which `page` is of no use: the theme's own for it, on no other page."""
    uses = _uses(theme)
    own = {kind for kind in theme.sections if uses.get(kind) == {page}}
    return {kind for kind in own if page != FREE and not _bound_to_goods(theme, kind)}


def problems(theme: Theme, choice: ThemeChoice) -> Iterator[Problem]:
    """What an owner's own layouts leave out, show twice, or put where it cannot work. The format is `look`'s matter."""
    for page, layout in choice.templates.items():
        kinds = [part["type"] for part in layout["sections"].values()]
        shown = [part["type"] for part in layout["sections"].values() if not part.get("hidden")]
        musts = essential(theme, page)
        for kind in sorted(musts):
            if shown.count(kind) != 1 or kinds.count(kind) != 1:
                yield Problem(f"templates/{page}", f"needs the section {kind!r} exactly once")
        for kind in sorted(set(kinds) - musts - set(addable(theme, page))):
            yield Problem(f"templates/{page}", f"the section {kind!r} does not work on this page")


def _uses(theme: Theme) -> dict[str, set[str]]:
    """The pages on which the theme itself or one of its presets uses each section type."""
    uses: dict[str, set[str]] = {}
    own = [(page, theme.json(f"templates/{page}.json")) for page in PAGES]
    of_presets = [pair for preset in theme.presets.values() for pair in preset.get("templates", {}).items()]
    for page, layout in [*own, *of_presets]:
        for section in layout["sections"].values():
            uses.setdefault(section["type"], set()).add(page)
    return uses


def _of_shared(uses: Mapping[str, set[str]]) -> set[str]:
    return {kind for kind, pages in uses.items() if pages == {"shared"}}


def _bound_to_goods(theme: Theme, kind: str) -> bool:
    """Shows goods that hang on the product whose page it is."""
    return theme.sections[kind].get("data") in SHOWN_ON
