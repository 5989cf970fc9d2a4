"""Card art for goods without a picture: a drawn card in the colours the trade knows the brand by.

No logos (those belong to others): colour, a short word, the denominations and a pattern picked by the product's own
id. The same product gives the same picture on every machine, as a file with an address that says what is in it.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from site_builder import lights, plates
from site_builder.hashing import digest
from site_builder.xmltext import escape

VERSION = 4
BRANDS: list[tuple[list[str], str, str, str]] = json.loads(Path(__file__).with_name("brands.json").read_text("utf-8"))
"""[words in a lower-case name, label, dark, bright], first match wins: longer words stand before shorter ones."""
_ANY_BRAND = re.compile("|".join(re.escape(word) for words, *_ in BRANDS for word in words))
SPARE = (
    ("#1e2a5a", "#4f6df5"), ("#0d3b4c", "#1593b5"), ("#3b1d5e", "#8d4fd6"), ("#5a1e33", "#d14b78"),
    ("#0f3f33", "#1f9d78"), ("#4a3212", "#c98a2c"), ("#26303f", "#64748b"), ("#4b1f14", "#d4623a"),
)  # fmt: skip


def describe(
    product_id: str, name: str, category: str, denominations: list[str], style: str = "card"
) -> dict[str, Any]:
    """All that decides a picture. Feed it to `url` and `draw`. `style` is a key of `STYLES`, the theme's choice."""
    label, dark, bright = _brand(name.lower()) or (short_label(name), *_spare(category))
    return {
        "version": VERSION, "style": style, "label": label, "dark": dark, "bright": bright, "category": category[:14],
        "value": _value(denominations), "pattern": int(digest(product_id)[:8], 16) % len(PATTERNS),
    }  # fmt: skip


def _brand(lowered: str) -> tuple[str, str, str] | None:
    if not _ANY_BRAND.search(lowered):
        return None
    return next(row[1:] for row in BRANDS if any(word in lowered for word in row[0]))


@lru_cache(maxsize=256)
def _spare(category: str) -> tuple[str, str]:
    return SPARE[int(digest(category)[:8], 16) % len(SPARE)]


def url(spec: dict[str, Any]) -> str:
    return f"/assets/art/{digest(spec)[:20]}.svg"


def short_label(name: str) -> str:
    """The first word of a name that fits on a card."""
    bare = re.sub(r"[\[【((].*?[\]】))]", " ", name)
    words = re.findall(r"[A-Za-z0-9+.]+|[\u3400-\u9fff]+", bare) or [name.strip()[:4] or "Card"]
    limit = 9 if words[0].isascii() else 4
    return words[0][:limit]


def _value(denominations: list[str]) -> str:
    if not denominations:
        return ""
    first, last = denominations[0], denominations[-1]
    return first if first == last else f"{first} – {last}"


def _width(text: str) -> float:
    return sum(1.0 if ord(c) > 0x2E80 else 0.58 for c in text)


def draw(spec: dict[str, Any]) -> str:
    """The SVG text, as wide and high as `SIZES` says."""
    return STYLES[spec["style"]](spec)


def card(spec: dict[str, Any]) -> str:
    """A gift card that fills the picture, 320 × 200; what matters is in the middle square, to which thumbnails crop."""
    label, value = escape(spec["label"]), escape(spec["value"])
    size = min(58.0, 176 / max(_width(spec["label"]), 1.6))
    value_size = min(20.0, 168 / max(_width(spec["value"]), 4))
    words = (
        f'<text x="160" y="{100 + size * 0.3:.1f}" font-size="{size:.1f}" font-weight="800">{label}</text>'
        f'<text x="160" y="158" font-size="{value_size:.1f}" font-weight="600" opacity=".92">{value}</text>'
        f'<text x="22" y="32" font-size="13" opacity=".75" text-anchor="start">{escape(spec["category"])}</text>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" width="320" height="200">'
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop stop-color="{spec["dark"]}"/>'
        f'<stop offset="1" stop-color="{spec["bright"]}"/></linearGradient></defs>'
        f'<rect width="320" height="200" fill="url(#g)"/><g fill="none" stroke="#fff">{PATTERNS[spec["pattern"]]}</g>'
        '<g fill="#fff" text-anchor="middle" '
        "font-family=\"Inter,'PingFang SC','HarmonyOS Sans SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif\">"
        f"{words}</g></svg>\n"
    )


def _rings() -> str:
    return "".join(
        f'<circle cx="268" cy="36" r="{r}" opacity="{0.3 - i * 0.05:.2f}"/>'
        for i, r in enumerate((26, 52, 80, 110, 142))
    )


def _waves() -> str:
    path = "M-20 {y}C60 {a} 120 {b} 200 {y}S320 {a} 380 {y}"
    return "".join(
        f'<path d="{path.format(y=150 + i * 14, a=110 + i * 14, b=190 + i * 14)}" opacity="{0.32 - i * 0.06:.2f}"/>'
        for i in range(5)
    )


def _stripes() -> str:
    return "".join(
        f'<path d="M{x} 220L{x + 130} -20" stroke-width="{w}" opacity=".1"/>'
        for x, w in ((150, 34), (214, 14), (248, 6), (290, 40))
    )


def _dots() -> str:
    spots = ((x, y) for x in range(228, 320, 18) for y in range(18, 100, 18))
    return (
        '<g fill="#fff" stroke="none" opacity=".22">'
        + "".join(f'<circle cx="{x}" cy="{y}" r="2.4"/>' for x, y in spots)
        + "</g>"
    )


def _hills() -> str:
    return (
        '<g fill="#fff" stroke="none"><path d="M0 200V160L70 120 140 168 220 104 320 170V200Z" opacity=".08"/>'
        '<path d="M0 200V184L90 150 170 190 260 140 320 186V200Z" opacity=".1"/></g>'
    )


def _facets() -> str:
    return (
        '<g fill="#fff" stroke="none"><path d="M320 0V120L200 0Z" opacity=".1"/>'
        '<path d="M320 0V60L260 0Z" opacity=".12"/>'
        '<path d="M0 200V110L90 200Z" opacity=".08"/></g>'
    )


STYLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "card": card,
    "glow": lights.glow,
    "glass": lights.glass,
    "slab": lights.slab,
    "paper": plates.paper,
    "poster": plates.poster,
    "still": plates.still,
}
"""What a theme or a preset may name as its `art`."""
SIZES = {name: (400, 500) if name in ("paper", "poster", "still") else (320, 200) for name in STYLES}
"""Width and height in pixels."""
PATTERNS = (_rings(), _waves(), _stripes(), _dots(), _hills(), _facets())
