"""Making files, alone or shared out over processes."""

import gc
import multiprocessing
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Protocol, TypeVar

from site_builder.memory import Prepared
from site_builder.outputs import Output

WORTH_SHARING = 400
"""Fewer files than this are done sooner than a process starts."""
CHUNK = 32
T = TypeVar("T", covariant=True)


class Maker(Protocol[T]):
    """Makes and keeps the files of a site."""

    @property
    def site(self) -> Prepared: ...

    def away(self, forked: bool) -> "Maker[T]":
        """What makes files in another process: one forked from this one, or one that it is pickled for."""
        ...

    def make(self, output: Output) -> Any:
        """In any process. → what `take` is to know."""
        ...

    def take(self, output: Output, answer: Any) -> T:
        """In the building process."""
        ...


def made(maker: Maker[T], todo: list[Output], processes: int) -> Iterator[tuple[Output, T]]:
    """Make the files of `todo`; pages in the order of the shop, because neighbours show the same cards.

    Other processes take chunks of them from the front, this one takes them back from the far end until all are done.
    """
    todo = sorted(todo, key=lambda output: output.page)
    if processes <= 1 or len(todo) < WORTH_SHARING:
        yield from _here(maker, todo)
        return
    shared = [output for output in todo if output.page >= 0 or output.cache == "immutable"]
    chunks = [shared[i : i + CHUNK] for i in range(0, len(shared), CHUNK)]
    workers = _workers(maker, processes - 1)
    try:
        waiting = deque((chunk, workers.submit(_chunk, [output.path for output in chunk])) for chunk in chunks)
        # Indexes and feeds are made here: what their parts are made of stays for the next build.
        yield from _here(maker, [output for output in todo if output.page < 0 and output.cache != "immutable"])
        while waiting:
            chunk, answers = waiting.popleft() if waiting[0][1].done() else waiting.pop()
            if answers.cancel():
                yield from _here(maker, chunk)
            else:
                for output, answer in zip(chunk, answers.result(), strict=True):
                    yield output, maker.take(output, answer)
    finally:
        workers.shutdown(cancel_futures=True)


def _here(maker: Maker[T], todo: list[Output]) -> Iterator[tuple[Output, T]]:
    for output in todo:
        yield output, maker.take(output, maker.make(output))


def _workers(maker: Maker[Any], processes: int) -> ProcessPoolExecutor:
    """Forked processes inherit the finished plan; where forking is unsafe they make it again from its inputs."""
    forked = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forked else "spawn")
    return ProcessPoolExecutor(processes, context, _begin, (maker.away(forked),))


_maker: Maker[Any] | None = None


def _begin(maker: Maker[Any]) -> None:
    global _maker
    _maker = maker
    gc.freeze()


def _chunk(paths: list[str]) -> list[Any]:
    if _maker is None:
        raise RuntimeError("a worker process must be started through `made`")
    outputs = _maker.site.outputs
    return [_maker.make(outputs[path]) for path in paths]
