"""The store's own small pictures: an icon with its first letter, icons for home screens, and the picture of a link."""

from functools import lru_cache

from site_builder import color, raster
from site_builder.xmltext import escape

WIDTH, HEIGHT = 1200, 630
BRAND = 200
"""Where the brand's colour stands among the 256 shades of the picture for links."""


def icon(name: str, brand: str, ink: str) -> str:
    letter = escape(next((c for c in name if c.isalnum()), "C").upper())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="512" height="512">'
        f'<rect width="64" height="64" rx="15" fill="{brand}"/>'
        f'<text x="32" y="45" font-size="36" font-weight="800" text-anchor="middle" fill="{ink}" '
        "font-family=\"Inter,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif\">"
        f"{letter}</text></svg>\n"
    )


def app_icon(size: int, brand: str, ink: str, *, safe: bool = False) -> bytes:
    """A square PNG of two cards, for home screens. `safe` keeps the cards inside the circle that any mask leaves."""
    return raster.png(size, size, _cards(size, 0.78 if safe else 1.0), _ramp(brand, ink))


def share_picture(brand: str, ground: str) -> bytes:
    """A 1200 × 630 PNG of two fanned cards in the brand colour. Sharing sites read no SVG."""
    shades = [*_ramp(ground, brand, BRAND + 1), *_ramp(brand, color.mix("#ffffff", brand, 0.82), 256 - BRAND)[1:]]
    return raster.png(WIDTH, HEIGHT, _fan(), shades)


@lru_cache(maxsize=16)
def _cards(size: int, scale: float) -> bytes:
    """Levels: 0 the ground, 255 the ink."""

    def at(value: float) -> int:
        return round(size / 2 + (value - 32) * scale * size / 64)

    def box(left: int, top: int, right: int, bottom: int, radius: int, level: int) -> raster.Box:
        size_ = (at(right) - at(left), at(bottom) - at(top))
        return raster.Box(at(left), at(top), *size_, round(radius * scale * size / 64), level)

    cards = (box(11, 15, 45, 38, 5, 105), box(18, 24, 54, 49, 5, 255))
    return raster.indexes(size, size, (*cards, box(23, 30, 32, 36, 2, 0), box(23, 40, 49, 43, 1, 105)))


@lru_cache(maxsize=1)
def _fan() -> bytes:
    """Levels: 0 the ground, `BRAND` the brand's colour, 255 what is printed on it."""
    boxes = ((110, 120, 560, 300, 34, 28), (330, 150, 580, 330, 34, 90), (470, 190, 590, 340, 34, BRAND),
             (520, 250, 84, 60, 30, 255), (520, 420, 300, 22, 11, 255), (520, 462, 190, 22, 11, 255))  # fmt: skip
    return raster.indexes(WIDTH, HEIGHT, [raster.Box(*box) for box in boxes])


@lru_cache(maxsize=512)
def _ramp(first: str, last: str, count: int = 256) -> list[bytes]:
    """So many shades from one colour to the other, as PNG writes them."""
    ends = (color.parse(first), color.parse(last))
    steps = (place / (count - 1) for place in range(count))
    return [bytes(round((a + (b - a) * step) * 255) for a, b in zip(*ends, strict=True)) for step in steps]
