"""Making files, alone or shared out over processes."""

import gc
import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.context import BaseContext

from site_builder.manifest import Entry, Keeper, Packed, pack, pack_shared
from site_builder.memory import Prepared
from site_builder.outputs import Output, key_of
from site_builder.snapshot import Snapshot
from site_builder.theme import Theme

WORTH_SHARING = 400
"""Fewer files than this are done sooner than a process starts."""
CHUNK = 64
Made = list[tuple[Entry, Packed | None]]


@dataclass(frozen=True)
class Job:
    """What a process needs in order to make any file of a site; without a keeper it hands the contents back."""

    site: Prepared
    compress: bool
    keeper: Keeper | None

    def make(self, output: Output) -> tuple[Entry, Packed]:
        renderer = self.site.renderer
        key = key_of(output, renderer)
        if output.make:
            packing = pack_shared if output.cache == "immutable" else pack
            packed = packing(output.make(), output.content_type, self.compress)
        else:
            page = renderer.plan.pages[output.page]
            packed = pack(renderer.render(page).encode(), output.content_type, self.compress)
            page.forget()
        encodings = {"gzip": packed.compressed_sha} if packed.compressed else {}
        entry = Entry(sha256=packed.sha, size=len(packed.data), content_type=output.content_type,
                      cache=output.cache, key=key, encodings=encodings)  # fmt: skip
        return entry, packed


def made(job: Job, todo: list[Output], keeper: Keeper, processes: int) -> Iterator[tuple[Output, Entry]]:
    """Make and keep the files of `todo`; pages in the order of the shop, because neighbours show the same cards."""
    todo = sorted(todo, key=lambda output: output.page)
    if processes <= 1 or len(todo) < WORTH_SHARING:
        yield from _alone(job, todo, keeper)
        return
    shared = [output for output in todo if output.page >= 0 or output.cache == "immutable"]
    with _workers(job, keeper, processes) as workers:
        chunks = [shared[i : i + CHUNK] for i in range(0, len(shared), CHUNK)]
        answers = workers.map(_chunk, [[output.path for output in chunk] for chunk in chunks])
        # Indexes and feeds are made here meanwhile: what their parts are made of stays for the next build.
        yield from _alone(job, [output for output in todo if output.page < 0 and output.cache != "immutable"], keeper)
        for chunk, answer in zip(chunks, answers, strict=True):
            for output, (entry, packed) in zip(chunk, answer, strict=True):
                if packed is None:
                    keeper.kept(entry)
                else:
                    keeper.keep(output.path, entry, packed)
                output.key = entry.key
                yield output, entry


def _alone(job: Job, todo: list[Output], keeper: Keeper) -> Iterator[tuple[Output, Entry]]:
    for output in todo:
        entry, packed = job.make(output)
        keeper.keep(output.path, entry, packed)
        yield output, entry


def _workers(job: Job, keeper: Keeper, processes: int) -> ProcessPoolExecutor:
    """Forked processes inherit the finished plan; where forking is unsafe they make it again from its inputs."""
    if "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1:
        context: BaseContext = multiprocessing.get_context("fork")
        inherited = Job(job.site, job.compress, keeper if keeper.direct else None)
        return ProcessPoolExecutor(processes, context, _inherit, (inherited,))
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, _remake, (job.site.snapshot, job.site.theme, job.compress))


_job: Job | None = None


def _inherit(job: Job) -> None:
    global _job
    _job = job
    gc.freeze()


def _remake(snapshot: Snapshot, theme: Theme, compress: bool) -> None:
    _inherit(Job(Prepared(snapshot, theme), compress, None))


def _chunk(paths: list[str]) -> Made:
    if _job is None:
        raise RuntimeError("a worker process must be started through `made`")
    answer: Made = []
    for path in paths:
        entry, packed = _job.make(_job.site.outputs[path])
        if _job.keeper:
            _job.keeper.keep(path, entry, packed)
        answer.append((entry, None if _job.keeper else packed))
    return answer
