"""The record of a build: what a site consists of, told as the difference from a base."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from site_builder.errors import MissingBuild
from site_builder.manifest import Entry, Manifest, restore

if TYPE_CHECKING:
    from site_builder.target import Site

SHARE = 4
"""A record that differs from its base in more than one path of so many becomes a base itself."""


@dataclass(frozen=True)
class Base:
    """A whole site as the build `build_id` left it; `where` maps each blob to the build whose folder holds it."""

    build_id: str
    entries: Mapping[str, Entry]
    where: Mapping[str, str]


@dataclass(frozen=True)
class Record:
    """A stored build. `added` is where the blobs of `changed` lie; `gone` are paths of the base that are no more."""

    build_id: str
    base: Base
    changed: Mapping[str, Entry]
    gone: tuple[str, ...]
    added: Mapping[str, str]

    @classmethod
    def of(cls, build_id: str, base: Base, body: Mapping[str, Any]) -> "Record":
        """From the parsed form that `dump_record` wrote."""
        return cls(build_id, base, restore(body["changed"]), tuple(body["gone"]), body["added"])

    @cached_property
    def manifest(self) -> Manifest:
        entries = {**self.base.entries, **self.changed}
        for path in self.gone:
            del entries[path]
        return Manifest(entries=dict(sorted(entries.items())))

    @cached_property
    def where(self) -> Mapping[str, str]:
        """The build that holds each blob, those of the base that are no longer shown included."""
        return {**self.base.where, **self.added}

    def home(self, sha: str) -> str:
        return self.added.get(sha) or self.base.where[sha]

    def uses(self, sha: str, build_id: str) -> bool:
        return self.added.get(sha) == build_id or self.base.where.get(sha) == build_id

    def small(self, limit: int) -> bool:
        return len(self.base.where) + len(self.added) <= limit


class Draft:
    """The sink of one build. Contents the previous build already holds are not stored again."""

    def __init__(self, site: "Site", build_id: str, previous: Record | None) -> None:
        self.site, self.build_id, self.previous = site, build_id, previous
        self.where: dict[str, str] = {}

    def put_blob(self, sha: str, data: bytes, content_type: str) -> None:
        if sha in self.where:
            return
        held = self._held(sha)
        if not held:
            self.site.store.put(self.site.blob_key(self.build_id, sha), data, content_type)
        self.where[sha] = held or self.build_id

    def _held(self, sha: str) -> str:
        before = self.previous
        return (before.added.get(sha) or before.base.where.get(sha, "")) if before else ""

    def finish(self, manifest: Manifest) -> Record:
        """Store the record. Raises `MissingBuild` when the manifest names a blob that was never stored.

        A build that was finished before keeps its first record: whatever changed since has a build of its own coming.
        """
        if finished := self.site.record(self.build_id):
            return finished
        record = self._difference(manifest, self.previous.base) if self.previous else None
        if record is None or len(record.changed) * SHARE > len(record.base.entries):
            record = Record(self.build_id, Base(self.build_id, manifest.entries, self._homes(manifest)), {}, (), {})
        return self.site.put_record(record)

    def _difference(self, manifest: Manifest, base: Base) -> Record:
        known = base.entries
        changed = {p: e for p, e in manifest.entries.items() if known.get(p) is not e and known.get(p) != e}
        gone = tuple(path for path in known if path not in manifest.entries)
        homes = self._homes(Manifest(entries=changed))
        added = {sha: build for sha, build in homes.items() if base.where.get(sha) != build}
        return Record(self.build_id, base, changed, gone, added)

    def _homes(self, manifest: Manifest) -> dict[str, str]:
        where = {sha: self.where.get(sha) or self._held(sha) for sha in sorted(manifest.blobs())}
        if lost := [sha for sha, build in where.items() if not build]:
            raise MissingBuild(f"{self.build_id} names {len(lost)} contents that are not stored, {lost[0]} first")
        return where


def dump_base(base: Base) -> bytes:
    return orjson.dumps({"entries": base.entries, "where": base.where}, option=orjson.OPT_SORT_KEYS)


def parse_base(build_id: str, data: bytes) -> Base:
    body = orjson.loads(data)
    return Base(build_id, restore(body["entries"]), body["where"])


def dump_record(record: Record) -> bytes:
    parts = {"changed": record.changed, "gone": record.gone, "added": record.added}
    return orjson.dumps({"base": record.base.build_id, **parts}, option=orjson.OPT_SORT_KEYS)


def parse_record(data: bytes) -> dict[str, Any]:
    return orjson.loads(data)
