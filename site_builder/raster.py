"""Plain pictures as PNG, for what reads no SVG: rounded boxes in levels between colours. No font is needed.

A pixel is an index into a palette, so a drawing is made and compressed once, whatever colours it is then given.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

STEPS = 4
"""Lines looked at per row of pixels: enough for smooth corners."""


class Box(NamedTuple):
    """A rounded box in whole pixels; `level` is its place in the palette."""

    left: int
    top: int
    width: int
    height: int
    radius: int
    level: int


def indexes(width: int, height: int, boxes: Sequence[Box]) -> bytes:
    """The drawing's pixels, compressed as PNG wants them. Edges take levels between those of what meets there."""
    rows = (b"\0" + bytes(_row(y, width, boxes)) for y in range(height))
    # Filter 0 on every row: equal rows then compress to almost nothing.
    return zlib.compress(b"".join(rows), 9)


def png(width: int, height: int, compressed: bytes, palette: Sequence[bytes]) -> bytes:
    """The file. `palette`: three bytes a colour, up to 256."""
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", compressed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _row(y: int, width: int, boxes: Sequence[Box]) -> bytearray:
    row = bytearray(width)
    for box in boxes:
        spans = [span for step in range(STEPS) if (span := _span(box, y + (step + 0.5) / STEPS))]
        if not spans:
            continue
        first, last = int(min(left for left, _ in spans)), min(width, int(max(right for _, right in spans)) + 1)
        solid = int(max(left for left, _ in spans)) + 1, int(min(right for _, right in spans))
        for x in (*range(first, min(solid[0], last)), *range(max(solid[1], solid[0]), last)):
            share = sum(max(0.0, min(x + 1, right) - max(x, left)) for left, right in spans) / STEPS
            row[x] = round(row[x] + (box.level - row[x]) * share)
        if solid[1] > solid[0]:
            row[solid[0] : solid[1]] = bytes([box.level]) * (solid[1] - solid[0])
    return row


def _span(box: Box, y: float) -> tuple[float, float] | None:
    """From where to where the box lies on the line at `y`."""
    inside = min(y - box.top, box.top + box.height - y)
    if inside < 0:
        return None
    rise = box.radius - inside
    inset = box.radius - (box.radius**2 - rise**2) ** 0.5 if rise > 0 else 0.0
    return box.left + inset, box.left + box.width - inset
