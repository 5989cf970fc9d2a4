"""Card art for calm themes: tall plates of 400 × 500, flat colour and one still life, after the same `describe` data.

Three manners: `paper` (a printed card on tinted paper), `poster` (type on flat colour), `still` (a card on a plinth).
What matters stands in the middle 400 × 400, so that a thumbnail may crop to a square.
"""

from string import ascii_uppercase
from typing import Any

from site_builder import color
from site_builder.xmltext import escape

SERIF = "'Iowan Old Style','Palatino Linotype',Georgia,'Songti SC','Noto Serif CJK SC','Noto Serif SC',serif"
SANS = "'Helvetica Neue',Inter,'PingFang SC','HarmonyOS Sans SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"
LEANS = (0, -7, 5, -4, 8, -10)
EMS = {**dict.fromkeys(ascii_uppercase, 0.74), **dict.fromkeys(".,·:il|", 0.34), **dict.fromkeys("mwMW%@", 0.92)}
"""How wide a bold letter is at most in these faces; any other 0.6, or 1 in Chinese."""


def paper(spec: dict[str, Any]) -> str:
    """A card in the brand's colour, lying on paper of a pale tint of it."""
    dark, bright, turn = spec["dark"], spec["bright"], spec["pattern"]
    ground, shade = color.mix(bright, "#f4f0e8", 0.13), color.mix(bright, "#ece5d8", 0.26)
    behind = (
        f'<circle cx="286" cy="168" r="92" fill="{shade}"/>',
        f'<g transform="rotate(9 200 250) translate(-28 -35) scale(1.14)">{_card(color.mix(bright, ground, 0.45))}</g>',
        f'<path d="M0 296H400V500H0Z" fill="{shade}"/>',
        f'<path d="M112 500V232a88 88 0 0 1 176 0V500Z" fill="{shade}"/>',
        f'<path d="M0 500 400 120V500Z" fill="{shade}"/>',
        f'<circle cx="200" cy="250" r="150" fill="{shade}"/>',
    )[turn]
    label = _fitted(spec["label"], 190, 54, 200, 250, f'fill="#fff" font-family="{SERIF}" font-weight="600"')
    value = _fitted(spec["value"], 206, 17, 200, 306, f'fill="#fff" fill-opacity=".88" font-family="{SANS}"')
    place = f"rotate({LEANS[turn]} 200 250) translate(-28 -35) scale(1.14)"
    lean = f'<g transform="{place}">{_shadow()}{_card(dark)}{_band(bright)}{label}{value}</g>'
    return _plate(f'<path d="M0 0H400V500H0Z" fill="{ground}"/>{behind}{lean}')


def poster(spec: dict[str, Any]) -> str:
    """No card at all: the word large on flat colour, with one plain figure."""
    dark, bright = spec["dark"], spec["bright"]
    ground = color.readable(bright, ("#ffffff",), 3.2)
    figure = (
        '<circle cx="400" cy="90" r="210"/>',
        '<path d="M0 0H400L0 300Z"/>',
        '<path d="M200 0a200 200 0 0 1 200 200H200ZM0 0a200 200 0 0 0 200 200V0Z"/>',
        '<path d="M0 60H400V96H0ZM0 126H400V150H0ZM0 180H400V194H0ZM0 224H400V230H0Z"/>',
        '<circle cx="200" cy="170" r="128"/><circle cx="200" cy="170" r="66" fill="#fff" fill-opacity=".16"/>',
        '<path d="M0 250A250 250 0 0 1 250 0H400A400 400 0 0 0 0 400Z"/>',
    )[spec["pattern"]]
    type_ = f'fill="#fff" font-family="{SANS}" font-weight="700"'
    label = _fitted(spec["label"], 340, 112, 30, 380, type_, anchor="start")
    value = _fitted(spec["value"], 340, 26, 30, 84, type_, anchor="start")
    deep = color.mix(dark, ground, 0.55)
    return _plate(f'<path d="M0 0H400V500H0Z" fill="{ground}"/><g fill="{deep}">{figure}</g>{label}{value}')


def still(spec: dict[str, Any]) -> str:
    """A pale card standing on a plinth, in a room of one muted colour."""
    dark, bright, turn = spec["dark"], spec["bright"], spec["pattern"]
    wall = color.mix(color.mix(bright, dark, 0.6), "#d9d8cc", 0.34)
    floor, light = color.mix("#000000", wall, 0.09), color.mix("#ffffff", wall, 0.2)
    ink = color.readable(color.mix(dark, bright, 0.8), ("#fbf9f4",), 4.6)
    prop = (
        f'<circle cx="300" cy="130" r="58" fill="{light}"/>',
        f'<path d="M70 352V190a130 130 0 0 1 260 0V352Z" fill="{light}"/>',
        f'<path d="M40 352V120H150V352Z" fill="{light}"/>',
        f'<circle cx="96" cy="318" r="34" fill="{light}"/><circle cx="322" cy="330" r="22" fill="{light}"/>',
        f'<path d="M230 0H400V352H320Z" fill="{light}"/>',
        f'<path d="M0 352 150 60 260 352Z" fill="{light}"/>',
    )[turn]
    room = f'<path d="M0 0H400V500H0Z" fill="{wall}"/>{prop}<path d="M0 345H400V500H0Z" fill="{floor}"/>'
    plinth = f'<path d="M62 352H338V398H62Z" fill="{light}"/><path d="M62 398H338V418H62Z" fill="{floor}"/>'
    label = _fitted(spec["label"], 176, 50, 200, 274, f'fill="{ink}" font-family="{SERIF}" font-weight="600"')
    value = _fitted(spec["value"], 190, 16, 200, 326, f'fill="{ink}" font-family="{SANS}"')
    card = '<rect x="88" y="206" width="224" height="146" rx="9" fill="#000" fill-opacity=".12"/>'
    card += '<rect x="82" y="202" width="224" height="150" rx="9" fill="#fbf9f4"/>'
    edge = f'<path d="M82 220V211a9 9 0 0 1 9-9H297a9 9 0 0 1 9 9v9H82Z" fill="{ink}"/>'
    stand = f'{plinth}{card}{edge}<g transform="translate(-6 6)">{label}{value}</g>'
    return _plate(f'{room}<g transform="translate(-30 -60) scale(1.15)">{stand}</g>')


def _plate(inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 500" width="400" height="500">{inside}</svg>\n'


def _card(fill: str) -> str:
    return f'<rect x="76" y="172" width="248" height="156" rx="12" fill="{fill}"/>'


def _shadow() -> str:
    """Soft by layers: a blur filter would be computed again for every card of a list."""
    layers = (
        f'<rect x="{78 - grow}" y="{182 - grow * 0.4:g}" width="{244 + 2 * grow}" height="{152 + grow * 1.5:g}" '
        f'rx="{10 + grow}"/>'
        for grow in range(0, 18, 2)
    )
    return f'<g fill-opacity=".022">{"".join(layers)}</g>'


def _band(fill: str) -> str:
    """A corner of the second colour, and a chip's outline: enough to read as a card."""
    return (
        f'<path d="M244 172H312a12 12 0 0 1 12 12V252Z" fill="{fill}"/>'
        '<rect x="96" y="192" width="30" height="22" rx="4" fill="#fff" fill-opacity=".32"/>'
    )


def _fitted(words: str, room: float, size: float, x: float, y: float, style: str, anchor: str = "middle") -> str:
    """A line of text no wider than `room`, its middle height at `y`."""
    if not words:
        return ""
    width = sum(1.0 if ord(letter) > 0x2E80 else EMS.get(letter, 0.6) for letter in words)
    fits = min(size, room / width)
    return (
        f'<text x="{x}" y="{y + fits * 0.34:.1f}" font-size="{fits:.1f}" text-anchor="{anchor}" '
        f"{style}>{escape(words)}</text>"
    )
