"""A site on 127.0.0.1 for theme authors: built again when the theme or the snapshot changes, the page reloading itself.

Static, without a store's API. A build that fails leaves the last good pages and says why, with file and line; what the
theme check finds is worked out beside, because it takes seconds.
"""

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from site_builder import live
from site_builder import snapshot as snapshots
from site_builder import theme as themes
from site_builder.check import Finding, check
from site_builder.errors import InputError, RenderError, SiteBuilderError
from site_builder.memory import Memory
from site_builder.release import release
from site_builder.target import Site

HOST = "127.0.0.1"


class Watcher:
    """Builds when any watched file has another time than at the last build; keeps the last good pages on an error."""

    def __init__(self, site: Site, snapshot_file: Path, theme_name: str) -> None:
        self.site, self.snapshot_file, self.theme_name = site, snapshot_file, theme_name
        self.seen: dict[str, int] = {}
        self.lock = threading.Lock()
        self.memory = Memory()
        self.built, self.failures, self.findings = 0, list[Finding](), list[Finding]()
        self.checking: threading.Thread | None = None

    def _times(self) -> dict[str, int]:
        """Of the snapshot, the theme and its parent: whatever a page is made of."""
        folders = [themes.folder_of(self.theme_name)]
        with suppress(SiteBuilderError):  # a manifest half written: the build says so
            folders += themes.parents(folders[0])
        files = [self.snapshot_file, *(p for folder in folders for p in folder.rglob("*") if p.is_file())]
        return {str(path): path.stat().st_mtime_ns for path in files if path.exists()}

    def refresh(self) -> str:
        """Build if needed. → a line about it, "" when nothing changed."""
        with self.lock:
            now = self._times()
            if now == self.seen:
                return ""
            self.seen = now
            line = self._build()
            self.built += 1
            self._check()
            return line

    def _build(self) -> str:
        self.failures = []
        try:
            snapshot = snapshots.parse(self.snapshot_file.read_bytes())
            theme = themes.find(self.theme_name)
            result = release(self.site, themes.wearing(snapshot, theme), theme, memory=self.memory)
        except SiteBuilderError as error:
            self.failures = failures(error)
            return f"not built: {error}"
        return f"built {len(result.stats.made)} of {result.stats.files} files"

    def _check(self) -> None:
        """Look the theme over beside; a newer check takes the place of one that is still at it."""
        thread = threading.Thread(target=lambda: self._look_over(thread), daemon=True)
        self.checking = thread
        thread.start()

    def _look_over(self, me: threading.Thread) -> None:
        found = check(themes.folder_of(self.theme_name))
        if self.checking is me:
            self.findings, self.checking = found, None

    def state(self) -> bytes:
        """For the panel in the page."""
        told = {(found.file, found.line) for found in self.failures}
        problems = [*self.failures, *(f for f in self.findings if not f.line or (f.file, f.line) not in told)]
        words = "checking …" if self.checking else f"{len(problems)} findings" if problems else "theme check: clean"
        return live.state(self.built, f"not built · {words}" if self.failures else words, problems)


def failures(error: SiteBuilderError) -> list[Finding]:
    """Why a build failed, each with its place."""
    if isinstance(error, RenderError):
        return [Finding("fatal", "build", error.file, error.line, error.reason)]
    if isinstance(error, InputError):
        return [Finding("fatal", "build", one.where or "snapshot", one.line, one.message) for one in error.problems]
    return [Finding("fatal", "build", "", 0, str(error))]


class Handler(BaseHTTPRequestHandler):
    """Pages of the published site, refreshed before each, with the panel; `watcher` is the server's."""

    @property
    def watcher(self) -> Watcher:
        return cast(Server, self.server).watcher

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith(live.PREFIX):
            self._panel(path.removeprefix(live.PREFIX))
        else:
            self._page(path)

    def _panel(self, name: str) -> None:
        if name == "state.json":
            self._refresh()
            body, kind = self.watcher.state(), "application/json"
        else:
            body, kind = live.file(name) or (b"", "text/plain")
        self._send(200 if body else 404, body, {"Content-Type": kind, "Cache-Control": "no-store"})

    def _page(self, path: str) -> None:
        site = self.watcher.site
        is_page = path.endswith(("/", ".html"))
        if is_page:
            self._refresh()
        compressed = not is_page and "gzip" in self.headers.get("Accept-Encoding", "")
        built = self.watcher.built
        found = site.read(path, gzip=compressed)
        body, headers = found or site.read("/404.html") or (live.EMPTY, {"Content-Type": "text/html; charset=utf-8"})
        if headers["Content-Type"].startswith("text/html"):
            body = live.with_panel(body, built)
            headers = {**headers, "Cache-Control": "no-store"}
        self._send(200 if found else 404, body, headers)

    def _refresh(self) -> None:
        if line := self.watcher.refresh():
            print(line, flush=True)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the interesting lines are the builds."""


class Server(ThreadingHTTPServer):
    def __init__(self, watcher: Watcher, port: int) -> None:
        super().__init__((HOST, port), Handler)
        self.watcher = watcher


def server(watcher: Watcher, port: int) -> Server:
    """A server that refreshes before each page and answers from the published site. Loopback only."""
    return Server(watcher, port)
