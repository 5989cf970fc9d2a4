"""Design tokens to CSS custom properties, light and dark, with what an owner's brand colour implies worked out.

An owner picks one colour; a colour that reads well on white is often illegible on black. So brand shades are derived
per mode: `color-brand` (fills), `color-on-brand` (words on it), `color-brand-ink` (brand-coloured words),
`color-brand-soft` (a tint behind them) — each moved only as far as legibility demands.
"""

from collections.abc import Mapping
from typing import Any

from site_builder import color

MODES = ("light", "dark")
Tokens = dict[str, dict[str, str]]
"""{"base": {...}, "light": {...}, "dark": {...}}"""


def resolve(theme_tokens: Mapping[str, Any], preset_tokens: Mapping[str, Any], values: Mapping[str, Any]) -> Tokens:
    """The tokens in force: the theme's, the preset's over them, then shades of the setting `brand_color` if any."""
    tokens = {g: {**theme_tokens.get(g, {}), **preset_tokens.get(g, {})} for g in ("base", *MODES)}
    brand = values.get("brand_color")
    for mode in MODES:
        if brand:
            tokens[mode] |= brand_shades(brand, tokens[mode])
    return tokens


def brand_shades(brand: str, mode: Mapping[str, str]) -> dict[str, str]:
    background, surface = mode["color-bg"], mode["color-surface"]
    fill = color.readable(brand, (surface, background), 3.0)
    ink = color.ink_on(fill)
    fill = color.readable(fill, (ink,), 4.6)
    soft = color.mix(fill, surface, 0.1 if color.luminance(surface) > 0.4 else 0.2)
    return {
        "color-brand": fill,
        "color-on-brand": ink,
        "color-brand-strong": color.mix(fill, "#000000" if ink == "#ffffff" else "#ffffff", 0.86),
        "color-brand-soft": soft,
        "color-brand-ink": color.readable(brand, (background, surface, soft, mode["color-raised"])),
    }


def css(tokens: Tokens) -> str:
    """Three blocks: light for all, dark by the system's wish, and either by the visitor's choice."""
    light = _declarations(tokens["base"] | tokens["light"])
    dark = _declarations(tokens["dark"])
    return (
        f":root{{color-scheme:light;{light}}}"
        f"@media(prefers-color-scheme:dark){{:root:not([data-mode=light]){{color-scheme:dark;{dark}}}}}"
        f":root[data-mode=dark]{{color-scheme:dark;{dark}}}\n"
    )


def _declarations(group: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in sorted(group.items()))
