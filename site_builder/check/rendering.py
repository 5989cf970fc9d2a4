"""Does it render? Every preset on shops of several sizes in both languages, and the pages' own HTML looked at."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from site_builder.check.finding import Finding
from site_builder.check.page import page_faults
from site_builder.errors import RenderError
from site_builder.plan import PageSpec
from site_builder.render import Renderer
from site_builder.samples import sample
from site_builder.snapshot import ThemeChoice
from site_builder.theme import Theme, look

SIZES = (0, 12, 190)
"""Nothing at all; a small shop; one whose categories run over several pages."""
LARGE = 5_000
"""Search by the store's API, pagers with gaps: nothing a preset could change, so the theme's own one stands for all."""
FIRST, LAST = 8, 4


def findings(theme: Theme) -> Iterator[Finding]:
    told: set[tuple[str, int, str]] = set()
    own = str(theme.manifest.get("preset") or min(theme.presets, default=""))
    for preset, size in [*product(theme.presets, SIZES), *((name, LARGE) for name in theme.presets if name == own)]:
        for finding in _try(theme, preset, size):
            if (finding.file, finding.line, finding.message) not in told:
                told.add((finding.file, finding.line, finding.message))
                yield finding


def _telling(pages: list[PageSpec]) -> Iterator[PageSpec]:
    """All pages but the many of a kind: of those a dozen in each language, which have every kind of goods and stock."""
    alike: dict[tuple[str, str], list[PageSpec]] = {}
    for page in pages:
        alike.setdefault((page.kind, page.locale), []).append(page)
    for group in alike.values():
        yield from group if len(group) <= FIRST + LAST else [*group[:FIRST], *group[-LAST:]]


def _try(theme: Theme, preset: str, size: int) -> Iterator[Finding]:
    choice = ThemeChoice(handle=theme.handle, preset=preset)
    snapshot = replace(sample(size), theme=choice)
    where = f"preset {preset}, {size} products"
    try:
        renderer = Renderer(snapshot, look(theme, choice))
    except RenderError as error:
        yield _failed(error, f"the frame ({where})")
        return
    for page in _telling(renderer.plan.pages):
        try:
            html = renderer.render(page)
        except RenderError as error:
            yield _failed(error, f"{page.kind} ({where})")
            continue
        for fault in page_faults(html):
            yield Finding("error", "render", f"{page.kind} ({where})", 0, fault, "repair the markup")


def _failed(error: RenderError, page: str) -> Finding:
    return Finding("error", "render", error.file, error.line, error.reason, f"it must cope with {page}")
