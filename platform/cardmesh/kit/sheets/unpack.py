"""An honest copy of a workbook: its XML parts inflated under watch, then stored plainly for the parser.

The copy closes what the directory check cannot see: sizes that lie, a second directory that only another
reader finds, and two far cells that make the parser allocate the rectangle between them (it aborts).
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from .errors import SheetError
from .extent import Extent
from .limits import Limits

_CHUNK = 1 << 20
_ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\b[^<>]*?\bt\s*=\s*)(["'])e\2""")


def copy_parts(archive: zipfile.ZipFile, target: IO[bytes], limits: Limits) -> None:
    """Write the XML parts of `archive` into `target` as an uncompressed zip.

    Raises SheetError (checksum, size or XML wrong), SheetTooLarge (a sheet's rectangle).
    """
    seen: set[str] = set()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for entry in archive.infolist():
            if not entry.filename.lower().endswith((".xml", ".rels")):
                continue
            if entry.filename in seen:
                raise SheetError
            seen.add(entry.filename)
            _copy_part(archive, entry, copy, Extent(limits))


def _copy_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, copy: zipfile.ZipFile, extent: Extent) -> None:
    try:
        with archive.open(entry) as source, copy.open(entry.filename, "w") as sink:
            for block in _whole_tags(source):
                extent.feed(block)
                sink.write(_errors_as_text(block))
            extent.feed(b"", final=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise SheetError from error


def _whole_tags(source: IO[bytes]) -> Iterator[bytes]:
    """The bytes in blocks that never cut a tag, so that a pattern over tags sees all of them."""
    carry = b""
    while chunk := source.read(_CHUNK):
        block, opening, rest = (carry + chunk).rpartition(b"<")
        carry = opening + rest
        if len(carry) > 2 * _CHUNK:
            raise SheetError  # no cell is that long
        yield block
    yield carry


def _errors_as_text(block: bytes) -> bytes:
    """The parser reads an error cell as empty; as text (`t="str"`) its `#N/A` survives to be reported."""
    if b't="e"' not in block and b"t='e'" not in block:
        return block
    return _ERROR_CELL.sub(rb"\1\2str\2", block)
