"""The child: a task, its limits, its input on stdin. Limits first, the theme after."""

import codecs
import pickle
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import jinja2.debug
import orjson

from site_builder import onepage, package
from site_builder import theme as themes
from site_builder.apart import frames, limits
from site_builder.build import build
from site_builder.check import Finding, check, check_theme
from site_builder.errors import InputError, RenderError, ThemeError
from site_builder.theme import Theme

LAZY = (jinja2.debug, orjson, codecs.lookup("unicode_escape"))
"""What would be imported in the midst of an error, when nothing can be opened any more."""


class Sender:
    """The sink of a build: contents go to the parent, which stores them."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def put_blob(self, sha: str, data: bytes, content_type: str) -> None:
        frames.write(self._out, {"blob": sha, "type": content_type}, data)


def check_folder(given: bytes, out: BinaryIO) -> None:
    """`given`: the folder's path."""
    folder = Path(given.decode())
    try:
        theme = themes.load(folder)
    except ThemeError:
        _tell(out, check(folder))
        return
    limits.lock()
    _tell(out, check_theme(theme))


def inspect(given: bytes, out: BinaryIO) -> None:
    """`given`: a package. What its theme calls itself, what is found, and the parts that a choice is checked by."""
    try:
        theme = package.theme_of(given)
    except ThemeError as error:
        limits.lock()
        found = [Finding("fatal", "package", one.where, one.line, one.message) for one in error.problems]
        _tell(out, found)
        return
    limits.lock()
    _tell(out, check_theme(theme), theme)


def make(given: bytes, out: BinaryIO) -> None:
    """`given`: (snapshot, package, the manifest before), pickled by the parent. Contents as they are made, then all."""
    snapshot, data, previous = pickle.loads(given)  # noqa: S301 - the parent's own words, not the stranger's
    try:
        theme = package.theme_of(data)
        limits.lock()
        told = partial(_progress, out)
        made = build(snapshot, theme, sink=Sender(out), previous=previous, progress=told)
    except InputError as error:
        frames.write(out, {"refused": [asdict(problem) for problem in error.problems]})
    except RenderError as error:
        frames.write(out, {"failed": [error.reason, error.file, error.line, str(error)]})
    else:
        entries = {path: asdict(entry) for path, entry in made.manifest.entries.items()}
        frames.write(out, {"entries": entries, "stats": asdict(made.stats)})


def show(given: bytes, out: BinaryIO) -> None:
    """`given`: (snapshot, a theme or its package, path), pickled by the parent. One page and the files it loads."""
    snapshot, source, path = pickle.loads(given)  # noqa: S301 - the parent's own words, not the stranger's
    try:
        theme = package.theme_of(source) if isinstance(source, bytes) else source
        limits.lock()
        made = onepage.render(snapshot, theme, path)
    except InputError as error:
        frames.write(out, {"refused": [asdict(problem) for problem in error.problems]})
    except RenderError as error:
        frames.write(out, {"failed": [error.reason, error.file, error.line, path]})
    else:
        for name, file in made.items():
            frames.write(out, {"path": name, "type": file.content_type}, file.body)


TASKS = {"check": check_folder, "inspect": inspect, "build": make, "page": show}


def _progress(out: BinaryIO, done: int, total: int) -> None:
    frames.write(out, {"done": done, "total": total})


def _tell(out: BinaryIO, found: list[Finding], theme: Theme | None = None) -> None:
    head: dict[str, Any] = {"findings": [asdict(finding) for finding in found]}
    if theme is not None:
        head |= {"handle": theme.handle, "contract": package.contract(theme)}
    frames.write(out, head)


def main(arguments: list[str]) -> int:
    """Task, seconds, bytes."""
    task, seconds, memory = arguments
    limits.limit(int(seconds), int(memory))
    given = sys.stdin.buffer.read()
    TASKS[task](given, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
