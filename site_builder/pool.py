"""Rendering pages, alone or shared out over processes."""

import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import BaseContext

from site_builder.manifest import Packed, pack
from site_builder.render import Renderer
from site_builder.snapshot import Snapshot
from site_builder.theme import Look

WORTH_SHARING = 400
"""Fewer pages than this are done sooner than a process starts."""
CHUNK = 64

HTML = "text/html"
_renderer: Renderer | None = None


def rendered_pages(renderer: Renderer, indexes: list[int], processes: int) -> Iterator[Packed]:
    """Pages by their place in the plan, packed, in the order asked."""
    if processes <= 1 or len(indexes) < WORTH_SHARING:
        yield from (_pack(renderer, index) for index in indexes)
        return
    with _workers(renderer, processes) as workers:
        chunks = [indexes[i : i + CHUNK] for i in range(0, len(indexes), CHUNK)]
        for packed in workers.map(_chunk, chunks):
            yield from packed


def _workers(renderer: Renderer, processes: int) -> ProcessPoolExecutor:
    """Forked processes inherit the finished plan; where forking is unsafe they make it again from its inputs."""
    if "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1:
        context: BaseContext = multiprocessing.get_context("fork")
        return ProcessPoolExecutor(processes, context, _inherit, (renderer,))
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, _remake, (renderer.plan.snapshot, renderer.look))


def _inherit(renderer: Renderer) -> None:
    global _renderer
    _renderer = renderer


def _remake(snapshot: Snapshot, look: Look) -> None:
    _inherit(Renderer(snapshot, look))


def _chunk(indexes: list[int]) -> list[Packed]:
    if _renderer is None:
        raise RuntimeError("a worker process must be started through rendered_pages")
    return [_pack(_renderer, index) for index in indexes]


def _pack(renderer: Renderer, index: int) -> Packed:
    return pack(renderer.render(renderer.plan.pages[index]).encode(), HTML)
