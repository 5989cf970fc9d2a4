"""The whole way from a snapshot to the pages being served, in one verb."""

from site_builder.build import BuildResult, Progress, build
from site_builder.errors import MissingBuild
from site_builder.memory import Memory
from site_builder.snapshot import Snapshot
from site_builder.target import Site, new_build_id
from site_builder.theme import Theme

KEEP = 10


def release(
    site: Site,
    snapshot: Snapshot,
    theme: Theme,
    *,
    build_id: str | None = None,
    processes: int = 1,
    progress: Progress | None = None,
    memory: Memory | None = None,
) -> BuildResult:
    """Build on top of the current build, publish, clear away builds beyond the last ten.

    The same `site` and `memory` at every release make a change of a few products cost what shows them.
    `build_id` must sort by time and be taken before the snapshot is read. Safe to repeat with the same id.
    Raises `ThemeError` and `RenderError`; what was being served before then stays.
    """
    build_id = build_id or new_build_id()
    try:
        result = _build_on(site, snapshot, theme, build_id, site.current(), processes, progress, memory)
        site.publish(build_id)
    except MissingBuild:
        # Contents of the previous build were lost (someone emptied the bucket): make everything again.
        build_id += "r"
        result = _build_on(site, snapshot, theme, build_id, None, processes, progress, memory)
        site.publish(build_id)
    site.prune(KEEP)
    return result


def _build_on(
    site: Site,
    snapshot: Snapshot,
    theme: Theme,
    build_id: str,
    on: str | None,
    processes: int,
    progress: Progress | None,
    memory: Memory | None,
) -> BuildResult:
    previous = site.record(on)
    draft = site.draft(build_id, previous)
    manifest = previous.manifest if previous else None
    result = build(
        snapshot, theme, sink=draft, previous=manifest, processes=processes, progress=progress, memory=memory
    )
    draft.finish(result.manifest)
    return result
