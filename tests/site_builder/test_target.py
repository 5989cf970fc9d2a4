"""Publishing: whole or not at all, newest wins, back in one step, and clearing away never takes what is needed."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from site_builder.errors import MissingBuild
from site_builder.manifest import Entry, Manifest, pack
from site_builder.objects import FolderStore
from site_builder.release import release
from site_builder.samples import sample
from site_builder.snapshot import Snapshot
from site_builder.target import Site, headers
from site_builder.theme import Theme
from tests.site_builder.published import PREFIX, body, pages, store


class Killed(BaseException):
    """The process is gone; nothing catches this."""


class Mortal(FolderStore):
    """A folder store that dies after so many writes or deletes."""

    def __init__(self, root: Path, steps: int) -> None:
        super().__init__(root)
        self.steps = steps

    def _step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Killed

    def put(self, key: str, data: bytes, content_type: str) -> None:
        self._step()
        super().put(key, data, content_type)

    def delete(self, key: str) -> None:
        self._step()
        super().delete(key)


def test_nothing_is_served_before_the_first_publish(site: Site) -> None:
    assert site.current() is None
    store(site, "b1", pages(a="one"))
    assert site.current() is None
    site.publish("b1")
    assert site.current() == "b1"
    assert body(site, "/a/") == b"one" * 200


def test_a_build_that_does_not_exist_cannot_be_published(site: Site) -> None:
    with pytest.raises(MissingBuild):
        site.publish("b1")
    assert site.current() is None


def test_a_build_with_a_lost_content_cannot_be_published(site: Site) -> None:
    store(site, "b1", pages(a="one"))
    site.publish("b1")
    store(site, "b2", pages(a="two"))
    site.store.delete(next(iter(site.store.list(f"{PREFIX}/blobs/b2/"))))
    with pytest.raises(MissingBuild):
        site.publish("b2")
    assert body(site, "/a/") == b"one" * 200


def test_a_manifest_of_contents_never_stored_is_refused(site: Site) -> None:
    entry = Entry(sha256="0" * 64, size=1, content_type="text/html", cache="revalidate", key="k")
    with pytest.raises(MissingBuild):
        site.draft("b1").finish(Manifest(entries={"/index.html": entry}))
    assert site.builds() == []


def test_publishing_is_repeatable(site: Site) -> None:
    store(site, "b1", pages(a="one"))
    for _ in range(3):
        assert site.publish("b1") == "b1"
    assert body(site, "/a/") == b"one" * 200


def test_a_late_build_does_not_replace_a_newer_one(site: Site) -> None:
    store(site, "b1", pages(a="one"))
    store(site, "b2", pages(a="two"))
    assert site.publish("b2") == "b2"
    assert site.publish("b1") == "b2"
    assert body(site, "/a/") == b"two" * 200


def test_going_back_and_forward(site: Site) -> None:
    for build, text in (("b1", "one"), ("b2", "two"), ("b3", "three")):
        store(site, build, pages(a=text))
        site.publish(build)
    assert site.rollback() == "b2"
    assert body(site, "/a/") == b"two" * 200
    assert site.rollback() == "b1"
    with pytest.raises(MissingBuild):
        site.rollback()
    assert site.publish("b3") == "b3"
    assert site.rollback("b1") == "b1"
    store(site, "b4", pages(a="four"), on="b1")
    assert site.publish("b4") == "b4"


def test_clearing_keeps_the_last_builds_and_every_content_they_use(site: Site) -> None:
    previous = None
    for number in range(15):
        build = f"b{number:02}"
        # /same/ is stored once, by the first build, and used by all.
        store(site, build, pages(same="always", own=f"text {number}"), on=previous)
        site.publish(build)
        previous = build
    assert site.prune(keep=10) > 0
    assert site.builds() == [f"b{number:02}" for number in range(5, 15)]
    for build in site.builds():
        site.rollback(build)
        assert body(site, "/same/") == b"always" * 200
        assert body(site, "/own/") == f"text {int(build[1:])}".encode() * 200
    assert not list(site.store.list(f"{PREFIX}/blobs/b04/"))
    assert list(site.store.list(f"{PREFIX}/blobs/b00/"))


def test_clearing_keeps_the_current_build_however_old(site: Site) -> None:
    for number in range(6):
        store(site, f"b{number}", pages(a=f"text {number}"))
        site.publish(f"b{number}")
    site.rollback("b1")
    site.prune(keep=2)
    assert body(site, "/a/") == b"text 1" * 200
    # Builds newer than the current may be on their way to it and stay.
    assert site.builds() == ["b1", "b2", "b3", "b4", "b5"]


def test_clearing_leaves_a_running_build_alone(site: Site) -> None:
    for number in range(3):
        store(site, f"b{number}", pages(a=f"text {number}"))
        site.publish(f"b{number}")
    draft = site.draft("b9")
    packed = pack(b"half done" * 100, "text/html")
    draft.put_blob(packed.sha, packed.data, "text/html")
    site.prune(keep=1)
    draft.finish(
        Manifest(
            entries={"/": Entry(sha256=packed.sha, size=900, content_type="text/html", cache="revalidate", key="k")}
        )
    )
    assert site.publish("b9") == "b9"


def test_contents_of_a_build_that_died_are_cleared_later(site: Site) -> None:
    site.draft("b1").put_blob("f" * 64, b"orphan", "text/html")
    store(site, "b2", pages(a="two"))
    site.publish("b2")
    site.prune(keep=1)
    assert not list(site.store.list(f"{PREFIX}/blobs/b1/"))


def test_clearing_twice_does_nothing_more(site: Site) -> None:
    for number in range(4):
        store(site, f"b{number}", pages(a=f"text {number}"))
        site.publish(f"b{number}")
    assert site.prune(keep=2) > 0
    assert site.prune(keep=2) == 0


def test_reading_while_publishing_sees_one_whole_build(tmp_path: Path) -> None:
    """Page and style of each build carry its number; a reader that pins the build never sees them mixed."""
    writer = Site(FolderStore(tmp_path), PREFIX)
    store(writer, "b000", pages(page="0,", style="0,"))
    writer.publish("b000")
    stop, wrong, reads = threading.Event(), [], []

    def read() -> None:
        reader = Site(FolderStore(tmp_path), PREFIX)
        while not stop.is_set():
            one, other = body(reader, "/page/"), body(reader, "/style/")
            if one is None or other is None or len(set(one.split(b","))) != 2:
                wrong.append((one, other))
            reads.append(one)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 40):
        store(writer, f"b{number:03}", pages(page=f"{number},", style=f"{number},"), on=f"b{number - 1:03}")
        writer.publish(f"b{number:03}")
        writer.prune(keep=20)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(set(reads)) > 1, "the readers never saw a switch: nothing was tried"


def test_publishers_racing_end_with_the_newest(tmp_path: Path) -> None:
    builds = [f"b{number:02}" for number in range(8)]
    first = Site(FolderStore(tmp_path), PREFIX)
    for build in builds:
        store(first, build, pages(a=build))
    gate = threading.Barrier(len(builds))

    def publish(build: str) -> None:
        gate.wait()
        Site(FolderStore(tmp_path), PREFIX).publish(build)

    threads = [threading.Thread(target=publish, args=(build,)) for build in builds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert first.current() == builds[-1]


def test_a_late_pointer_write_is_put_right(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A publisher stops between looking and pointing, a newer one passes it: the first must notice."""
    store(site, "b1", pages(a="one"))
    store(site, "b2", pages(a="two"))
    plain, passed = site.store.put, []

    def put(key: str, data: bytes, content_type: str) -> None:
        if key.endswith("/current") and data == b"b1" and not passed:
            passed.append(1)
            Site(site.store, PREFIX).publish("b2")
        plain(key, data, content_type)

    monkeypatch.setattr(site.store, "put", put)
    assert site.publish("b1") == "b2"
    assert passed and site.current() == "b2"


def test_killed_at_any_step_the_old_site_or_the_new_one_is_served_whole(tmp_path: Path, classic: Theme) -> None:
    """Killed among the contents, and at each of the last writes: record, mark, pointer."""
    old, new, start = sample(1), sample(2), tmp_path / "start"
    release(Site(FolderStore(start), PREFIX), old, classic, build_id="b1")
    count = Mortal(Path(shutil.copytree(start, tmp_path / "count")), 10**6)
    release(Site(count, PREFIX), new, classic, build_id="b2")
    total, served = 10**6 - count.steps, []
    for steps in (0, 1, total // 2, *range(total - 5, total)):
        folder = Path(shutil.copytree(start, tmp_path / str(steps)))
        with pytest.raises(Killed):
            release(Site(Mortal(folder, steps), PREFIX), new, classic, build_id="b2")
        served.append(whole(Site(FolderStore(folder), PREFIX)))
        # The job runs again, with the same id, and ends as if nothing had happened.
        release(Site(FolderStore(folder), PREFIX), new, classic, build_id="b2")
        assert whole(Site(FolderStore(folder), PREFIX)) == 2
        assert Site(FolderStore(folder), PREFIX).current() == "b2"
    assert served == [1] * len(served), "the pointer is the last thing written"


def whole(site: Site) -> int:
    """How many products the served site has; every path of it must be readable."""
    record = site.record(site.current())
    assert record is not None
    assert all(site.read(path) is not None for path in record.manifest.entries)
    return len([path for path in record.manifest.entries if path.startswith("/p/")])


def test_release_builds_on_what_is_served(site: Site, classic: Theme, mall: Snapshot) -> None:
    first = release(site, mall, classic)
    assert len(first.stats.made) == first.stats.files
    again = release(site, mall, classic)
    assert again.stats.made == ()
    assert len(list(site.store.list(f"{PREFIX}/blobs/"))) == len(first.manifest.blobs())
    assert len(site.builds()) == 2


def test_release_recovers_when_contents_were_lost(site: Site, classic: Theme) -> None:
    release(site, sample(2), classic)
    for key in list(site.store.list(f"{PREFIX}/blobs/"))[:5]:
        site.store.delete(key)
    release(site, sample(2), classic)
    assert whole(site) == 2


def test_the_record_of_a_finished_build_is_never_rewritten(site: Site) -> None:
    store(site, "b1", pages(a="one"))
    store(site, "b1", pages(a="two"))
    site.publish("b1")
    assert body(site, "/a/") == b"one" * 200


def test_headers_say_what_may_be_kept(site: Site, classic: Theme, mall: Snapshot) -> None:
    release(site, mall, classic)
    page, head = site.read("/") or (b"", {})
    packed, small = site.read("/", gzip=True) or (b"", {})
    assert head["Content-Type"] == "text/html; charset=utf-8"
    assert head["Cache-Control"] == "no-cache"
    assert "script-src 'self'" in head["Content-Security-Policy"] and "unsafe" not in head["Content-Security-Policy"]
    assert small["Content-Encoding"] == "gzip" and len(packed) < len(page)
    assert small["ETag"] != head["ETag"] and head["Vary"] == "Accept-Encoding"
    style = next(
        p for p in (site.record(site.current()) or pytest.fail("no record")).manifest.entries if p.endswith(".css")
    )
    assert (site.read(style) or (b"", {}))[1]["Cache-Control"] == "public, max-age=31536000, immutable"
    assert site.read("/nowhere/") is None


def test_etags_follow_the_content() -> None:
    one = Entry(sha256="a" * 64, size=1, content_type="text/css", cache="immutable", key="k")
    assert headers(one, compressed=False)["ETag"] != headers(replace(one, sha256="b" * 64), compressed=False)["ETag"]
    assert "Content-Security-Policy" not in headers(one, compressed=False)
