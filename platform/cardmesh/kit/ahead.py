"""One stage works while the next one waits for the database: an iterator run a step ahead, in a thread of its own."""

import queue
import threading
from collections.abc import Generator, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class _End(Generic[T]):
    """The last thing a stage says: that it is done, or what broke it."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T], steps: int = 1) -> Generator[T, None, None]:
    """The same items, up to `steps` of them made before they are asked for; an error comes in its place.

    `items` must not use what belongs to the caller's thread, such as a session. Close the generator (or exhaust it):
    only then has the thread let go of what `items` holds.
    """
    made: queue.Queue[T | _End[T]] = queue.Queue(steps)
    stop = threading.Event()
    stage = threading.Thread(target=_make, args=(items, made, stop), name="ahead", daemon=True)
    stage.start()
    try:
        while not isinstance(one := made.get(), _End):
            yield one
        if one.error:
            raise one.error
    finally:
        stop.set()
        while stage.is_alive():
            _drain(made)
            stage.join(0.01)


def _make(items: Iterable[T], made: "queue.Queue[T | _End[T]]", stop: threading.Event) -> None:
    end: _End[T] = _End()
    try:
        for item in items:
            made.put(item)
            if stop.is_set():
                break
    except BaseException as error:
        end = _End(error)
    made.put(end)


def _drain(made: "queue.Queue[T | _End[T]]") -> None:
    while True:
        try:
            made.get_nowait()
        except queue.Empty:
            return
