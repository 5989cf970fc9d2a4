"""What a built site consists of: every public path with the content it stands for."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol

import orjson

from site_builder.hashing import sha256

Cache = Literal["immutable", "revalidate"]
TEXT = (
    "text/",
    "application/json",
    "application/xml",
    "application/rss+xml",
    "application/manifest+json",
    "image/svg+xml",
)
WORTH_COMPRESSING = 512
LONG = 1_000_000
"""Feeds and sitemaps of large shops, read by machines now and then: for these a quick compression is the better one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One path. `key` is the dependency key: equal key, equal bytes, so the page need not be rendered again."""

    sha256: str
    size: int
    content_type: str
    cache: Cache
    key: str
    encodings: Mapping[str, str] = field(default_factory=dict)

    def blobs(self) -> tuple[str, ...]:
        return (self.sha256, *self.encodings.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A whole site. Holds no time and no build id: the same snapshot gives the same manifest."""

    entries: Mapping[str, Entry]
    version: Literal[1] = 1

    def blobs(self) -> set[str]:
        return {blob for entry in self.entries.values() for blob in entry.blobs()}

    def dump(self) -> str:
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS).decode()


def restore(entries: Mapping[str, Any]) -> dict[str, Entry]:
    """Entries back from their parsed form, which only this library writes."""
    return {path: Entry(**entry) for path, entry in entries.items()}


class Sink(Protocol):
    """Takes the contents a build makes. Called with each blob once; must be safe to call again with the same one."""

    def put_blob(self, sha: str, data: bytes, content_type: str) -> None: ...


class DirectSink(Sink, Protocol):
    """One that may be put into in processes forked from this one, and is told here of what it was given there."""

    direct: bool

    def stored(self, sha: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Packed:
    """A content ready to store: itself and, when that pays, its compressed form."""

    sha: str
    data: bytes
    compressed: bytes | None
    compressed_sha: str = ""


@lru_cache(maxsize=1024)
def pack_shared(data: bytes, content_type: str) -> Packed:
    """`pack` for assets: thousands of stores have the same ones."""
    return pack(data, content_type)


def pack(data: bytes, content_type: str) -> Packed:
    """Compress text once, at build time."""
    small = compressed(data, content_type)
    return Packed(sha256(data), data, small, sha256(small) if small else "")


def compressed(data: bytes, content_type: str) -> bytes | None:
    """None where it does not pay. The time stamp inside gzip is zero, so equal input gives equal bytes."""
    if len(data) < WORTH_COMPRESSING or not content_type.startswith(TEXT):
        return None
    small = gzip.compress(data, 1 if len(data) > LONG else 6, mtime=0)
    return small if len(small) < len(data) * 0.9 else None
