"""What a page may weigh, compressed as it travels."""

import gzip
from collections.abc import Iterator

from site_builder import assets
from site_builder.check.finding import Finding
from site_builder.settings import LOCALES
from site_builder.snapshot import ThemeChoice
from site_builder.texts import Translator
from site_builder.theme import Theme, look

SCRIPT_LIMIT = 10 * 1024
STYLE_LIMIT = 40 * 1024


def findings(theme: Theme) -> Iterator[Finding]:
    looks = {preset: look(theme, ThemeChoice(handle="x", preset=preset)) for preset in theme.presets}
    made = {preset: assets.make(one, _translators(theme)) for preset, one in looks.items()}
    for preset, files in made.items():
        yield from _weigh(f"styles of preset {preset}", [files.style], STYLE_LIMIT)
    # Scripts are the same in every preset.
    for files in list(made.values())[:1]:
        for (locale, bundle), script in files.app.items():
            yield from _weigh(f"script {bundle!r} in {locale}", [script, files.mode], SCRIPT_LIMIT)


def _translators(theme: Theme) -> dict[str, Translator]:
    return {name: Translator(name, theme.locales[name]) for name in LOCALES}


def _weigh(what: str, files: list[assets.Asset], limit: int) -> Iterator[Finding]:
    size = sum(len(gzip.compress(file.body, 6, mtime=0)) for file in files)
    if size > limit:
        message = f"the {what} weigh {size:,} bytes compressed, allowed are {limit:,}"
        yield Finding("error", "budgets", "theme.json", 0, message, "share less, or split the bundle by page")
    elif size > limit * 0.97:
        yield Finding(
            "suggestion",
            "budgets",
            "theme.json",
            0,
            f"the {what} are within 3 % of the limit ({size:,} bytes)",
        )
