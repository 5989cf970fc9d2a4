"""Published pages from memory: which build is current is asked every two seconds, contents never change.

A process keeps the manifests of the stores it serves and the most wanted contents, both bounded, so that a page costs
one dictionary look-up and no round trip.
"""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from site_builder import target
from site_builder.manifest import Entry
from site_builder.target import Record, Site

from ..kit import runtime
from ..kit.errors import Unavailable
from ..kit.runtime import Runtime
from .publish import site_of

POINTER_SECONDS = 2.0
STORES = 200
CONTENT_BYTES = 64 * 1024 * 1024
LARGEST_KEPT_BYTES = 1024 * 1024

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Content:
    """One answer: `body` as it is sent, and the headers that the manifest asks for."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Moved:
    """The path without its final slash: ask for the one with it."""

    path: str


class Lru(Generic[K, V]):
    """The most recently used values within a budget. Thread-safe."""

    def __init__(self, budget: int, cost: Callable[[V], int] = lambda _: 1) -> None:
        self._budget, self._cost, self._used = budget, cost, 0
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        with self._lock:
            if (old := self._values.pop(key, None)) is not None:
                self._used -= self._cost(old)
            self._values[key] = value
            self._used += self._cost(value)
            while self._used > self._budget:
                self._used -= self._cost(self._values.popitem(last=False)[1])


@dataclass(frozen=True, slots=True)
class _Published:
    """What a store serves now, and what it served before: a page a browser just read may ask for assets of then."""

    site: Site
    record: Record | None
    before: Record | None
    until: float


class Pages:
    """The pages of one installation's stores."""

    def __init__(self, owner: Runtime) -> None:
        self.owner = owner
        self._stores: Lru[uuid.UUID, _Published] = Lru(STORES)
        self._contents: Lru[str, bytes] = Lru(CONTENT_BYTES, len)

    def find(self, store_id: uuid.UUID, path: str, *, gzip: bool) -> Content | Moved | None:
        """What stands at `path` (as in a URL, with its slash); None for nothing there, or nothing published yet."""
        published = self._published(store_id)
        for record in (published.record, published.before):
            if record is None:
                continue
            if entry := target.find(record.manifest, path):
                return self._content(published.site, record, entry, gzip)
            if record is published.record and f"{path}/index.html" in record.manifest.entries:
                return Moved(f"{path}/")
        return None

    def in_place(self, store_id: uuid.UUID, path: str, page: str, *, gzip: bool) -> Content | None:
        """The store's own page "404" or "maintenance", in the language of the path; None before the first build."""
        first = path.split("/")[1] if path.count("/") > 1 else ""
        for place in (f"/{first}/{page}.html", f"/{page}.html"):
            found = self.find(store_id, place, gzip=gzip)
            if isinstance(found, Content):
                return found
        return None

    def is_published(self, store_id: uuid.UUID) -> bool:
        return self._published(store_id).record is not None

    def _published(self, store_id: uuid.UUID) -> _Published:
        known = self._stores.get(store_id)
        if known and known.until > time.monotonic():
            return known
        site = known.site if known else site_of(store_id)
        try:
            record = site.record(site.current())
        except Unavailable:  # without its objects a store goes on showing what it showed
            if known is None:
                raise
            record = known.record
        before = known.before if known else None
        if known and known.record and record and known.record.build_id != record.build_id:
            before = known.record
        fresh = _Published(site, record, before, time.monotonic() + POINTER_SECONDS)
        self._stores.put(store_id, fresh)
        return fresh

    def _content(self, site: Site, record: Record, entry: Entry, gzip: bool) -> Content | None:
        sha = entry.encodings.get("gzip", entry.sha256) if gzip else entry.sha256
        key = site.blob_key(record.home(sha), sha)
        body = self._contents.get(key)
        if body is None:
            body = site.store.get(key)
            if body is None:  # cleared away with a build that is long gone
                return None
            if len(body) <= LARGEST_KEPT_BYTES:
                self._contents.put(key, body)
        return Content(body, target.headers(entry, compressed=sha != entry.sha256))


_pages: list[Pages] = []


def pages() -> Pages:
    """The pages of the installed runtime."""
    owner = runtime.current()
    if not _pages or _pages[0].owner is not owner:
        _pages[:] = [Pages(owner)]
    return _pages[0]
