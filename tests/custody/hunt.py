"""Looks for a secret wherever bytes end up, as text, hex, base64 or UTF-16: in tables, in files, in Redis."""

import base64
import gzip
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import psycopg
from redis import Redis

MARK = "QZCANARY7"
"""Every secret of the test starts with this, and nothing else in the world holds it."""


def disguises(mark: str = MARK) -> list[bytes]:
    """The mark as it may lie in a file: plain, hex in both cases, UTF-16, and base64 at each of its three offsets."""
    raw = mark.encode()
    encoded = []
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw)
        encoded.append(text[-(-offset * 8 // 6) : -4])  # without the characters that the neighbours reach into
    return [raw, raw.hex().encode(), raw.hex().upper().encode(), mark.encode("utf-16-le"), *encoded]


def hits(content: bytes) -> bool:
    """Whether the mark is in it, or in what is packed in it."""
    return any(disguise in content for disguise in disguises()) or any(map(hits, _unpacked(content)))


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The parts of a workbook or another zip, and what a gzip holds."""
    if content.startswith(b"PK\x03\x04"):
        with suppress(BadZipFile), ZipFile(BytesIO(content)) as archive:
            yield from map(archive.read, archive.namelist())
    elif content.startswith(b"\x1f\x8b"):
        with suppress(OSError, EOFError):
            yield gzip.decompress(content)


def in_tables(url: str) -> list[str]:
    """The tables that hold a mark in any column: what a dump of the database would show."""
    found = []
    with psycopg.connect(url) as superuser:
        kept = "select oid::regclass::text from pg_class where relkind in ('r', 'm', 't') and relpersistence <> 't'"
        names = superuser.execute(kept.encode()).fetchall()
        for (name,) in names:
            with superuser.cursor().copy(f"copy (select * from {name}) to stdout".encode()) as rows:  # noqa: S608 - from the catalogue
                if any(hits(bytes(row)) for row in rows):
                    found.append(name)
    return found


def in_files(*roots: Path) -> list[str]:
    """The files below these folders that hold a mark: heap, indexes, WAL, logs, objects, snapshots."""
    return [str(path) for root in roots for path in _files(root) if hits(_read(path))]


def _files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # a running server's temporary file
        return b""


def in_redis(client: Redis) -> list[bytes]:
    """The keys whose name or value holds a mark, as a snapshot would store it uncompressed."""
    return [key for key in client.scan_iter() if hits(key + (client.dump(key) or b""))]
