"""(snapshot, theme) → files: one function, deterministic and incremental.

A page is made again only when its dependency key is new: a hash of the look and of exactly the data its templates can
see. Since a template sees nothing else, an unchanged key means unchanged bytes — by construction, not by bookkeeping.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from site_builder.manifest import Entry, Manifest, Packed, Sink, pack, pack_shared
from site_builder.memory import Memory
from site_builder.outputs import Output
from site_builder.pool import rendered_pages
from site_builder.render import Renderer
from site_builder.snapshot import Snapshot
from site_builder.theme import Theme

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures of one build. `made` lists the paths whose files were made, not taken over from the previous build."""

    pages: int
    files: int
    reused: int
    bytes: int
    made: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuildResult:
    manifest: Manifest
    stats: Stats


def build(
    snapshot: Snapshot,
    theme: Theme,
    *,
    sink: Sink,
    previous: Manifest | None = None,
    processes: int = 1,
    progress: Progress | None = None,
    memory: Memory | None = None,
) -> BuildResult:
    """Build the site of `snapshot` with `theme`, storing new contents in `sink`.

    `previous` is the manifest of the last build *kept in the same sink*: its unchanged files are taken over unread.
    `processes` > 1 renders large builds in parallel. `progress(done, total)` counts files.
    `memory`, the same one at every build, makes a change of a few products cost what shows them.
    Raises `ThemeError` (preset, settings), `RenderError` (templates); a failed build stores some blobs, no manifest.
    """
    memory = memory or Memory()
    with _no_collection():
        site = memory.prepare(snapshot, theme)
    renderer, wanted = site.renderer, list(site.outputs.values())
    known = previous.entries if previous else {}
    entries = {o.path: known[o.path] for o in wanted if o.path in known and known[o.path].key == o.key}
    todo = [output for output in wanted if output.path not in entries]
    done, reused = len(entries), len(entries)
    for output, packed in _made(renderer, todo, processes):
        entries[output.path] = _store(output, packed, known.get(output.path), sink)
        done += 1
        if progress:
            progress(done, len(wanted))
    manifest = Manifest(entries=dict(sorted(entries.items())))
    size = sum(entry.size for entry in entries.values())
    memory.keep(site)
    stats = Stats(len(renderer.plan.pages), len(entries), reused, size, tuple(output.path for output in todo))
    return BuildResult(manifest, stats)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Planning makes a million objects that all stay: looking among them for garbage costs a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _made(renderer: Renderer, todo: list[Output], processes: int) -> Iterator[tuple[Output, Packed]]:
    pages = [output for output in todo if output.make is None]
    yield from zip(pages, rendered_pages(renderer, [o.page for o in pages], processes), strict=True)
    for output in todo:
        if output.make is not None:
            packing = pack_shared if output.cache == "immutable" else pack
            yield output, packing(output.make(), output.content_type)


def _store(output: Output, packed: Packed, before: Entry | None, sink: Sink) -> Entry:
    """Store what is new. A page whose bytes came out as before (a change it does not show) stores nothing."""
    encodings = {"gzip": packed.compressed_sha} if packed.compressed else {}
    entry = Entry(sha256=packed.sha, size=len(packed.data), content_type=output.content_type,
                  cache=output.cache, key=output.key, encodings=encodings)  # fmt: skip
    if before is None or before.blobs() != entry.blobs():
        sink.put_blob(packed.sha, packed.data, output.content_type)
        if packed.compressed:
            sink.put_blob(packed.compressed_sha, packed.compressed, "application/gzip")
    return entry
