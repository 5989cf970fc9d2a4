"""One door for every spreadsheet that comes in. What a file is, its content decides, never its name."""

import os
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .delimited import Delimited
from .encoding import detect
from .errors import SheetEmpty, SheetTooLarge, SheetUnsupported
from .limits import DEFAULT, Limits
from .rows import Cursor, Row
from .workbook import read_workbook

_ZIPS = (b"PK\3\4", b"PK\5\6")
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "xls",
    b"%PDF": "pdf",
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
    b"{\\rtf": "rtf",
}
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")


def open_rows(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    filename: str | None = None,
    limits: Limits = DEFAULT,
    start: Cursor | None = None,
) -> Iterator[Row]:
    """The rows of a csv (UTF-8, UTF-16, GB18030; comma, semicolon, tab) or xlsx as text, no blank ones.

    `source` is a path or a seekable binary file, which belongs to the reader until the iterator ends.
    `filename` is what its sender called it: it only names a format that nothing else tells.
    `start` is an earlier row's `next`. Everything that can be known is checked before this returns.
    Raises the SheetErrors of `errors.py`; a csv may still raise SheetTooLarge or SheetDamaged on the way.
    """
    if isinstance(source, (str, os.PathLike)):
        return _from_path(Path(source), filename or Path(source).name, limits, start)
    return _from_file(source, filename or "", limits, start)


def open_delimited(file: BinaryIO, *, limits: Limits = DEFAULT) -> Delimited | None:
    """The same door for who reads a text many lines at a time; None when it is a workbook."""
    return _open(file, "", limits)


def _from_path(path: Path, filename: str, limits: Limits, start: Cursor | None) -> Iterator[Row]:
    file = path.open("rb")
    try:
        rows = _from_file(file, filename, limits, start)
    except BaseException:
        file.close()
        raise
    return _closing(file, rows)


def _closing(file: BinaryIO, rows: Iterator[Row]) -> Iterator[Row]:
    with file:
        yield from rows


def _from_file(file: BinaryIO, filename: str, limits: Limits, start: Cursor | None) -> Iterator[Row]:
    delimited = _open(file, filename, limits)
    return delimited.rows(start) if delimited else read_workbook(file, limits, start)


def _open(file: BinaryIO, filename: str, limits: Limits) -> Delimited | None:
    if file.seek(0, os.SEEK_END) > limits.file_bytes:
        raise SheetTooLarge(what="bytes", limit=limits.file_bytes)
    file.seek(0)
    head = file.read(512)
    if head.startswith(_ZIPS):
        return None
    _refuse_foreign(head, filename)
    encoding = detect(file)
    if not _holds_anything(file, encoding.start):
        raise SheetEmpty
    return Delimited(file, encoding, limits)


def _refuse_foreign(head: bytes, filename: str) -> None:
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            raise SheetUnsupported(format=name)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        raise SheetUnsupported(format="html/xml")
    if b"\0" in head and not head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise SheetUnsupported(format=Path(filename).suffix.lstrip(".") or "binary")


def _holds_anything(file: BinaryIO, start: int) -> bool:
    file.seek(start)
    while chunk := file.read(1 << 16):
        if chunk.strip(b"\0 \t\r\n,;"):
            return True
    return False
