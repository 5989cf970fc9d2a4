"""A site on 127.0.0.1 for theme authors: rebuilt when the theme or the snapshot changes. Static; no store API."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from site_builder import snapshot as snapshots
from site_builder import theme as themes
from site_builder.errors import SiteBuilderError
from site_builder.release import release
from site_builder.target import Site

HOST = "127.0.0.1"


class Watcher:
    """Builds when any watched file has another time than at the last build; keeps the last good pages on an error."""

    def __init__(self, site: Site, snapshot_file: Path, theme_name: str) -> None:
        self.site, self.snapshot_file, self.theme_name = site, snapshot_file, theme_name
        self.seen: dict[str, int] = {}
        self.lock = threading.Lock()

    def _times(self) -> dict[str, int]:
        folder = themes.folder_of(self.theme_name)
        files = [self.snapshot_file, *(p for p in folder.rglob("*") if p.is_file())]
        return {str(path): path.stat().st_mtime_ns for path in files if path.exists()}

    def refresh(self) -> str:
        """Build if needed. → a line about it, "" when nothing changed."""
        with self.lock:
            now = self._times()
            if now == self.seen:
                return ""
            self.seen = now
            try:
                snapshot = snapshots.parse(self.snapshot_file.read_bytes())
                result = release(self.site, snapshot, themes.find(self.theme_name))
            except SiteBuilderError as error:
                return f"not built: {error}"
            return f"built {len(result.stats.made)} of {result.stats.files} files"


def server(watcher: Watcher, port: int) -> ThreadingHTTPServer:
    """A server that refreshes before each page and answers from the published site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            if path.endswith(("/", ".html")) and (line := watcher.refresh()):
                print(line, flush=True)
            compressed = "gzip" in self.headers.get("Accept-Encoding", "")
            found = watcher.site.read(path, gzip=compressed)
            status = 200 if found else 404
            body, headers = found or watcher.site.read("/404.html") or (b"", {})
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the interesting lines are the builds."""

    return ThreadingHTTPServer((HOST, port), Handler)
