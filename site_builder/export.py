"""The current build as plain files, for any web server."""

import shutil
from pathlib import Path

from site_builder.errors import MissingBuild
from site_builder.target import Site


def export(site: Site, folder: Path) -> None:
    """Write every public path, and `.gz` siblings for servers that send them (gzip_static). Replaces `folder` whole.

    Files go into a fresh folder that then takes the old one's place: quicker than overwriting, and no stale page stays.
    """
    record = site.record(site.current())
    if record is None:
        raise MissingBuild("nothing is published")
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for path, entry in record.manifest.entries.items():
        target = fresh / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        for suffix, compressed in (("", False), (".gz", True)):
            if compressed and not entry.encodings:
                continue
            found = site.read(path, gzip=compressed)
            if found is None:
                raise MissingBuild(f"the content of {path} is gone")
            target.with_name(target.name + suffix).write_bytes(found[0])
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)
