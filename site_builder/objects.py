"""Where published sites are kept: a small protocol any object store satisfies, and a folder that does."""

import itertools
import os
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

_numbers = itertools.count()


class ObjectStore(Protocol):
    """Whole objects by key. `put` replaces atomically; `delete` of an absent key is no error."""

    def get(self, key: str) -> bytes | None: ...
    def put(self, key: str, data: bytes, content_type: str) -> None: ...
    def exists(self, key: str) -> bool: ...
    def list(self, prefix: str) -> Iterable[str]: ...
    def delete(self, key: str) -> None: ...


class Puts:
    """Objects on their way into `store`, as many at once as it says it takes (`at_once`): a bucket answers slowly."""

    def __init__(self, store: ObjectStore) -> None:
        self.store, self.at_once = store, getattr(store, "at_once", 1)
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: deque[Future[None]] = deque()

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Raises what this put, or an earlier one, raised."""
        if self.at_once == 1:
            self.store.put(key, data, content_type)
            return
        self._threads = self._threads or ThreadPoolExecutor(self.at_once)
        self._under_way.append(self._threads.submit(self.store.put, key, data, content_type))
        if len(self._under_way) > 4 * self.at_once:
            self._end(self._under_way.popleft())

    def wait(self) -> None:
        """Until all are there. Raises what one of them raised."""
        while self._under_way:
            self._end(self._under_way.popleft())
        if self._threads:
            self._threads.shutdown()
            self._threads = None

    def _end(self, put: Future[None]) -> None:
        try:
            put.result()
        except BaseException:
            if self._threads:
                self._threads.shutdown(cancel_futures=True)
                self._threads = None
            self._under_way.clear()
            raise


def write_file(place: str, data: bytes) -> None:
    """A new file. Plain system calls: a site is ten thousand small ones."""
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        while data:
            data = data[os.write(handle, data) :]
    finally:
        os.close(handle)


class FolderStore:
    """Objects as files. A file appears whole or not at all; readers never see half of one.

    `direct`: forked processes may put into it, because it holds nothing open.
    """

    direct = True

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).resolve()

    def _place(self, key: str) -> str:
        if not {"", ".", ".."}.isdisjoint(key.split("/")) or "\0" in key:
            raise ValueError(f"{key!r} is no key of this store")
        return f"{self.root}/{key}"

    def _path(self, key: str) -> Path:
        return Path(self._place(key))

    def get(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def put(self, key: str, data: bytes, content_type: str) -> None:
        place = self._place(key)
        folder = place.rpartition("/")[0]
        # The folder is mostly there; and a concurrent delete may remove one just made.
        for _ in range(20):
            try:
                self._write(folder, place, data)
                return
            except FileNotFoundError:
                Path(folder).mkdir(parents=True, exist_ok=True)
        raise OSError(f"could not keep a folder for {key}")

    def _write(self, folder: str, place: str, data: bytes) -> None:
        part = f"{folder}/.part-{os.getpid()}-{threading.get_ident()}-{next(_numbers)}"
        try:
            write_file(part, data)
            os.replace(part, place)  # noqa: PTH105 - a path object for each of 20,000 files takes its time
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def list(self, prefix: str) -> Iterable[str]:
        """Keys that start with `prefix`, sorted."""
        folder = self.root.joinpath(*prefix.split("/")[:-1])
        found = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".part-"))
        keys = (p.relative_to(self.root).as_posix() for p in found)
        return sorted(key for key in keys if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)
