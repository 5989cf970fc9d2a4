"""The record of a build: what a site consists of, told as the difference from a base."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from site_builder.manifest import Entry, Manifest, restore


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
