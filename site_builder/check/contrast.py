"""Every preset must be legible, in light and in dark: 4.5 to 1 for words on what stands behind them."""

from collections.abc import Iterator
from dataclasses import dataclass

from site_builder import color, settings, tokens
from site_builder.check.finding import Finding
from site_builder.theme import Theme

RATIO = 4.5
ALWAYS = (
    ("color-text", "color-bg"),
    ("color-text", "color-surface"),
    ("color-muted", "color-bg"),
    ("color-muted", "color-surface"),
    ("color-on-brand", "color-brand"),
    ("color-brand-ink", "color-surface"),
    ("color-brand-ink", "color-bg"),
)


GROUNDS = ("color-bg", "color-surface")
"""What words stand on everywhere."""


@dataclass(frozen=True, slots=True)
class Weak:
    """A colour that cannot be read in `mode` on `ground`; `better` is the nearest shade that can."""

    mode: str
    front: str
    ground: str
    ratio: float
    better: str


def findings(theme: Theme) -> Iterator[Finding]:
    for preset, data in theme.presets.items():
        path = f"config/presets/{preset}.json"
        values, _ = settings.resolve(theme.settings, data.get("settings", {}), where=preset)
        resolved = tokens.resolve(theme.tokens, data.get("tokens", {}), values)
        for mode in tokens.MODES:
            for front, back in pairs(theme):
                yield from _pair(path, mode, resolved[mode], front, back)


def pairs(theme: Theme) -> list[tuple[str, str]]:
    """(words, ground) that must be legible in this theme, each once."""
    return list(dict.fromkeys([*ALWAYS, *((str(front), str(back)) for front, back in theme.tokens.get("pairs", []))]))


def weak(theme: Theme, resolved: tokens.Tokens) -> list[Weak]:
    """The pairs of a look that cannot be read. Raises ValueError for a token that is no #rrggbb colour."""
    found = []
    for mode in tokens.MODES:
        group = resolved[mode]
        for front, back in pairs(theme):
            found += _weak(mode, front, group[front], back, (group[back],))
    return found


def picked(name: str, value: str, resolved: tokens.Tokens) -> list[Weak]:
    """The modes in which a picked colour itself cannot carry words on the page, with the shade that could."""
    found = []
    for mode in tokens.MODES:
        grounds = tuple(resolved[mode][ground] for ground in GROUNDS)
        found += _weak(mode, name, value, "color-bg", grounds)
    return found


def _weak(mode: str, front: str, value: str, ground: str, grounds: tuple[str, ...]) -> list[Weak]:
    ratio = min(color.contrast(value, behind) for behind in grounds)
    return [] if ratio >= RATIO else [Weak(mode, front, ground, round(ratio, 2), color.readable(value, grounds))]


def _pair(path: str, mode: str, group: dict[str, str], front: str, back: str) -> Iterator[Finding]:
    missing = [name for name in (front, back) if name not in group]
    if missing:
        message = f"{mode}: there is no token {missing[0]!r}"
        yield Finding("fatal", "contrast", path, 0, message, "add it to tokens.json")
        return
    try:
        found = _weak(mode, front, group[front], back, (group[back],))
    except ValueError as error:
        yield Finding("error", "contrast", path, 0, f"{mode}: {error}", "write colours as #rrggbb")
        return
    for one in found:
        message = f"{mode}: {front} {group[front]} on {back} {group[back]} is {one.ratio:.2f}"
        yield Finding("error", "contrast", path, 0, message, f"at least {RATIO}; {one.better} would do")
