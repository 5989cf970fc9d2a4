"""`cardmesh bench build`: the site builder on made-up shops, from a snapshot to pages published in a folder.

Each part runs in a process of its own, so that its peak memory is its own: a large shop on one core and on all, one
changed product of a shop in a warm process, and many small stores. The limit is measured in the same run: the finished
pages compressed, hashed and stored again, with nothing planned or rendered. Processor time stands beside the clock,
because it holds on a machine that others use too.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from site_builder import snapshot as snapshots
from site_builder import theme as themes
from site_builder.manifest import pack
from site_builder.memory import Memory
from site_builder.objects import FolderStore
from site_builder.release import release
from site_builder.samples import sample
from site_builder.snapshot import Snapshot
from site_builder.target import Site

from .others.race import race
from .scratch import scratch

LIMIT_PAGES = 2_000
SMALL_SHOP = 50
CORES = os.cpu_count() or 1


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pages", type=int, default=10_000, help="product pages of the large shop (default 10,000)")
    parser.add_argument("--shop", type=int, default=5_000, help="products of the shop that changes (default 5,000)")
    parser.add_argument("--changes", type=int, default=20, help="changes of one product (default 20)")
    parser.add_argument("--stores", type=int, default=1_000, help=f"stores of {SMALL_SHOP} products (default 1,000)")
    parser.add_argument("--theme", default="classic", help="a bundled theme (default classic)")
    parser.add_argument("--runs", type=int, default=3, help="turns beside Hugo and Eleventy (default 3; 0: none)")
    parser.add_argument("--hugo", action="append", default=[], help="Hugo's program, also twice (default: on the path)")
    parser.add_argument("--eleventy", help="Eleventy's program (default: on the path)")
    parser.add_argument("--child", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> dict[str, Any]:
    if options.child:
        task = json.loads(options.child)
        return PARTS[task.pop("part")](**task)
    theme = options.theme
    return {
        "bench": "build",
        "theme": theme,
        "one_core": _part("whole", theme=theme, products=options.pages, processes=1),
        "all_cores": _part("whole", theme=theme, products=options.pages, processes=CORES),
        "one_change": _part("change", theme=theme, products=options.shop, changes=options.changes),
        "small_stores": _part("small", theme=theme, stores=options.stores),
        "beside": race(options.pages, options.runs, options.hugo, options.eleventy) if options.runs else None,
        "cores": CORES,
        "load_average": os.getloadavg()[0],
    }


def _part(name: str, **task: Any) -> dict[str, Any]:
    """One part in a process of its own. Raises RuntimeError with what it said when it fails."""
    command = [sys.executable, "-m", "cardmesh", "bench", "build", "--child", json.dumps({"part": name, **task})]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode:
        raise RuntimeError(answer.stderr[-2_000:])
    return json.loads(answer.stdout)


def _shop(products: int, number: int = 0) -> Snapshot:
    """In one language, so that a product is a page."""
    made = sample(products)
    return replace(made, store=replace(made.store, id=f"sto_{number}", handle=f"shop-{number}", locales=("zh-CN",)))


def whole(*, theme: str, products: int, processes: int) -> dict[str, Any]:
    """A large shop from its snapshot to its pages."""
    with scratch() as folder:
        site, clock = Site(FolderStore(folder), "sites/one"), _Clock()
        stats = release(site, _shop(products), themes.find(theme), processes=processes).stats
        figures = {"pages": stats.pages, "files": stats.files, "bytes": stats.bytes, **clock.figures(stats.pages)}
        limit = _limit(site, folder / "again")
    return {**figures, "limit_pages_per_second": limit, "ratio_to_limit": round(figures["pages_per_second"] / limit, 2)}


def _limit(site: Site, folder: Path) -> int:
    """Pages a second on one core when they are only compressed, hashed and stored."""
    record = site.record(site.current())
    paths = [path for path in record.manifest.entries if path.endswith(".html")][:LIMIT_PAGES] if record else []
    bodies = [found[0] for path in paths if (found := site.read(path))]
    store, began = FolderStore(folder), time.perf_counter()
    for body in bodies:
        packed = pack(body, "text/html")
        store.put(packed.sha, packed.data, "text/html")
        if packed.compressed:
            store.put(packed.compressed_sha, packed.compressed, "application/gzip")
    return round(len(bodies) / (time.perf_counter() - began))


def change(*, theme: str, products: int, changes: int) -> dict[str, Any]:
    """One product's price in a warm process: from the snapshot, read anew as the platform reads it, to the pointer."""
    with scratch() as folder:
        store = _Counting(folder)
        site, memory, dress = Site(store, "sites/one"), Memory(), themes.find(theme)
        shop = _shop(products)
        release(site, shop, dress, memory=memory)
        store.calls.clear()
        clock_ms, cpu_ms, made = [], [], []
        for number in range(changes):
            shop = snapshots.parse(snapshots.dump(_repriced(shop, products // 2 + number, 10_000 + number)))
            clock = _Clock()
            made.append(len(release(site, shop, dress, memory=memory).stats.made))
            clock_ms.append(clock.wall * 1000)
            cpu_ms.append(clock.processor * 1000)
    return {
        "products": products,
        "changes": changes,
        "files_made": statistics.median(made),
        "ms": {"median": round(statistics.median(clock_ms), 1), "worst": round(max(clock_ms), 1)},
        "cpu_ms": {"median": round(statistics.median(cpu_ms), 1), "worst": round(max(cpu_ms), 1)},
        "store_calls_a_change": {name: round(count / changes, 1) for name, count in sorted(store.calls.items())},
        "peak_rss_mb": _peak_mb(),
    }


def _repriced(shop: Snapshot, place: int, amount: int) -> Snapshot:
    products = list(shop.products)
    first, *others = products[place % len(products)].skus
    price = replace(first, price=replace(first.price, amount=amount))
    products[place % len(products)] = replace(products[place % len(products)], skus=(price, *others))
    return replace(shop, products=tuple(products))


def small(*, theme: str, stores: int) -> dict[str, Any]:
    """Many small stores, shared out over all cores as workers would."""
    with scratch() as folder:
        clock = _Clock()
        with ProcessPoolExecutor(CORES) as workers:
            pages = sum(workers.map(_small_store, [(folder, theme, n) for n in range(stores)], chunksize=10))
        figures = clock.figures(pages)
    return {"stores": stores, "products_each": SMALL_SHOP, "pages": pages, **figures}


def _small_store(task: tuple[Path, str, int]) -> int:
    folder, theme, number = task
    site = Site(FolderStore(folder), f"sites/{number}")
    return release(site, _shop(SMALL_SHOP, number), _theme(theme)).stats.pages


_themes: dict[str, themes.Theme] = {}


def _theme(name: str) -> themes.Theme:
    """Read once a process, as the platform does."""
    if name not in _themes:
        _themes[name] = themes.find(name)
    return _themes[name]


class _Counting(FolderStore):
    """A folder that counts what an object store would be asked."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.calls: Counter[str] = Counter()

    def get(self, key: str) -> bytes | None:
        self.calls["get"] += 1
        return super().get(key)

    def put(self, key: str, data: bytes, content_type: str) -> None:
        self.calls["put"] += 1
        super().put(key, data, content_type)

    def exists(self, key: str) -> bool:
        self.calls["head"] += 1
        return super().exists(key)

    def list(self, prefix: str) -> list[str]:
        self.calls["list"] += 1
        return list(super().list(prefix))

    def delete(self, key: str) -> None:
        self.calls["delete"] += 1
        super().delete(key)


class _Clock:
    """Since it was made: seconds, and seconds of processor of this process and its ended children."""

    def __init__(self) -> None:
        self._began, self._spent = time.perf_counter(), _processor()

    @property
    def wall(self) -> float:
        return time.perf_counter() - self._began

    @property
    def processor(self) -> float:
        return _processor() - self._spent

    def figures(self, pages: int) -> dict[str, Any]:
        wall, processor = self.wall, self.processor
        return {
            "seconds": round(wall, 2),
            "pages_per_second": round(pages / wall),
            "cpu_seconds": round(processor, 2),
            "cpu_us_per_page": round(processor * 1e6 / pages),
            "peak_rss_mb": _peak_mb(),
        }


def _processor() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _peak_mb() -> int:
    """Of the largest process that took part."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in both) // 1024


PARTS = {"whole": whole, "change": change, "small": small}
