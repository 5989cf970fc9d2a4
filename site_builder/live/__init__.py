"""What `serve` adds to a page while a theme is being made: it reloads by itself and shows what is wrong.

For development on one's own machine: nothing of it is part of a build.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from site_builder.assets import TYPES
from site_builder.check.finding import LEVELS, Finding

PREFIX = "/_live/"
TAGS = (
    '<link rel="stylesheet" href="/_live/live.css">'
    '<script src="/_live/live.js?built={}" type="module"></script></body>'
)
EMPTY = b'<!doctype html><html lang="en"><meta charset="utf-8"><title>not built</title><body><h1>not built</h1></body>'
"""Shown before anything could be built."""


def file(name: str) -> tuple[bytes, str] | None:
    """A file of the panel and its content type."""
    if name not in ("live.js", "live.css"):
        return None
    path = Path(__file__).with_name(name)
    return path.read_bytes(), TYPES[path.suffix]


def with_panel(page: bytes, built: int) -> bytes:
    """The page with the panel's script, which knows of which build it is, before the end of its body."""
    tags = TAGS.format(built).encode()
    head, closing, tail = page.rpartition(b"</body>")
    return head + tags + tail if closing else page + tags


def state(built: int, summary: str, problems: Sequence[Finding]) -> bytes:
    """What the panel asks for twice a second; `built` changes when the pages do."""
    ranked = sorted(problems, key=lambda found: (LEVELS.index(found.level), found.file, found.line))
    rows = [
        {"level": f.level, "file": f.file, "line": f.line, "message": f.message, "fix": f.fix} for f in ranked[:50]
    ]
    return json.dumps({"built": built, "summary": summary, "problems": rows}, ensure_ascii=False).encode()
