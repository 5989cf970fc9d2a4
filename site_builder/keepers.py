"""Where a build's files go: contents by their hash into a sink, or plain files into a fresh folder."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from site_builder.manifest import DirectSink, Entry, Packed, Sink


class Contents:
    """Into `sink`. A page whose bytes came out as `before` (a change it does not show) stores nothing."""

    def __init__(self, sink: Sink, before: Mapping[str, Entry]) -> None:
        self.sink, self.before = sink, before
        self.shared = cast(DirectSink, sink) if getattr(sink, "direct", False) else None
        self.direct = self.shared is not None

    def keep(self, path: str, entry: Entry, packed: Packed) -> None:
        before = self.before.get(path)
        if before is not None and before.blobs() == entry.blobs():
            return
        self.sink.put_blob(packed.sha, packed.data, entry.content_type)
        if packed.compressed:
            self.sink.put_blob(packed.compressed_sha, packed.compressed, "application/gzip")

    def kept(self, entry: Entry) -> None:
        if self.shared:
            for sha in entry.blobs():
                self.shared.stored(sha)


class Tree:
    """Into `folder`, by public path, with `.gz` siblings for servers that send them. For fresh folders only."""

    direct = True

    def __init__(self, folder: Path) -> None:
        self.root = str(folder)

    def keep(self, path: str, entry: Entry, packed: Packed) -> None:
        place = self.root + path
        _write(place, packed.data)
        if packed.compressed:
            _write(f"{place}.gz", packed.compressed)

    def kept(self, entry: Entry) -> None:
        """The folder knows."""


def _write(place: str, data: bytes) -> None:
    """Plain system calls: a site is ten thousand small files."""
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    except FileNotFoundError:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        while data:
            data = data[os.write(handle, data) :]
    finally:
        os.close(handle)
