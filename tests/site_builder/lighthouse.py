"""Lighthouse on the pages that sell: `python -m tests.site_builder.lighthouse --with node_modules/.bin/lighthouse`.

Home, category, product and checkout of each bundled theme, as a phone on a slow network sees them, several times each;
prints the medians as a table. Pages are served as in production: compressed, with their cache headers and policy.
Lighthouse is no dependency of this project: `npm install lighthouse` anywhere, and name the program.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from site_builder.target import Site
from tests.fixtures.browser import FLAGS, program
from tests.site_builder.conftest import THEMES
from tests.site_builder.shots import Day, shop_of

PAGES = {
    "home": "/",
    "category": "/c/games/",
    "product": "/p/steam-cn/",
    "checkout": "/checkout/?sku=sku_steamcn2&quantity=2",
}
SCORES = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
"""What each must reach."""


class Handler(BaseHTTPRequestHandler):
    """A published site and the answers of its store's API."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/api/"):
            return self._api(path, None)
        site = cast(Server, self.server).site
        found = site.read(path, gzip="gzip" in self.headers.get("Accept-Encoding", ""))
        body, headers = found or site.read("/404.html") or (b"", {})
        self._send(200 if found else 404, body, headers)
        return None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._api(urlsplit(self.path).path, json.loads(body))

    def _api(self, path: str, body: object) -> None:
        status, answer = cast(Server, self.server).store.answer(path.removeprefix("/api"), body)
        self._send(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.site, self.store = site, Day()


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The address of the site on the loopback."""
    with Server(site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def measure(lighthouse: str, address: str) -> dict[str, float]:
    """One run. → scores of 100, and `shift`, the cumulative layout shift. Prints what was not perfect."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        flags = " ".join(["--headless=new", *FLAGS])
        command = [lighthouse, address, "--quiet", "--output=json", f"--output-path={out}", f"--chrome-flags={flags}"]
        command.append(f"--only-categories={','.join(SCORES)}")
        subprocess.run(command, check=True, timeout=180, env={**os.environ, "CHROME_PATH": program() or ""})
        report = json.loads(out.read_text("utf-8"))
    audits, scores = report["audits"], {}
    for name, category in report["categories"].items():
        scores[name] = round((category["score"] or 0) * 100)
        if scores[name] < SCORES[name]:
            low = [ref["id"] for ref in category["auditRefs"] if ref["weight"] and audits[ref["id"]]["score"] != 1]
            print(f"  {address} {name} {scores[name]}: {', '.join(low)}", flush=True)
    return {**scores, "shift": audits["cumulative-layout-shift"]["numericValue"]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table. → 1 when a median is below what is asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.site_builder.lighthouse")
    parser.add_argument("--with", dest="lighthouse", default="lighthouse", metavar="PROGRAM")
    parser.add_argument("--theme", choices=THEMES, help="default: every one")
    parser.add_argument("--page", choices=list(PAGES), help="default: every one")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    names, good = [*SCORES, "shift"], True
    print(f"| theme | page | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}", flush=True)
    for theme in [options.theme] if options.theme else THEMES:
        with shop_of(theme, None, "mall") as look, served(look.site) as address:
            for page in [options.page] if options.page else PAGES:
                runs = [measure(options.lighthouse, address + PAGES[page]) for _ in range(options.runs)]
                medians = {name: statistics.median(run[name] for run in runs) for name in names}
                good &= all(medians[name] >= least for name, least in SCORES.items())
                figures = [f"{medians[name]:g}" for name in SCORES] + [f"{medians['shift']:.3f}"]
                print(f"| {theme} | {page} | {' | '.join(figures)} |", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
