"""Colour arithmetic: WCAG contrast, mixing, and the nearest shade that can be read."""

import colorsys
from functools import lru_cache

RGB = tuple[float, float, float]


def parse(color: str) -> RGB:
    """ "#rrggbb" to channels in 0…1. Raises ValueError for anything else."""
    if len(color) != 7 or color[0] != "#":
        raise ValueError(f"{color!r} is not a #rrggbb colour")
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]  # three by construction


def text(rgb: RGB) -> str:
    return "#" + "".join(f"{round(max(0.0, min(1.0, c)) * 255):02x}" for c in rgb)


def luminance(color: str) -> float:
    channels = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parse(color))
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(color: str, into: str, share: float) -> str:
    """`share` (0…1) of `color`, the rest of `into`."""
    return text(tuple(a * share + b * (1 - share) for a, b in zip(parse(color), parse(into), strict=True)))  # type: ignore[arg-type]  # three


@lru_cache(maxsize=1024)
def readable(color: str, backgrounds: tuple[str, ...], ratio: float = 4.6) -> str:
    """The shade nearest to `color`, same hue, with at least `ratio` against every background."""
    hue, light, saturation = colorsys.rgb_to_hls(*parse(color))
    for step in range(101):
        for shade in (light - step / 100, light + step / 100):
            if 0 <= shade <= 1:
                candidate = text(colorsys.hls_to_rgb(hue, shade, saturation))
                if all(contrast(candidate, background) >= ratio for background in backgrounds):
                    return candidate
    return max("#000000", "#ffffff", key=lambda c: min(contrast(c, b) for b in backgrounds))


def ink_on(background: str) -> str:
    """White where white can be read, else near-black."""
    return "#ffffff" if contrast("#ffffff", background) >= 4.5 else "#10131a"
