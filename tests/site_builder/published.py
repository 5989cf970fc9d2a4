"""Plain files published into a site by hand, and read back."""

from site_builder.manifest import Entry, Manifest, pack
from site_builder.target import Site

PREFIX = "sites/sto_1"


def pages(**texts: str) -> dict[str, bytes]:
    return {f"/{name}/index.html": (text * 200).encode() for name, text in texts.items()}


def store(site: Site, build: str, files: dict[str, bytes], on: str | None = None) -> None:
    """A finished, unpublished build of plain files."""
    draft = site.draft(build, site.record(on))
    entries = {}
    for path, data in files.items():
        packed = pack(data, "text/html")
        draft.put_blob(packed.sha, packed.data, "text/html")
        encodings = {"gzip": packed.compressed_sha} if packed.compressed else {}
        if packed.compressed:
            draft.put_blob(packed.compressed_sha, packed.compressed, "application/gzip")
        entries[path] = Entry(
            sha256=packed.sha,
            size=len(data),
            content_type="text/html",
            cache="revalidate",
            key=packed.sha,
            encodings=encodings,
        )
    draft.finish(Manifest(entries=entries))


def body(site: Site, path: str) -> bytes | None:
    found = site.read(path)
    return found[0] if found else None
