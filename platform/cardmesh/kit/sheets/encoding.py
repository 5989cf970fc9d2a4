"""Which characters the bytes of a text are. All of it is checked, so a reader never fails half-way."""

import codecs
from typing import BinaryIO, NamedTuple

from .errors import SheetEncoding, SheetUnsupported

_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Encoding(NamedTuple):
    """A codec name and where the text starts (after a byte order mark)."""

    name: str
    start: int


def detect(file: BinaryIO) -> Encoding:
    """UTF-8, UTF-16 with a byte order mark, or GB18030 (which contains GBK and GB2312).

    Raises SheetUnsupported for binary content, SheetEncoding with the first offset that fits neither.
    """
    file.seek(0)
    head = file.read(4)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return _first_fit(file, (name,), len(mark))
    return _first_fit(file, ("utf-8", "gb18030"), 0)


def _first_fit(file: BinaryIO, names: tuple[str, ...], start: int) -> Encoding:
    """The first codec that reads it all; where none does, the one that comes furthest says what is wrong."""
    furthest = start
    for name in names:
        bad = _first_bad_byte(file, name, start)
        if bad is None:
            return Encoding(name, start)
        furthest = max(furthest, bad)
    raise SheetEncoding(offset=furthest)


def _first_bad_byte(file: BinaryIO, name: str, start: int) -> int | None:
    """Where decoding fails, or None. A NUL in an 8-bit text means that it is no text at all."""
    decoder = codecs.getincrementaldecoder(name)()
    file.seek(start)
    position = start
    while True:
        chunk = file.read(_CHUNK)
        if b"\0" in chunk and not name.startswith("utf-16"):
            raise SheetUnsupported(format="binary")
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return position - pending + error.start
        if not chunk:
            return None
        position += len(chunk)
