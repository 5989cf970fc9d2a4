"""A store's published site inside an object store: builds side by side, one of them current.

    <prefix>/builds/<build>.json          the record of a build: its manifest, and where each of its blobs lies
    <prefix>/blobs/<build>/<sha256>       the contents that build was first to store
    <prefix>/published/<build>            a mark: this build was published
    <prefix>/current                      the pointer: the id of the build being served

Build ids must sort by creation time and be taken *before* the snapshot is read. Then every step may run twice, at the
same time as any other, or stop half-way:
- contents lie in a folder of the build that stored them, so clearing an old build can never take away a content
  that a running build has just stored;
- the pointer goes to the newest published build, so a late worker never puts an older state over a newer one;
- a record is written after its contents, and the pointer after the record.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from site_builder import manifest as manifests
from site_builder.errors import MissingBuild
from site_builder.manifest import Entry, Manifest
from site_builder.objects import FolderStore, ObjectStore

__all__ = ["Draft", "FolderStore", "ObjectStore", "Record", "Site", "new_build_id"]

JSON = "application/json"
NEVER_CHANGES = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


def new_build_id() -> str:
    """A sortable id, for callers without one of their own."""
    return f"bld_{time.time_ns():020d}{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class Record:
    """A stored build: `where` maps each blob to the build whose folder holds it."""

    build_id: str
    manifest: Manifest
    where: Mapping[str, str]

    def dump(self) -> bytes:
        return json.dumps(
            {"manifest": json.loads(self.manifest.dump()), "where": dict(sorted(self.where.items()))}
        ).encode()


class Draft:
    """The sink of one build. Contents the previous build already holds are not stored again."""

    def __init__(self, site: "Site", build_id: str, previous: Record | None) -> None:
        self.site, self.build_id, self.previous = site, build_id, previous
        self.where: dict[str, str] = {}

    def put_blob(self, sha: str, data: bytes, content_type: str) -> None:
        if sha in self.where:
            return
        held = self.previous.where.get(sha) if self.previous else None
        if held is None:
            self.site.store.put(self.site.blob_key(self.build_id, sha), data, content_type)
        self.where[sha] = held or self.build_id

    def finish(self, manifest: Manifest) -> Record:
        """Store the record. Raises `MissingBuild` when the manifest names a blob that was never stored.

        A build that was finished before keeps its first record: whatever changed since has a build of its own coming.
        """
        if finished := self.site.record(self.build_id):
            return finished
        earlier = self.previous.where if self.previous else {}
        where = {sha: self.where.get(sha) or earlier.get(sha, "") for sha in manifest.blobs()}
        if lost := [sha for sha, build in where.items() if not build]:
            raise MissingBuild(f"{self.build_id} names {len(lost)} contents that are not stored, {lost[0]} first")
        return self.site.put_record(Record(self.build_id, manifest, where))


class Site:
    """One store's site. `prefix` is its folder in the object store, "sites/<store id>"."""

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        self.store, self.prefix = store, prefix.rstrip("/")
        self._last_read: Record | None = None

    def _key(self, *parts: str) -> str:
        return "/".join((self.prefix, *parts))

    def blob_key(self, build_id: str, sha: str) -> str:
        return self._key("blobs", build_id, sha)

    # -- building -----------------------------------------------------------------------------------------------

    def draft(self, build_id: str, previous: Record | None = None) -> Draft:
        """Start a build. `previous` (usually `site.record(site.current())`) lends its contents."""
        return Draft(self, build_id, previous)

    def put_record(self, record: Record) -> Record:
        self.store.put(self._key("builds", f"{record.build_id}.json"), record.dump(), JSON)
        return record

    # -- what there is ------------------------------------------------------------------------------------------

    def builds(self) -> list[str]:
        """Ids of the finished builds kept, oldest first."""
        start = self._key("builds", "")
        return sorted(key[len(start) : -len(".json")] for key in self.store.list(start) if key.endswith(".json"))

    def record(self, build_id: str | None) -> Record | None:
        """The record of a build, None when there is none. Records never change, so the last one is remembered."""
        known = self._last_read
        if known and known.build_id == build_id:
            return known
        data = self.store.get(self._key("builds", f"{build_id}.json")) if build_id else None
        if data is None or not build_id:
            return None
        body = json.loads(data)
        self._last_read = Record(build_id, manifests.restore(body["manifest"]), body["where"])
        return self._last_read

    def current(self) -> str | None:
        """Id of the build being served."""
        data = self.store.get(self._key("current"))
        return data.decode() if data else None

    # -- switching ----------------------------------------------------------------------------------------------

    def publish(self, build_id: str) -> str:
        """Serve `build_id`, unless a newer one is published already. → the id now current. Raises `MissingBuild`."""
        if not self._whole(build_id):
            raise MissingBuild(f"build {build_id} is not complete")
        self.store.put(self._key("published", build_id), b"", "text/plain")
        return self._point_to_newest()

    def rollback(self, to: str | None = None) -> str:
        """Serve an older build again: `to`, or the one published before the current. Raises `MissingBuild`."""
        published = self._published()
        here = self.current()
        target = to or max((b for b in published if here is None or b < here), default=None)
        if target is None or not self._whole(target):
            raise MissingBuild(f"there is no complete build {target or 'before the current'}")
        self.store.put(self._key("published", target), b"", "text/plain")
        for newer in (b for b in published if b > target):
            self.store.delete(self._key("published", newer))
        return self._point_to_newest()

    def _published(self) -> list[str]:
        start = self._key("published", "")
        return sorted(key[len(start) :] for key in self.store.list(start))

    def _point_to_newest(self) -> str:
        """Point, then look again: whoever of two racing publishers is last has seen the newest mark."""
        newest = ""
        while (marks := self._published()) and marks[-1] != newest:
            newest = marks[-1]
            self.store.put(self._key("current"), newest.encode(), "text/plain")
        return newest

    def _whole(self, build_id: str) -> bool:
        record = self.record(build_id)
        if record is None:
            return False
        stored = {build: set(self.store.list(self._key("blobs", build, ""))) for build in set(record.where.values())}
        return all(self.blob_key(build, sha) in stored[build] for sha, build in record.where.items())

    # -- clearing -----------------------------------------------------------------------------------------------

    def prune(self, keep: int = 10) -> int:
        """Delete all but the newest `keep` builds and the current one. → objects deleted.

        Never touches a build newer than the current (it may be about to be published), nor a content that a kept
        build uses, whichever build stored it.
        """
        current, builds = self.current(), self.builds()
        if current is None:
            return 0
        kept = {*builds[-keep:], current, *(b for b in builds if b > current)}
        doomed = [build for build in builds if build not in kept]
        for build in doomed:
            self.store.delete(self._key("published", build))
            self.store.delete(self._key("builds", f"{build}.json"))
        return 2 * len(doomed) + self._sweep(current, kept)

    def _sweep(self, current: str, kept: set[str]) -> int:
        """Contents no kept build uses, out of the folders of builds that are gone.

        Folders from `current` on may belong to a running build and are left alone.
        """
        records = [record for build in kept if (record := self.record(build))]
        if len(records) < len(kept):
            return 0
        used = {self.blob_key(build, sha) for record in records for sha, build in record.where.items()}
        start, count = self._key("blobs", ""), 0
        for key in list(self.store.list(start)):
            owner = key[len(start) :].split("/")[0]
            if key not in used and owner < current and owner not in kept:
                self.store.delete(key)
                count += 1
        return count

    # -- serving ------------------------------------------------------------------------------------------------

    def read(self, path: str, *, gzip: bool = False) -> tuple[bytes, dict[str, str]] | None:
        """Body and headers of a public path ("/", "/p/x/", "/assets/…"), or None. `gzip` when the client takes it."""
        record = self.record(self.current()) or self.record(max(self.builds(), default=None))
        entry = find(record.manifest, path) if record else None
        if record is None or entry is None:
            return None
        sha = entry.encodings.get("gzip", entry.sha256) if gzip else entry.sha256
        body = self.store.get(self.blob_key(record.where[sha], sha))
        return None if body is None else (body, headers(entry, compressed=sha != entry.sha256))


def find(manifest: Manifest, path: str) -> Entry | None:
    """The entry a request path means: "/p/x/" is the index in that folder."""
    return manifest.entries.get(f"{path}index.html" if path.endswith("/") else path)


def headers(entry: Entry, *, compressed: bool) -> dict[str, str]:
    """Response headers of an entry. The tag differs by encoding, as HTTP demands of a strong validator."""
    out = {
        "Content-Type": entry.content_type,
        "Cache-Control": NEVER_CHANGES if entry.cache == "immutable" else ASK_FIRST,
        "ETag": f'"{entry.sha256[:32]}{"-gz" if compressed else ""}"',
        "X-Content-Type-Options": "nosniff",
    }
    if entry.encodings:
        out["Vary"] = "Accept-Encoding"
    if compressed:
        out["Content-Encoding"] = "gzip"
    if entry.content_type.startswith("text/html"):
        out |= {"Content-Security-Policy": POLICY, "Referrer-Policy": "strict-origin-when-cross-origin"}
    return out
