"""The store's own small pictures: an icon with its first letter, and the picture shown when a link is shared."""

import struct
import zlib
from functools import lru_cache
from xml.sax.saxutils import escape

from site_builder import color

WIDTH, HEIGHT = 1200, 630


def icon(name: str, brand: str, ink: str) -> str:
    letter = escape(next((c for c in name if c.isalnum()), "C").upper())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="512" height="512">'
        f'<rect width="64" height="64" rx="15" fill="{brand}"/>'
        f'<text x="32" y="45" font-size="36" font-weight="800" text-anchor="middle" fill="{ink}" '
        "font-family=\"Inter,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif\">"
        f"{letter}</text></svg>\n"
    )


@lru_cache(maxsize=256)
def share_picture(brand: str, ground: str) -> bytes:
    """A 1200 × 630 PNG of two fanned cards in the brand colour. Sharing sites read no SVG; no font is needed."""
    palette = [
        ground,
        color.mix(brand, ground, 0.14),
        color.mix(brand, ground, 0.45),
        brand,
        color.mix("#ffffff", brand, 0.82),
    ]
    shapes = ((110, 120, 560, 300, 1), (330, 150, 580, 330, 2), (470, 190, 590, 340, 3), (520, 250, 84, 60, 4),
              (520, 420, 300, 22, 4), (520, 462, 190, 22, 4))  # fmt: skip
    rows = (_row(y, shapes) for y in range(HEIGHT))
    # Filter 0 on every row: equal rows then compress to almost nothing.
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    colours = b"".join(bytes(round(c * 255) for c in color.parse(shade)) for shade in palette)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (_chunk(b"IHDR", header), _chunk(b"PLTE", colours), _chunk(b"IDAT", pixels), _chunk(b"IEND", b""))
    )


def _row(y: int, shapes: tuple[tuple[int, int, int, int, int], ...]) -> bytes:
    row = bytearray(WIDTH)
    for left, top, width, height, shade in shapes:
        if top <= y < top + height:
            inset = _inset(min(y - top, top + height - 1 - y), min(34, height // 2))
            row[left + inset : left + width - inset] = bytes([shade]) * (width - 2 * inset)
    return bytes(row)


def _inset(from_edge: int, radius: int) -> int:
    """How far a rounded corner pulls this row in."""
    rise = radius - from_edge
    return radius - int((radius**2 - rise**2) ** 0.5) if rise > 0 else 0


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
