"""Is this zip safe to open? Answered from its directory alone, before a byte is inflated."""

import struct
import zipfile
from typing import BinaryIO

from .errors import SheetBomb, SheetError, SheetUnsupported
from .limits import Limits

_END = struct.Struct("<4s4H2LH")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_SMALL = 1 << 20
"""Entries below this may compress as well as they like: they cannot hurt."""


def open_archive(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    """The archive, its directory checked against `limits`.

    Raises SheetBomb, SheetUnsupported (encrypted, exotic compression), SheetError (no readable directory).
    """
    _check_end_record(file, limits)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise SheetError from error
    for entry in archive.infolist():
        _check_entry(entry, limits)
    if sum(entry.file_size for entry in archive.infolist()) > limits.unpacked_bytes:
        raise SheetBomb(why="size")
    return archive


def _check_end_record(file: BinaryIO, limits: Limits) -> None:
    """In the last 22 bytes, no comment, no zip64: so programs write it, and so all readers agree."""
    size = file.seek(0, 2)
    if size < _END.size:
        raise SheetError
    file.seek(size - _END.size)
    signature, disk, _, _, entries, directory_bytes, _, comment = _END.unpack(file.read(_END.size))
    if signature != b"PK\5\6" or disk or comment:
        raise SheetError
    if entries > limits.entries:
        raise SheetBomb(why="entries")
    if directory_bytes > limits.directory_bytes:
        raise SheetBomb(why="directory")


def _check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise SheetUnsupported(format="encrypted")
    if entry.compress_type not in _METHODS:
        raise SheetUnsupported(format="zip")
    name = entry.filename
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or name.count("/") > 8:
        raise SheetBomb(why="path")
    if entry.file_size > _SMALL and entry.file_size > limits.ratio * max(entry.compress_size, 1):
        raise SheetBomb(why="ratio")
