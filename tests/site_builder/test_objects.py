"""Where contents go: folders and buckets, from one process or several, whole or not at all."""

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from cardmesh.kit.errors import Unavailable
from cardmesh.kit.storage import FolderStorage
from site_builder.build import build_plain
from site_builder.errors import RenderError
from site_builder.hashing import sha256
from site_builder.objects import FolderStore
from site_builder.pool import WORTH_SHARING
from site_builder.release import release
from site_builder.samples import sample
from site_builder.target import Site
from site_builder.theme import Theme, find
from tests.site_builder.conftest import FIXTURES
from tests.site_builder.published import PREFIX, body, pages, store

ROOT = FIXTURES.parents[2]


@pytest.mark.parametrize("key", ["../x", "a/../../x", "", "/etc/passwd"])
def test_the_folder_store_stays_in_its_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        FolderStore(tmp_path / "in").put(key, b"x", "text/plain")


def test_the_folder_store_never_shows_half_a_file(tmp_path: Path) -> None:
    folder, stop, seen = FolderStore(tmp_path), threading.Event(), set()
    texts = (b"one" * 300_000, b"other" * 200_000)
    folder.put("key", texts[0], "text/plain")

    def read() -> None:
        while not stop.is_set():
            seen.add(folder.get("key"))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(200):
        folder.put("key", texts[turn % 2], "text/plain")
    stop.set()
    reader.join()
    assert seen == set(texts)


def test_the_folder_store_lists_by_prefix_and_forgets_twice(tmp_path: Path) -> None:
    folder = FolderStore(tmp_path)
    for key in ("a/1", "a/2", "ab/3", "b"):
        folder.put(key, key.encode(), "text/plain")
    listed: Iterable[str] = folder.list("a/")
    assert list(listed) == ["a/1", "a/2"]
    assert list(folder.list("a")) == ["a/1", "a/2", "ab/3"]
    folder.delete("a/1")
    folder.delete("a/1")
    assert folder.get("a/1") is None and not folder.exists("a/1") and folder.get("a") is None
    assert not list(tmp_path.rglob(".part-*"))


def test_plain_files_are_what_is_published(site: Site, tmp_path: Path, classic: Theme) -> None:
    out = tmp_path / "public"
    release(site, sample(2), classic)
    build_plain(sample(2), classic, out)
    (out / "stale.html").write_text("old")
    build_plain(sample(2), classic, out)
    record = site.record(site.current())
    assert record
    manifest = record.manifest
    files = {f"/{file.relative_to(out).as_posix()}" for file in out.rglob("*") if file.is_file()}
    assert files == {*manifest.entries, *(f"{path}.gz" for path, entry in manifest.entries.items() if entry.encodings)}
    for path, entry in manifest.entries.items():
        assert sha256((out / path[1:]).read_bytes()) == entry.sha256, path
        if entry.encodings:
            assert gzip.decompress((out / f"{path[1:]}.gz").read_bytes()) == (out / path[1:]).read_bytes()


def test_a_plain_build_that_fails_leaves_the_folder_as_it_was(tmp_path: Path, classic: Theme) -> None:
    out = tmp_path / "public"
    build_plain(sample(1), classic, out, compress=False)
    assert not list(out.rglob("*.gz"))
    broken = Theme("classic", {**classic.files, "sections/product-main.html.j2": "{{ product_data.gone }}"})
    with pytest.raises(RenderError):
        build_plain(sample(1), broken, out)
    assert (out / "p/goods-0/index.html").is_file()


class Slow(FolderStore):
    """Takes eight puts at once; a content is there only when three others are on their way as well."""

    at_once = 8

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.together = threading.Barrier(4)

    def put(self, key: str, data: bytes, content_type: str) -> None:
        if "/blobs/" in key:
            self.together.wait(60)
        super().put(key, data, content_type)


class Full(FolderStore):
    """Takes eight puts at once, and has no room for page 11."""

    at_once = 8

    def put(self, key: str, data: bytes, content_type: str) -> None:
        if b"text 11" in data:
            raise OSError("no room")
        super().put(key, data, content_type)


def test_contents_go_into_a_slow_store_several_at_once(tmp_path: Path) -> None:
    site = Site(Slow(tmp_path), PREFIX)
    texts = {f"page{n}": f"text {n}" for n in range(12)}
    store(site, "b1", pages(**texts))
    site.publish("b1")
    assert body(site, "/page7/") == b"text 7" * 200


@pytest.mark.parametrize("more", [0, 60])
def test_a_content_that_was_refused_leaves_no_record(tmp_path: Path, more: int) -> None:
    """Whether it is the last on its way, or others are still put after it."""
    site = Site(Full(tmp_path), PREFIX)
    with pytest.raises(OSError, match="no room"):
        store(site, "b1", pages(page11="text 11", **{f"page{n}": f"text {n}" for n in range(20, 20 + more)}))
    assert site.builds() == [] and site.record("b1") is None


class Broken(FolderStorage):
    """Takes no contents from any process but the one that made it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.home = os.getpid()

    def put(self, key: str, data: bytes, content_type: str = "") -> None:
        if os.getpid() != self.home:
            raise Unavailable(retry_after=7)
        super().put(key, data, content_type)


def refused_elsewhere(root: str) -> None:
    """A build whose forked processes are refused: called in a process without threads, where a build forks."""
    site = Site(Broken(Path(root)), PREFIX)
    with pytest.raises(Unavailable) as caught:
        release(site, sample(WORTH_SHARING // 2), find("classic"), processes=2)
    assert caught.value.retry_after == 7
    assert site.builds() == []


def test_what_a_store_refuses_in_another_process_is_told_as_it_was(tmp_path: Path) -> None:
    program = f"from {__name__} import refused_elsewhere; refused_elsewhere({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=200)


def test_several_processes_publish_what_one_does(site: Site, tmp_path: Path, classic: Theme) -> None:
    """Into a folder they put it themselves, into a bucket the building one puts it."""
    shop = sample(WORTH_SHARING // 2)
    shared = release(site, shop, classic, processes=2)
    alone = release(Site(FolderStore(tmp_path / "alone"), PREFIX), shop, classic)
    assert shared.manifest.dump() == alone.manifest.dump()
    assert {body(site, path) is not None for path in shared.manifest.entries} == {True}


def test_several_processes_write_the_plain_files_that_one_does(tmp_path: Path, classic: Theme) -> None:
    shop = sample(WORTH_SHARING // 2)
    trees, counted = [], []
    for processes in (1, 2):
        out = tmp_path / str(processes)
        stats = build_plain(shop, classic, out, processes=processes, compress=False,
                            progress=lambda done, total: counted.append((done, total)))  # fmt: skip
        trees.append({file.relative_to(out): file.read_bytes() for file in out.rglob("*") if file.is_file()})
        assert len(trees[-1]) == stats.files and sum(map(len, trees[-1].values())) == stats.bytes
        assert counted == [(done, stats.files) for done in range(1, stats.files + 1)]
        counted.clear()
    assert trees[0] == trees[1]
