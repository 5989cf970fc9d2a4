"""(snapshot, theme) → files: one function, deterministic and incremental.

A page is made again only when its dependency key is new: a hash of the look and of exactly the data its templates can
see. Since a template sees nothing else, an unchanged key means unchanged bytes — by construction, not by bookkeeping.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from site_builder.garbage import no_collection, settled
from site_builder.keepers import Contents, Tree
from site_builder.manifest import Manifest, Sink
from site_builder.memory import Memory, Prepared
from site_builder.outputs import Output, key_of
from site_builder.pool import Maker, T, made
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
    `processes` > 1 makes large builds in parallel. `progress(done, total)` counts files.
    `memory`, the same one at every build, makes a change of a few products cost what shows them.
    Raises `ThemeError` (preset, settings), `RenderError` (templates); a failed build stores some blobs, no manifest.
    """
    known, memory = previous.entries if previous else {}, memory or Memory()
    with no_collection():
        site = memory.prepare(snapshot, theme)
        wanted = list(site.outputs.values())
        same = (o for o in wanted if o.path in known and known[o.path].key == key_of(o, site.renderer))
        entries = {output.path: known[output.path] for output in same}
    todo = [output for output in wanted if output.path not in entries]
    reused = len(entries)
    for output, entry in _told(Contents(site, sink, known), todo, processes, reused, progress):
        entries[output.path] = entry
    manifest = Manifest(entries=dict(sorted(entries.items())))
    size = sum(entry.size for entry in entries.values())
    memory.keep(site)
    stats = Stats(len(site.renderer.plan.pages), len(entries), reused, size, tuple(output.path for output in todo))
    return BuildResult(manifest, stats)


def build_plain(
    snapshot: Snapshot, theme: Theme, folder: Path, *, processes: int = 1, compress: bool = True,
    progress: Progress | None = None,
) -> Stats:  # fmt: skip
    """Build the site as plain files for any web server, `.gz` siblings beside them if `compress`; else as `build`.

    `folder` is replaced whole: files go into a fresh one that then takes its place, which is quicker than overwriting
    and leaves no stale page. A failed build leaves it as it was.
    """
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    with no_collection():
        site = Prepared(snapshot, theme)
    todo = list(site.outputs.values())
    size = sum(size for _, size in _told(Tree(site, str(fresh), compress), todo, processes, 0, progress))
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)
    return Stats(len(site.renderer.plan.pages), len(todo), 0, size, tuple(output.path for output in todo))


def _told(
    maker: Maker[T], todo: list[Output], processes: int, done: int, progress: Progress | None
) -> Iterator[tuple[Output, T]]:
    """`made`, counting aloud from the files that are `done` already."""
    total = done + len(todo)
    with settled():
        for number, pair in enumerate(made(maker, todo, processes), done + 1):
            yield pair
            if progress:
                progress(number, total)
