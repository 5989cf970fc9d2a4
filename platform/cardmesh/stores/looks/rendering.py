"""The draft as pages: each made when somebody asks, in a child with limits, and kept for moments.

A browser asks for a page and then for the files it loads, which came with it. Two processes may each make them once.
"""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from site_builder.apart import page_apart
from site_builder.hashing import digest
from site_builder.onepage import NOT_FOUND, File, Files
from site_builder.snapshot import Snapshot

from ...kit import tenancy
from ...kit.db import transaction
from ...kit.errors import Unavailable
from .. import look, queries
from ..snapshot import snapshot
from ..wardrobe import service as wardrobe
from . import drafts

KEEP_SECONDS = 60.0
KEEP_PAGES = 100
AT_ONCE = 2
WAIT_SECONDS = 20.0
MOST_PRODUCTS = 300
"""A draft of a larger shop shows this many of its goods: enough to judge a look by, and quick."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The file, and whether it stands at the path asked for (the shop's own page of what is not there, otherwise)."""

    file: File
    found: bool


class _Kept:
    """Pages made lately, the oldest forgotten first. Thread-safe."""

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[str, str], tuple[float, Files]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str, path: str) -> File | None:
        """The file at `path`, whichever page of this draft it came with."""
        with self._lock:
            for (of, _), (until, files) in reversed(self._pages.items()):
                if of == key and path in files and until > time.monotonic():
                    return files[path]
        return None

    def keep(self, key: str, path: str, files: Files) -> None:
        with self._lock:
            self._pages[key, path] = time.monotonic() + KEEP_SECONDS, files
            while len(self._pages) > KEEP_PAGES:
                self._pages.popitem(last=False)


_kept = _Kept()
_room = threading.BoundedSemaphore(AT_ONCE)


def show(*, tenant_id: uuid.UUID, store_id: uuid.UUID, path: str) -> Shown:
    """What the draft has at `path` (as in a URL). Call outside any transaction.

    Raises NotFound, Unavailable (too many are being made), RenderError, ThemeError.
    """
    with transaction(tenancy.tenant(tenant_id)) as session:
        store = queries.get_store(session, store_id=store_id)
        choice, _ = drafts.current(session, store)
        own = look.uploaded(session, tenant_id=tenant_id, handle=choice.handle)
        kind = own.sha256 if own else look.bundled(choice.handle).key
        key = digest([str(store_id), store.version, drafts.words_of(choice), kind])
        if known := _kept.find(key, path):
            return Shown(known, True)
        site = _some(snapshot(session, store=store, choice=choice), path)
    with _one_of_few():
        if known := _kept.find(key, path):
            return Shown(known, True)
        theme = wardrobe.package_of(own) if own else look.bundled(choice.handle)
        files = page_apart(site, theme, path)
    _kept.keep(key, path, files)
    return Shown(files[path], True) if path in files else Shown(files[NOT_FOUND], False)


def _some(site: Snapshot, path: str) -> Snapshot:
    """The shop with few enough goods, the one whose page is asked for among them."""
    if len(site.products) <= MOST_PRODUCTS:
        return site
    asked = [product for product in site.products if f"/p/{product.slug}/" in path]
    chosen = {product.id for product in [*asked, *site.products[:MOST_PRODUCTS]]}
    return replace(site, products=tuple(product for product in site.products if product.id in chosen))


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _room.acquire(timeout=WAIT_SECONDS):
        raise Unavailable(retry_after=2)
    try:
        yield
    finally:
        _room.release()
