"""Card art for dark themes, 320 × 200, after the same `describe` data: the denomination stands largest.

Three manners: `glow` (fine luminous lines out of the dark), `glass` (a frosted pane over soft lights), `slab` (hard
diagonals and heavy figures). What must be read starts at the left edge; nothing is blurred by a filter, which a
browser would compute again for every card of a list.
"""

from typing import Any

from site_builder import color
from site_builder.xmltext import escape

NIGHT, COAL = "#0a0912", "#12100e"
FACE = "Inter,'SF Pro Display','PingFang SC','HarmonyOS Sans SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"
TIGHT = f"'DIN Condensed','Bahnschrift','Avenir Next Condensed','Roboto Condensed',{FACE}"
LEFT = 22
HEXAGON = "M{x} {y}l{a} {b}v{c}l-{a} {b}l-{a}-{b}v-{c}Z"


def glow(spec: dict[str, Any]) -> str:
    """Lines of light over near-black: hexagons, a horizon, beams, a circuit, chevrons, diamonds."""
    lit = color.readable(spec["bright"], (NIGHT,), 6.0)
    ground = (
        f'<stop stop-color="{color.mix(spec["dark"], NIGHT, 0.62)}"/><stop offset="1" stop-color="{NIGHT}"/>',
        f'<stop stop-color="{lit}" stop-opacity=".62"/><stop offset="1" stop-color="{lit}" stop-opacity="0"/>',
    )
    return _picture(
        f'<defs><linearGradient id="g" x1="1" y1="0" x2="0" y2="1">{ground[0]}</linearGradient>'
        f'<radialGradient id="l" cx=".92" cy=".06" r=".75">{ground[1]}</radialGradient></defs>'
        f'{_rect("url(#g)")}{_rect("url(#l)")}'
        f'<g fill="none" stroke="{lit}" stroke-width="1.4">{LINES[spec["pattern"]]}</g>'
        f'<path d="M0 0h4v200h-4Z" fill="{lit}"/>{_words(spec, lit, FACE, 800)}'
    )


def glass(spec: dict[str, Any]) -> str:
    """A frosted pane before two soft lights, whose places the product decides."""
    deep, turn = color.mix(spec["dark"], "#06101c", 0.5), spec["pattern"]
    lit = color.readable(spec["bright"], ("#06101c",), 4.0)
    x, y = (250, 70, 290, 180, 210, 300)[turn], (30, 190, 120, 10, 180, 60)[turn]
    far = color.mix(lit, "#7ff0ff" if turn % 2 else "#b58cff", 0.45)
    lights = "".join(
        f'<radialGradient id="{name}"><stop stop-color="{shade}" stop-opacity=".9"/>'
        f'<stop offset="1" stop-color="{shade}" stop-opacity="0"/></radialGradient>'
        for name, shade in (("a", lit), ("b", far))
    )
    pane = '<rect x="10" y="10" width="300" height="180" rx="20" fill="#04101c" fill-opacity=".3"'
    return _picture(
        f'<defs>{lights}</defs>{_rect(deep)}<circle cx="{x}" cy="{y}" r="170" fill="url(#a)"/>'
        f'<circle cx="{320 - x}" cy="{200 - y}" r="130" fill="url(#b)" opacity=".7"/>'
        f'{pane} stroke="#fff" stroke-opacity=".35"/>'
        f'<path d="M10 128V30a20 20 0 0 1 20-20H{200 + turn * 12}Z" fill="#fff" fill-opacity=".1"/>'
        f"{_words(spec, '#ffffff', FACE, 700)}"
    )


def slab(spec: dict[str, Any]) -> str:
    """Heavy leaning figures on coal, with one block of the brand's colour."""
    block = color.readable(spec["bright"], (COAL,), 3.4)
    shade = color.mix(block, COAL, 0.3)
    figure = (
        "M236 0H320V130L190 200H136Z", "M200 0H320V200H270Z", "M320 60V200H120Z",
        "M180 0H236L176 200H120ZM262 0H320V100L290 200H202Z", "M320 0V92L150 0ZM320 118V200H240L118 134Z",
        "M214 0H320V200H296L250 100Z",
    )[spec["pattern"]]  # fmt: skip
    return _picture(
        f'{_rect(COAL)}<path d="M150 0H320V200H60Z" fill="{shade}" fill-opacity=".55"/>'
        f'<path d="{figure}" fill="{block}" fill-opacity=".8"/>'
        f'<path d="M0 196H320V200H0Z" fill="{block}"/>'
        f'<g transform="skewX(-8) translate(14 0)">{_words(spec, color.mix("#ffffff", block, 0.55), TIGHT, 900)}</g>'
    )


def _picture(inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" width="320" height="200">{inside}</svg>\n'


def _rect(fill: str) -> str:
    return f'<path d="M0 0H320V200H0Z" fill="{fill}"/>'


def _words(spec: dict[str, Any], lit: str, face: str, weight: int) -> str:
    """Category, label and denominations; without denominations the label takes their place."""
    first, _, last = spec["value"].partition(" – ")
    lines = _line(spec["category"], 15, 34, 180, lit, 600)
    if first:
        lines += _line(spec["label"], 34, 76, 270, "#fff", weight)
        size = _fitted(first, 172 if last else 262, 76)
        lines += f'<text x="{LEFT}" y="168" font-size="{size:.1f}" font-weight="{weight}">{escape(first)}</text>'
        after = LEFT + 10 + _width(first) * size
        lines += _line(f"– {last}", 26, 168, 306 - after, "#fff", 600, after) if last else ""
    else:
        lines += _line(spec["label"], 72, 160, 276, "#fff", weight)
    return f'<g fill="#fff" font-family="{face}">{lines}</g>'


def _line(words: str, size: float, y: int, room: float, fill: str, weight: int, x: float = LEFT) -> str:
    fits = _fitted(words, room, size)
    opening = f'<text x="{x:.0f}" y="{y}" font-size="{fits:.1f}" font-weight="{weight}" fill="{fill}">'
    return f"{opening}{escape(words)}</text>"


def _fitted(words: str, room: float, size: float) -> float:
    return min(size, room / max(_width(words), 1.0))


def _width(words: str) -> float:
    """In em, a little generous: which of the faces is there is not known."""
    return sum(1.0 if ord(letter) > 0x2E80 else 0.34 if letter in ".,·:il|" else 0.64 for letter in words)


def _hexagons() -> str:
    spots = ((252, 14, 0.8), (296, 92, 0.5), (208, 92, 0.28), (340, 14, 0.5), (252, 170, 0.2))
    cells = (
        f'<path d="{HEXAGON.format(x=x, y=y, a=44, b=26, c=52)}" opacity="{opacity}"/>' for x, y, opacity in spots
    )
    return "".join(cells)


def _horizon() -> str:
    rays = "".join(f"M{x} 96L{int(220 + (x - 220) * 5)} 200" for x in range(130, 330, 22))
    rows = "".join(f"M0 {y}H320" for y in (96, 102, 112, 128, 152, 186))
    return f'<path d="{rays}{rows}" opacity=".2"/><circle cx="236" cy="66" r="34" opacity=".85"/>'


def _beams() -> str:
    beams = ((170, 1, 0.3), (196, 6, 0.16), (226, 2, 0.7), (244, 14, 0.2), (286, 3, 0.5))
    return "".join(
        f'<path d="M{x} 210L{x + 110} -10" stroke-width="{wide}" opacity="{opacity}"/>' for x, wide, opacity in beams
    )


def _circuit() -> str:
    ways = ("M320 40H262L232 70V118", "M320 66H280L258 88V160H210", "M320 150H296V104", "M186 0V34L210 58H320")
    ends = "".join(f'<circle cx="{x}" cy="{y}" r="4"/>' for x, y in ((232, 122), (206, 160), (296, 100)))
    return f'<path d="{"".join(ways)}" opacity=".55"/>{ends}'


def _chevrons() -> str:
    places = enumerate((250, 220, 190, 160))
    return "".join(f'<path d="M{x} 10l46 90-46 90" opacity="{0.8 - i * 0.18:.2f}"/>' for i, x in places)


def _diamonds() -> str:
    sizes = enumerate((28, 56, 86, 120))
    return "".join(
        f'<path d="M250 {84 - r}l{r} {r}-{r} {r}-{r}-{r}Z" opacity="{0.85 - i * 0.2:.2f}"/>' for i, r in sizes
    )


LINES = (_hexagons(), _horizon(), _beams(), _circuit(), _chevrons(), _diamonds())
