"""The parent: starts the child, listens no longer and to no more than agreed, and believes nothing it cannot check."""

import contextlib
import pickle
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from site_builder.apart import frames
from site_builder.build import BuildResult, Progress, Stats
from site_builder.check import Finding
from site_builder.errors import Problem, RenderError, ThemeError
from site_builder.hashing import sha256
from site_builder.manifest import Entry, Manifest, Sink
from site_builder.onepage import File, Files
from site_builder.snapshot import Snapshot
from site_builder.theme import Theme

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 3
"""Times the processor's seconds that a child may take by the clock, on a busy machine."""
PATH = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
SHA = re.compile(r"[0-9a-f]{64}")
KIND = re.compile(r"[a-z]+/[a-z0-9.+-]+(; charset=utf-8)?")


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds of processor, bytes of memory, bytes of answer."""

    seconds: int = 60
    memory: int = 1024 * 1024 * 1024
    output: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Inspected:
    """`contract`: the theme's files that decide which looks are valid, and the names of the others. {} when refused."""

    handle: str
    findings: tuple[Finding, ...]
    contract: dict[str, str]


ONE_PAGE = Budget(seconds=10, memory=768 * 1024 * 1024, output=8 * 1024 * 1024)


class Ended(Exception):
    """The child died of its limits, or said what it may not."""


def check_apart(folder: Path, budget: Budget = Budget()) -> list[Finding]:
    """`check(folder)`, by a child. One that dies of its limits is a fatal finding."""
    try:
        (head, _), *_ = _answers("check", str(folder.resolve()).encode(), budget)
        return _findings(head)
    except Ended:
        return [_fatal(budget)]


def inspect_apart(package: bytes, budget: Budget = Budget()) -> Inspected:
    """A package read and its theme checked, by a child. Never raises for what is in the package."""
    try:
        (head, _), *_ = _answers("inspect", package, budget)
        contract = {str(path): str(text) for path, text in head.get("contract", {}).items()}
        return Inspected(str(head.get("handle", "")), tuple(_findings(head)), contract)
    except Ended:
        return Inspected("", (_fatal(budget),), {})


def build_apart(
    snapshot: Snapshot,
    package: bytes,
    *,
    sink: Sink,
    previous: Manifest | None = None,
    budget: Budget = Budget(),
    progress: Progress | None = None,
) -> BuildResult:
    """`build` with a packaged theme, by a child. Raises what `build` raises; limits that end it are a `RenderError`."""
    given = pickle.dumps((snapshot, package, previous))
    try:
        for head, body in _answers("build", given, budget):
            if "blob" in head:
                _store(head, body, sink)
            elif "total" in head:
                if progress:
                    progress(int(head["done"]), int(head["total"]))
            elif "refused" in head:
                raise ThemeError([Problem(**one) for one in head["refused"]])
            elif "failed" in head:
                reason, file, line, _ = head["failed"]
                raise RenderError(str(reason), str(file), int(line))
            else:
                return _result(head)
    except Ended as error:
        raise RenderError(f"the theme used up its limits: {error}") from None
    raise RenderError("the theme ended without an answer")


def page_apart(snapshot: Snapshot, theme: Theme | bytes, path: str, budget: Budget = ONE_PAGE) -> Files:
    """`onepage.render` by a child, with a theme or a package of one. Raises as `build_apart` does."""
    files: Files = {}
    try:
        for head, body in _answers("page", pickle.dumps((snapshot, theme, path)), budget):
            if "refused" in head:
                raise ThemeError([Problem(**one) for one in head["refused"]])
            if "failed" in head:
                reason, file, line, page = head["failed"]
                raise RenderError(str(reason), str(file), int(line), str(page))
            if not KIND.fullmatch(str(head.get("type"))):
                raise Ended("a content that no site has")
            files[str(head["path"])] = File(body, str(head["type"]))
    except Ended as error:
        raise RenderError(f"the theme used up its limits: {error}") from None
    return files


def _store(head: dict[str, Any], body: bytes, sink: Sink) -> None:
    """A content is named by what is in it, and is of a kind that a site has."""
    sha, kind = str(head["blob"]), str(head.get("type"))
    if sha256(body) != sha or not KIND.fullmatch(kind):
        raise Ended("a content that is not what it is called")
    sink.put_blob(sha, body, kind)


def _result(head: dict[str, Any]) -> BuildResult:
    entries = {path: Entry(**entry) for path, entry in head["entries"].items()}
    for path, entry in entries.items():
        sound = PATH.fullmatch(path) and all(SHA.fullmatch(blob) for blob in entry.blobs())
        if not sound or not KIND.fullmatch(entry.content_type) or entry.cache not in ("immutable", "revalidate"):
            raise Ended("a path that no site has")
    stats = head["stats"]
    return BuildResult(Manifest(entries=entries), Stats(**stats | {"made": tuple(stats["made"])}))


def _answers(task: str, given: bytes, budget: Budget) -> Iterator[tuple[dict[str, Any], bytes]]:
    """The child's frames. Raises `Ended`; the child is gone afterwards, however this ends."""
    command = [sys.executable, "-m", "site_builder.apart.child", task, str(budget.seconds), str(budget.memory)]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryFile() as source:
        source.write(given)
        source.seek(0)
        child = subprocess.Popen(
            command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT
        )
        with _watched(child, PATIENCE * budget.seconds) as out:
            try:
                yield from frames.read(out, budget.output)
            except frames.Broken as error:
                raise Ended(str(error)) from None
        if child.returncode:
            raise Ended(f"more than {budget.seconds} s of processor or {budget.memory // 1024 // 1024} MB of memory")


@contextlib.contextmanager
def _watched(child: "subprocess.Popen[bytes]", seconds: float) -> Iterator[Any]:
    """Its output. Killed after `seconds` by the clock, and when nobody listens any more."""
    clock = threading.Timer(seconds, child.kill)
    clock.start()
    try:
        yield child.stdout
        child.wait()
    finally:
        clock.cancel()
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def _findings(head: dict[str, Any]) -> list[Finding]:
    return [Finding(**row) for row in head["findings"]]


def _fatal(budget: Budget) -> Finding:
    used = f"{budget.seconds} s of processor or {budget.memory // 1024 // 1024} MB of memory"
    message = f"the check needs more than {used}"
    return Finding("fatal", "render", "theme", 0, message, "shorten loops and what they write")
