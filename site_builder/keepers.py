"""Making a build's files and keeping them: contents by their hash in a sink, or plain files in a fresh folder."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from site_builder.manifest import DirectSink, Entry, Packed, Sink, compressed, pack, pack_shared
from site_builder.memory import Prepared
from site_builder.objects import write_file
from site_builder.outputs import Output, key_of


@dataclass(frozen=True)
class Contents:
    """Into `sink`; without one they are handed home. A page whose bytes came out as `before` (a change it does not
    show) stores nothing."""

    site: Prepared
    sink: Sink | None
    before: Mapping[str, Entry]

    @property
    def shared(self) -> DirectSink | None:
        return cast(DirectSink, self.sink) if getattr(self.sink, "direct", False) else None

    def away(self, forked: bool) -> "Contents":
        return self if forked and self.shared else Contents(self.site, None, {})

    def make(self, output: Output) -> tuple[Entry, Packed | None]:
        key = key_of(output, self.site.renderer)
        packing = pack_shared if output.cache == "immutable" else pack
        packed = packing(self.site.body(output), output.content_type)
        encodings = {"gzip": packed.compressed_sha} if packed.compressed else {}
        entry = Entry(sha256=packed.sha, size=len(packed.data), content_type=output.content_type,
                      cache=output.cache, key=key, encodings=encodings)  # fmt: skip
        if not self.sink:
            return entry, packed
        self._put(self.sink, output.path, entry, packed)
        return entry, None

    def take(self, output: Output, answer: tuple[Entry, Packed | None]) -> Entry:
        entry, packed = answer
        if packed and self.sink:
            self._put(self.sink, output.path, entry, packed)
        elif self.shared:
            for sha in entry.blobs():
                self.shared.stored(sha)
        output.key = entry.key
        return entry

    def _put(self, sink: Sink, path: str, entry: Entry, packed: Packed) -> None:
        before = self.before.get(path)
        if before is not None and before.blobs() == entry.blobs():
            return
        sink.put_blob(packed.sha, packed.data, entry.content_type)
        if packed.compressed:
            sink.put_blob(packed.compressed_sha, packed.compressed, "application/gzip")


@dataclass(frozen=True)
class Tree:
    """Into the folder `root`, a fresh one, by public path; `compress`: with `.gz` siblings for servers that send them.

    Nothing is hashed: no later build starts from plain files.
    """

    site: Prepared
    root: str
    compress: bool
    folders: set[str] = field(default_factory=set)

    def away(self, forked: bool) -> "Tree":
        return self

    def make(self, output: Output) -> int:
        """→ the file's size."""
        body, place = self.site.body(output), self.root + output.path
        self._make_room(place.rpartition("/")[0])
        write_file(place, body)
        small = compressed(body, output.content_type) if self.compress else None
        if small:
            write_file(f"{place}.gz", small)
        return len(body)

    def take(self, output: Output, answer: int) -> int:
        return answer

    def _make_room(self, folder: str) -> None:
        """Before the file is opened: nearly every page has a folder to itself."""
        if folder in self.folders:
            return
        try:
            os.mkdir(folder)  # noqa: PTH102 - a path object for each of ten thousand takes its time
        except (FileExistsError, FileNotFoundError):
            Path(folder).mkdir(parents=True, exist_ok=True)
        self.folders.add(folder)
