"""`python -m site_builder build|check|serve|new`: everything a theme author needs, on a snapshot file alone.

What only one command needs is imported by it: a build starts in half the time.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from site_builder import snapshot as snapshots
from site_builder import theme as themes
from site_builder.build import build_plain
from site_builder.errors import SiteBuilderError
from site_builder.release import release
from site_builder.scaffold import PARENT, start
from site_builder.target import FolderStore, Site

if TYPE_CHECKING:
    from site_builder.check import Finding


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. → 0 fine, 1 findings or bad input, 2 bad usage."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (SiteBuilderError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="site_builder", description="Build a store's website from a snapshot and a theme."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    build = commands.add_parser("build", help="build a snapshot into a folder")
    build.add_argument("snapshot", type=Path, help="snapshot file (JSON)")
    build.add_argument("--theme", help="theme handle or folder; default: the one the snapshot names")
    build.add_argument("--out", type=Path, required=True, help="folder for the published site")
    build.add_argument("--plain", action="store_true", help="write plain files for any web server instead")
    build.add_argument("--no-gzip", action="store_true", help="with --plain: without .gz files beside the others")
    build.add_argument("--processes", type=int, default=1, help="make large sites in so many processes")
    build.set_defaults(run=_build)
    checking = commands.add_parser("check", help="check a theme")
    checking.add_argument("theme", help="theme handle, folder or package (.zip)")
    checking.set_defaults(run=_check)
    serve = commands.add_parser("serve", help="serve a snapshot on this machine, rebuilding when files change")
    serve.add_argument("snapshot", type=Path, help="snapshot file (JSON)")
    serve.add_argument("--theme", help="theme handle or folder; default: the one the snapshot names")
    serve.add_argument("--port", type=int, default=8088)
    serve.set_defaults(run=_serve)
    new = commands.add_parser("new", help=f"start a theme: a folder that inherits from {PARENT} and passes the check")
    new.add_argument("handle", help="lower-case letters, digits and hyphens; the folder's name too")
    new.add_argument("--in", dest="shelf", type=Path, default=Path(), metavar="FOLDER", help="where; default: here")
    new.add_argument("--name", default="", help="what people read; default: from the handle")
    new.set_defaults(run=_new)
    return parser


def _build(options: argparse.Namespace) -> int:
    snapshot = snapshots.parse(options.snapshot.read_bytes())
    theme = themes.find(options.theme or snapshot.theme.handle)
    snapshot, told = themes.wearing(snapshot, theme), _Progress()
    if options.plain:
        compress = not options.no_gzip
        stats = build_plain(snapshot, theme, options.out, processes=options.processes, compress=compress, progress=told)
    else:
        site = Site(FolderStore(options.out), f"sites/{snapshot.store.id}")
        stats = release(site, snapshot, theme, processes=options.processes, progress=told).stats
    print(
        f"{stats.pages} pages, {stats.files} files, {stats.bytes:,} bytes; made {len(stats.made)}, kept {stats.reused}"
    )
    return 0


class _Progress:
    """A count on the terminal, ten times a second at most; nothing where nobody watches."""

    def __init__(self) -> None:
        self.next = time.monotonic() if sys.stderr.isatty() else float("inf")

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self.next or (done == total and self.next != float("inf")):
            self.next = time.monotonic() + 0.1
            print(f"\r{done} / {total} files", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _check(options: argparse.Namespace) -> int:
    from site_builder.check import report

    findings = _findings(options.theme)
    print(report(findings))
    return 1 if any(finding.level in ("fatal", "error") for finding in findings) else 0


def _findings(theme: str) -> "list[Finding]":
    """Of a folder, or of a package: that is a stranger's, so it is looked at in a process with limits."""
    from site_builder.apart import check_apart
    from site_builder.check import check
    from site_builder.package import unpack

    if not theme.endswith(".zip"):
        return check(themes.folder_of(theme))
    with tempfile.TemporaryDirectory() as shelf:
        return check_apart(unpack(Path(theme).read_bytes(), Path(shelf)))


def _new(options: argparse.Namespace) -> int:
    folder = start(options.handle, options.shelf, options.name)
    print(f"{folder}\nNext: python -m site_builder serve SNAPSHOT.json --theme {_argument(folder)}")
    return 0


def _argument(folder: Path) -> str:
    """The folder as `--theme` takes it: a bare word would mean a bundled theme."""
    text = folder.as_posix()
    return text if "/" in text else f"./{text}"


def _serve(options: argparse.Namespace) -> int:
    from site_builder.serve import HOST, Watcher, server

    snapshot = snapshots.parse(options.snapshot.read_bytes())
    with tempfile.TemporaryDirectory() as scratch:
        site = Site(FolderStore(scratch), f"sites/{snapshot.store.id}")
        watcher = Watcher(site, options.snapshot, options.theme or snapshot.theme.handle)
        print(watcher.refresh())
        with server(watcher, options.port) as running:
            print(f"http://{HOST}:{running.server_port}/  (Ctrl-C ends it)", flush=True)
            try:
                running.serve_forever()
            except KeyboardInterrupt:
                print()
    return 0
