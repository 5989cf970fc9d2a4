"""A store's published site inside an object store: builds side by side, one of them current.

    <prefix>/bases/<build>.json           a whole manifest, and where each of its blobs lies
    <prefix>/builds/<build>.json          the record of a build: the base it stands on, and what differs
    <prefix>/blobs/<build>/<sha256>       the contents that build was first to store
    <prefix>/published/<build>            a mark: this build was published
    <prefix>/current                      the pointer: the id of the build being served

Build ids must sort by creation time and be taken *before* the snapshot is read. Then every step may run twice, at the
same time as any other, or stop half-way:
- contents lie in a folder of the build that stored them, so clearing an old build can never take away a content
  that a running build has just stored;
- the pointer goes to the newest published build, so a late worker never puts an older state over a newer one;
- a record is written after its contents and its base, and the pointer after the record.

A change of one product in a shop of thousands must not cost thousands of reads: a record names only what differs from
its base, and a site found whole once is not listed again for contents it has lent to the next build.
"""

import secrets
import time
from collections.abc import Iterable, Mapping

from site_builder.errors import MissingBuild
from site_builder.manifest import Entry, Manifest
from site_builder.objects import FolderStore, ObjectStore, Puts
from site_builder.records import Base, Record, dump_base, dump_record, parse_base, parse_record

__all__ = ["Draft", "FolderStore", "ObjectStore", "Record", "Site", "new_build_id"]

JSON = "application/json"
SHARE = 4
"""A record that differs from its base in more than one path of so many becomes a base itself."""
REMEMBERED = 12
SMALL = 1_000
"""Contents of a site that are listed at every publication: one request of an object store."""
NEVER_CHANGES = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


def new_build_id() -> str:
    """A sortable id, for callers without one of their own."""
    return f"bld_{time.time_ns():020d}{secrets.token_hex(4)}"


class Draft:
    """The sink of one build. Contents the previous build already holds are not stored again."""

    def __init__(self, site: "Site", build_id: str, previous: Record | None) -> None:
        self.site, self.build_id, self.previous = site, build_id, previous
        self.direct: bool = getattr(site.store, "direct", False)
        self.puts = Puts(site.store)
        self.where: dict[str, str] = {}

    def put_blob(self, sha: str, data: bytes, content_type: str) -> None:
        if sha in self.where:
            return
        held = self._held(sha)
        if not held:
            self.puts.put(self.site.blob_key(self.build_id, sha), data, content_type)
        self.where[sha] = held or self.build_id

    def stored(self, sha: str) -> None:
        """A forked process put it."""
        self.where.setdefault(sha, self._held(sha) or self.build_id)

    def _held(self, sha: str) -> str:
        before = self.previous
        return (before.added.get(sha) or before.base.where.get(sha, "")) if before else ""

    def finish(self, manifest: Manifest) -> Record:
        """Store the record. Raises `MissingBuild` when the manifest names a blob that was never stored.

        A build that was finished before keeps its first record: whatever changed since has a build of its own coming.
        """
        self.puts.wait()
        if finished := self.site.record(self.build_id):
            return finished
        record = self._difference(manifest, self.previous.base) if self.previous else None
        if record is None or len(record.changed) * SHARE > len(record.base.entries):
            record = Record(self.build_id, Base(self.build_id, manifest.entries, self._homes(manifest)), {}, (), {})
        return self.site.put_record(record)

    def _difference(self, manifest: Manifest, base: Base) -> Record:
        known = base.entries
        changed = {p: e for p, e in manifest.entries.items() if known.get(p) is not e and known.get(p) != e}
        gone = tuple(path for path in known if path not in manifest.entries)
        homes = self._homes(Manifest(entries=changed))
        added = {sha: build for sha, build in homes.items() if base.where.get(sha) != build}
        return Record(self.build_id, base, changed, gone, added)

    def _homes(self, manifest: Manifest) -> dict[str, str]:
        where = {sha: self.where.get(sha) or self._held(sha) for sha in sorted(manifest.blobs())}
        if lost := [sha for sha, build in where.items() if not build]:
            raise MissingBuild(f"{self.build_id} names {len(lost)} contents that are not stored, {lost[0]} first")
        return where


class Site:
    """One store's site. `prefix` is its folder in the object store, "sites/<store id>"."""

    def __init__(self, store: ObjectStore, prefix: str) -> None:
        self.store, self.prefix = store, prefix.rstrip("/")
        self._records: dict[str, Record] = {}
        self._bases: dict[str, Base] = {}
        self._whole_where: Mapping[str, str] = {}

    def _key(self, *parts: str) -> str:
        return "/".join((self.prefix, *parts))

    def blob_key(self, build_id: str, sha: str) -> str:
        return self._key("blobs", build_id, sha)

    # -- building -----------------------------------------------------------------------------------------------

    def draft(self, build_id: str, previous: Record | None = None) -> Draft:
        """Start a build. `previous` (usually `site.record(site.current())`) lends its contents."""
        return Draft(self, build_id, previous)

    def put_record(self, record: Record) -> Record:
        base = record.base
        if base.build_id == record.build_id:
            self.store.put(self._base_key(base.build_id), dump_base(base), JSON)
        self.store.put(self._key("builds", f"{record.build_id}.json"), dump_record(record), JSON)
        return self._remember(record)

    def _base_key(self, build_id: str) -> str:
        return self._key("bases", f"{build_id}.json")

    # -- what there is ------------------------------------------------------------------------------------------

    def builds(self) -> list[str]:
        """Ids of the finished builds kept, oldest first."""
        start = self._key("builds", "")
        return sorted(key[len(start) : -len(".json")] for key in self.store.list(start) if key.endswith(".json"))

    def record(self, build_id: str | None) -> Record | None:
        """The record of a build, None when there is none. Records never change: the last ones are remembered."""
        if not build_id or build_id in self._records:
            return self._records.get(build_id or "")
        data = self.store.get(self._key("builds", f"{build_id}.json"))
        parsed = parse_record(data) if data else None
        base = self._base(parsed["base"]) if parsed else None
        if parsed is None or base is None:
            return None
        return self._remember(Record.of(build_id, base, parsed))

    def _base(self, build_id: str) -> Base | None:
        if build_id not in self._bases:
            data = self.store.get(self._base_key(build_id))
            if data is None:
                return None
            self._bases[build_id] = parse_base(build_id, data)
        return self._bases[build_id]

    def _remember(self, record: Record) -> Record:
        """A dozen builds, and the bases they stand on: what clearing up looks through."""
        self._records[record.build_id] = record
        self._bases[record.base.build_id] = record.base
        while len(self._records) > REMEMBERED:
            del self._records[next(iter(self._records))]
        used = {known.base.build_id for known in self._records.values()}
        self._bases = {name: base for name, base in self._bases.items() if name in used}
        return record

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
        if not self.store.exists(self._base_key(record.base.build_id)):
            return False
        seen = {} if record.base.build_id == build_id or record.small(SMALL) else self._whole_where
        asked = {sha: build for sha, build in record.where.items() if seen.get(sha) != build}
        stored = {build: set(self.store.list(self._key("blobs", build, ""))) for build in set(asked.values())}
        whole = all(self.blob_key(build, sha) in stored[build] for sha, build in asked.items())
        self._whole_where = record.where if whole else {}
        return whole

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
        gone = [self.record(build) for build in doomed]
        for build in doomed:
            self.store.delete(self._key("published", build))
            self.store.delete(self._key("builds", f"{build}.json"))
            self._records.pop(build, None)
        return 2 * len(doomed) + self._sweep(current, kept, gone)

    def _sweep(self, current: str, kept: set[str], gone: list[Record | None]) -> int:
        """Contents and bases no kept build uses.

        A large site is searched for them only when a base falls out of use; until then what the cleared builds added
        to their base is all there can be.
        """
        records = [record for build in kept if (record := self.record(build))]
        if len(records) < len(kept):
            return 0
        bases = {record.base.build_id for record in records}
        large = any(not record.small(SMALL) for record in records)
        if large and all(record and record.base.build_id in bases for record in gone):
            doomed = {(sha, build) for record in gone if record for sha, build in record.added.items()}
            idle = {pair for pair in doomed if not any(record.uses(*pair) for record in records)}
            return self._delete(self.blob_key(build, sha) for sha, build in idle)
        used = {self.blob_key(build, sha) for record in records for sha, build in record.where.items()}
        used |= {self._base_key(build) for build in bases}
        found = (self._idle(folder, current, kept, used) for folder in ("blobs", "bases"))
        return self._delete(key for keys in found for key in keys)

    def _idle(self, folder: str, current: str, kept: set[str], used: set[str]) -> list[str]:
        """Unused keys in the folder, but for those from `current` on, which may belong to a running build."""
        start = self._key(folder, "")
        owned = ((key, key[len(start) :].split("/")[0].removesuffix(".json")) for key in self.store.list(start))
        spared = kept if folder == "blobs" else set()
        return [key for key, owner in owned if key not in used and owner < current and owner not in spared]

    def _delete(self, keys: Iterable[str]) -> int:
        count = 0
        for key in keys:
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
        body = self.store.get(self.blob_key(record.home(sha), sha))
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
