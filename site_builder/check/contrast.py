"""Every preset must be legible, in light and in dark: 4.5 to 1 for words on what stands behind them."""

from collections.abc import Iterator

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


def findings(theme: Theme) -> Iterator[Finding]:
    pairs = [*ALWAYS, *(tuple(pair) for pair in theme.tokens.get("pairs", []))]
    for preset, data in theme.presets.items():
        values, _ = settings.resolve(theme.settings, data.get("settings", {}), where=preset)
        resolved = tokens.resolve(theme.tokens, data.get("tokens", {}), values)
        for mode in tokens.MODES:
            for front, back in dict.fromkeys(pairs):
                yield from _pair(f"config/presets/{preset}.json", mode, resolved[mode], front, back)


def _pair(path: str, mode: str, group: dict[str, str], front: str, back: str) -> Iterator[Finding]:
    missing = [name for name in (front, back) if name not in group]
    if missing:
        yield Finding(
            "fatal", "contrast", path, 0, f"{mode}: there is no token {missing[0]!r}", "add it to tokens.json"
        )
        return
    try:
        ratio = color.contrast(group[front], group[back])
    except ValueError as error:
        yield Finding("error", "contrast", path, 0, f"{mode}: {error}", "write colours as #rrggbb")
        return
    if ratio < RATIO:
        message = f"{mode}: {front} {group[front]} on {back} {group[back]} is {ratio:.2f}"
        better = color.readable(group[front], (group[back],))
        yield Finding("error", "contrast", path, 0, message, f"at least {RATIO}; {better} would do")
